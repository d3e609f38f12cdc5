import type { AiPipeline } from "@livepeer-ts/sdk";
import { type FormValues, requestFields } from "../form-values.ts";

/** A word as a POSIX shell takes it, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The request as a curl command; files are read from the folder it runs in. */
export function curlCall(pipeline: AiPipeline, values: FormValues, url: string): string {
  const fields = requestFields(pipeline, values);
  const lines = [`curl ${quoted(url)}`, `-H "Authorization: Bearer $LIVEPEER_API_KEY"`];
  if (pipeline.body === "json") {
    if (fields["stream"] === true) lines.push("--no-buffer");
    lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(fields))}`);
  } else {
    for (const [name, file] of Object.entries(values.files)) {
      lines.push(`-F ${quoted(`${name}=@${file.name};type=${file.type || "application/octet-stream"}`)}`);
    }
    for (const [name, value] of Object.entries(fields))
      lines.push(`--form-string ${quoted(`${name}=${String(value)}`)}`);
  }
  return lines.join(" \\\n  ");
}
