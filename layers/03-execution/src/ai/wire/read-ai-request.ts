import { errorText, type HttpRequest, LpError, readBody } from "@livepeer-ts/kernel";
import { boundaryOf, splitMixed } from "../../remote/multipart-mixed.ts";
import type { AiField, AiPipeline } from "../pipelines/ai-pipeline.ts";
import {
  type AiFile,
  type AiMessage,
  type AiRequest,
  type AiValue,
  maxAiJsonBytes,
  maxAiRequestBytes,
} from "../pipelines/ai-request.ts";
import { AiRefusal } from "./ai-refusal.ts";
import { aiErrors } from "./ai-wire.ts";

const maxParts = 32;
/** Longest field beside media: a mask may come as text. */
const maxFieldBytes = maxAiJsonBytes;

type Raw = { readonly values: ReadonlyMap<string, unknown>; readonly files: ReadonlyMap<string, AiFile> };

/**
 * Reads and checks a request. `asGateway` fills in the gateway's own defaults. Throws `AiRefusal`: 400 for what does not fit the
 * pipeline, 413 for what is too large, 415 for a form that is none.
 */
export async function readAiRequest(
  pipeline: AiPipeline,
  request: Pick<HttpRequest, "body" | "header">,
  asGateway: boolean,
): Promise<AiRequest> {
  return pipeline.body === "json"
    ? checkAiRequest(pipeline, { values: await readJsonObject(request.body), files: new Map() }, asGateway)
    : checkAiRequest(pipeline, await readForm(request), asGateway);
}

/** A JSON body as its members. Throws `AiRefusal` for what is no JSON object. */
export async function readJsonObject(body: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, unknown>> {
  const text = new TextDecoder().decode(await readLimited(body, maxAiJsonBytes));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AiRefusal(400, "bad_json", `the body is no JSON: ${errorText(cause)}`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AiRefusal(400, "bad_json", "the body must be a JSON object");
  }
  return new Map(Object.entries(value));
}

async function readForm({ header, body }: Pick<HttpRequest, "body" | "header">): Promise<Raw> {
  const contentType = header.get("content-type") ?? "";
  const boundary = /^multipart\/form-data\b/i.test(contentType) ? boundaryOf(contentType) : undefined;
  if (boundary === undefined) throw new AiRefusal(400, "not_multipart", aiErrors.notMultipart);
  const bytes = await readLimited(body, maxAiRequestBytes);
  const values = new Map<string, unknown>();
  const files = new Map<string, AiFile>();
  let parts: ReturnType<typeof splitMixed>;
  try {
    parts = splitMixed(bytes, boundary, { maxParts, maxPartBytes: maxAiRequestBytes });
  } catch (cause) {
    throw new AiRefusal(400, "bad_form", `the form cannot be read: ${errorText(cause)}`, cause);
  }
  for (const part of parts) {
    const disposition = part.header.get("content-disposition") ?? "";
    const name = parameter(disposition, "name");
    if (name === undefined) throw new AiRefusal(400, "bad_form", "a part of the form has no name");
    const fileName = parameter(disposition, "filename");
    if (fileName !== undefined) {
      files.set(name, { name: fileName, mediaType: part.header.get("content-type") ?? "", bytes: part.bytes });
    } else if (part.bytes.length > maxFieldBytes) {
      throw new AiRefusal(413, "field_too_large", `${name} is larger than ${maxFieldBytes} bytes`);
    } else {
      values.set(name, new TextDecoder().decode(part.bytes));
    }
  }
  return { values, files };
}

/** Value of `name="…"` in a `Content-Disposition`. */
function parameter(disposition: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(disposition);
  return match === null ? undefined : (match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[2]);
}

async function readLimited(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readBody(body, maxBytes);
  } catch (cause) {
    if (!(cause instanceof LpError) || cause.code !== "body_too_large") throw cause;
    throw new AiRefusal(413, cause.code, cause.message, cause);
  }
}

/** The request that these values make. Throws `AiRefusal` for what does not fit the pipeline. */
export function checkAiRequest(pipeline: AiPipeline, { values, files }: Raw, asGateway: boolean): AiRequest {
  if (pipeline.name === "llm" && asGateway) checkConversation(pipeline, values);
  const fields = new Map<string, AiValue>();
  const media = new Map<string, AiFile>();
  let modelId = "";
  for (const field of pipeline.fields) {
    if (field.type === "file") {
      const file = files.get(field.name);
      if (file === undefined || file.bytes.length === 0) throw missing(pipeline, field);
      media.set(field.name, file);
      continue;
    }
    const given = values.get(field.name);
    const value = given === undefined || given === null ? undefined : readValue(field, given, pipeline.body === "form");
    if (field.name === pipeline.modelField) modelId = typeof value === "string" ? value.trim() : "";
    else if (value !== undefined) fields.set(field.name, value);
    else if (asGateway && field.gatewayDefault !== undefined) fields.set(field.name, field.gatewayDefault);
    else if (field.isRequired && asGateway) throw missing(pipeline, field);
  }
  return { pipeline, modelId: modelId === "" ? pipeline.defaultModel : modelId, fields, files: media };
}

/** The gateway's own rule: a conversation without one of these is refused with one text. */
function checkConversation(pipeline: AiPipeline, values: ReadonlyMap<string, unknown>): void {
  const isThere = ({ name }: AiField) => values.get(name) !== undefined && values.get(name) !== null;
  const messages = values.get("messages");
  const isEmpty = Array.isArray(messages) && messages.length === 0;
  if (isEmpty || !pipeline.fields.filter((field) => field.isRequired).every(isThere)) {
    throw new AiRefusal(400, "missing_fields", aiErrors.missingFields);
  }
}

function missing(pipeline: AiPipeline, field: AiField): AiRefusal {
  const what = field.type === "file" ? "a file" : `a ${field.type}`;
  return new AiRefusal(400, "missing_fields", `${field.name} is missing: ${pipeline.name} needs it, ${what}`);
}

function readValue(field: AiField, given: unknown, fromForm: boolean): AiValue {
  const value = fromForm ? fromText(field, String(given)) : given;
  const fits =
    field.type === "messages"
      ? isConversation(value)
      : field.type === "integer"
        ? Number.isSafeInteger(value)
        : field.type === "number"
          ? typeof value === "number" && Number.isFinite(value)
          : typeof value === field.type;
  if (fits) return field.type === "messages" ? (value as AiMessage[]).map(plainMessage) : (value as AiValue);
  const wanted =
    field.type === "messages"
      ? "a list of {role, content}, both strings"
      : field.type === "integer"
        ? "a whole number"
        : `a ${field.type}`;
  const got = typeof given === "string" ? JSON.stringify(given.slice(0, 40)) : `a ${typeof given}`;
  throw new AiRefusal(400, "wrong_type", `${field.name} must be ${wanted}, not ${got}`);
}

/** A form's text as the field's type; text that is none of it stays text, which then does not fit. */
function fromText(field: AiField, text: string): unknown {
  if (field.type === "integer" || field.type === "number") return text.trim() === "" ? text : Number(text);
  if (field.type !== "boolean") return text;
  return /^(true|1|t)$/i.test(text) ? true : /^(false|0|f)$/i.test(text) ? false : text;
}

function isConversation(value: unknown): value is AiMessage[] {
  return (
    Array.isArray(value) &&
    value.every(
      (message: unknown) =>
        typeof message === "object" &&
        message !== null &&
        typeof (message as AiMessage).role === "string" &&
        typeof (message as AiMessage).content === "string",
    )
  );
}

function plainMessage({ role, content }: AiMessage): AiMessage {
  return { role, content };
}
