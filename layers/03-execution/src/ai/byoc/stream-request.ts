import { errorText, type HttpRequest, hasErrorCode, readBody } from "@livepeer-ts/kernel";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { urlList } from "./stream-access.ts";

/** What a client says about the stream that it starts. */
export type StartRequest = {
  readonly name: string;
  /** Part of the stream's id; empty: random. */
  readonly streamId: string;
  readonly outputs: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** Largest body of a call about a stream. */
const maxBodyBytes = 10 * 1024 * 1024;
const maxOutputs = 4;
const { text } = byocWire;

/** The body of a call about a stream. Throws 413. */
export async function streamBody(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await readBody(request.body, maxBodyBytes);
  } catch (error) {
    if (!hasErrorCode(error, "body_too_large")) throw error;
    throw new ByocRefusal(413, "byoc_body", errorText(error), error);
  }
}

/** Reads `{"stream_name","rtmp_output","stream_id","params"}`; `params` is JSON in a text, or an object. Throws 400. */
export function readStartRequest(body: Uint8Array): StartRequest {
  const written = new TextDecoder().decode(body);
  const fields = written.trim() === "" ? {} : objectOf(written);
  if (fields === undefined) throw bad("the body must be a JSON object");
  const textOf = (name: string): string => {
    const value = fields[name] ?? "";
    if (typeof value !== "string") throw bad(`${name} must be text`);
    return value.trim();
  };
  const given = fields["params"] ?? "";
  const parameters = typeof given === "string" ? (given.trim() === "" ? {} : objectOf(given)) : asObject(given);
  if (parameters === undefined) throw new ByocRefusal(400, "byoc_parameters", text.badStreamParameters);
  const outputs = urlList(textOf("rtmp_output"));
  if (outputs.length > maxOutputs) throw bad(`rtmp_output may name at most ${maxOutputs} servers`);
  return { name: textOf("stream_name"), streamId: textOf("stream_id"), outputs, parameters };
}

function objectOf(written: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(written));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function bad(why: string): ByocRefusal {
  return new ByocRefusal(400, "byoc_start", text.badRequest(why));
}
