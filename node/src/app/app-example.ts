import { readdir } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import type { AppInput } from "@livepeer-ts/sdk/app";
import type { AppDescription } from "./app-description.ts";
import type { AppExample, AppFolder } from "./app-folder.ts";
import { mediaTypeOfFile } from "./media-types.ts";

/** Lines to copy that call an app. */
export type ExampleCall = {
  readonly curl: string;
  /** The same with `livepeer app call`. */
  readonly call: string;
  /** Files that the lines name and that are not there; a person puts their own in. */
  readonly missing: readonly string[];
};

/** Where an app is called through a gateway. */
export function callUrl(gatewayUrl: string, app: string, path = "/"): string {
  return `${gatewayUrl.replace(/\/+$/, "")}/apps/${encodeURIComponent(app)}/app${path.startsWith("/") ? path : `/${path}`}`;
}

/** The example of the manifest, else one that is made of the app's inputs. Files are named as seen from `from`. */
export async function exampleCall(
  folder: AppFolder,
  app: AppDescription,
  gatewayUrl: string,
  from: string,
): Promise<ExampleCall> {
  const files = await readdir(folder.path);
  const { form, data, output } = folder.manifest.example ?? exampleOf(app.inputs ?? {}, files);
  const missing: string[] = [];
  const parts: string[] = [];
  for (const [name, value] of Object.entries(form ?? {})) {
    if (!value.startsWith("@")) parts.push("-F", quoted(`${name}=${value}`));
    else {
      if (!files.includes(value.slice(1))) missing.push(value.slice(1));
      parts.push("-F", quoted(`${name}=@${shown(join(folder.path, value.slice(1)), from)}`));
    }
  }
  const json = form === undefined ? JSON.stringify(data ?? {}) : undefined;
  const end = output === undefined ? [] : ["-o", quoted(output)];
  const curlBody = json === undefined ? parts : ["-H", "'content-type: application/json'", "-d", quoted(json)];
  const callBody = json === undefined ? parts : ["--data", quoted(json)];
  return {
    curl: ["curl", "-sS", quoted(callUrl(gatewayUrl, app.name)), ...curlBody, ...end].join(" "),
    call: ["livepeer", "app", "call", quoted(app.name), ...callBody, ...end].join(" "),
    missing,
  };
}

/** One value for each input that must be given. */
function exampleOf(inputs: Readonly<Record<string, AppInput>>, files: readonly string[]): AppExample {
  const values: Record<string, unknown> = {};
  let hasFile = false;
  for (const [name, input] of Object.entries(inputs)) {
    if (input.default !== undefined && input.default !== null) continue;
    hasFile ||= input.type === "file";
    values[name] = valueFor(name, input, files);
  }
  if (!hasFile) return { data: values };
  return { form: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])) };
}

function valueFor(name: string, input: AppInput, files: readonly string[]): unknown {
  const kind: string = input.type;
  if (kind === "file") {
    const fits = (file: string) => {
      const mediaType = mediaTypeOfFile(file);
      const kinds = input.mediaTypes ?? ["*"];
      return kinds.some((one) => (one.endsWith("*") ? mediaType.startsWith(one.slice(0, -1)) : mediaType === one));
    };
    return `@${files.find((file) => file.startsWith("example.") && fits(file)) ?? name}`;
  }
  if (kind === "number" || kind === "integer") return input.min ?? 1;
  if (kind === "boolean") return true;
  return input.choices?.[0] ?? "hello";
}

/** As short as it can be named. */
function shown(path: string, from: string): string {
  const short = relative(from, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
