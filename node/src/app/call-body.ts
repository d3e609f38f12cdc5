import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { type AppCall, badCall } from "./app-option.ts";
import { mediaTypeOfFile } from "./media-types.ts";

export type CallBody = { readonly contentType: string; readonly bytes: Uint8Array };

/** One file of a call. Apps and gateways take less. */
const maxFileBytes = 1024 ** 3;

/** What `-F` and `--data` say; an empty JSON object without them. Throws `bad_flag`. */
export async function callBody(call: AppCall): Promise<CallBody> {
  const fields = call.list("form");
  const data = call.text("data");
  if (fields.length > 0 && data !== undefined) throw badCall("call", "-F and --data exclude each other");
  if (fields.length > 0) return formBody(fields);
  const text = data?.startsWith("@") === true ? (await readInput(data.slice(1))).toString("utf8") : (data ?? "{}");
  try {
    JSON.parse(text);
  } catch (error) {
    throw badCall("call", `--data is no JSON (${(error as Error).message})`);
  }
  return { contentType: "application/json", bytes: new TextEncoder().encode(text) };
}

async function formBody(fields: readonly string[]): Promise<CallBody> {
  const form = new FormData();
  for (const field of fields) {
    const at = field.indexOf("=");
    if (at < 1) throw badCall("call", `-F "${field}" is not like name=value or name=@file`);
    const [name, value] = [field.slice(0, at), field.slice(at + 1)];
    if (!value.startsWith("@")) form.append(name, value);
    else {
      const [path = "", type] = value.slice(1).split(";type=");
      form.append(name, new Blob([await readInput(path)], { type: type ?? mediaTypeOfFile(path) }), basename(path));
    }
  }
  const encoded = new Response(form);
  return {
    contentType: encoded.headers.get("content-type") ?? "",
    bytes: new Uint8Array(await encoded.arrayBuffer()),
  };
}

async function readInput(path: string): Promise<Buffer<ArrayBuffer>> {
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes} bytes`);
    return await readFile(path);
  } catch (error) {
    throw badCall("call", `the file ${path} cannot be read (${(error as Error).message})`);
  }
}
