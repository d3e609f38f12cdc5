import type { IncomingMessage } from "node:http";
import type { Pipeline } from "../jobs/engine.ts";
import type { FieldSpec } from "../jobs/field-spec.ts";
import { type FieldValue, Job, type Message } from "../jobs/job.ts";
import { type FieldProblem, Refusal } from "./refusal.ts";

/** Largest form, files and all. */
export const maxFormBytes = 50 * 1000 ** 2;
/** Largest JSON body, and largest text of one form field. */
export const maxTextBytes = 1000 ** 2;
/** Most messages of one conversation. */
export const maxMessages = 1000;

/** Reads and checks a request's body. Throws `Refusal`: 413 for what is too large, 415 for another type, 422 for fields that do not fit. */
export async function readJob(pipeline: Pipeline, request: IncomingMessage): Promise<Job> {
  const values = new Map<string, unknown>();
  const files = new Map<string, Buffer>();
  if (pipeline.body === "json") {
    for (const [name, value] of Object.entries(await readJson(request))) values.set(name, value);
  } else {
    await readForm(request, values, files);
  }
  return checked(pipeline, values, files);
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new Refusal(413, `the body is larger than ${maxBytes / 1000 ** 2} MB`);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  // a request that is left here goes on, so that its sender reads the answer
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readJson(request: IncomingMessage): Promise<object> {
  const bytes = await readBytes(request, maxTextBytes);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new Refusal(422, [
      { loc: ["body"], msg: `JSON decode error: ${(error as Error).message}`, type: "json_invalid" },
    ]);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Refusal(422, [{ loc: ["body"], msg: "Input should be an object", type: "model_attributes_type" }]);
}

async function readForm(
  request: IncomingMessage,
  values: Map<string, unknown>,
  files: Map<string, Buffer>,
): Promise<void> {
  const type = request.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new Refusal(
      415,
      `this pipeline takes multipart/form-data, not ${type === "" ? "a body without a type" : type}`,
    );
  }
  const bytes = await readBytes(request, maxFormBytes);
  let form: FormData;
  try {
    form = await new Response(Uint8Array.from(bytes), { headers: { "content-type": type } }).formData();
  } catch (error) {
    throw new Refusal(400, `the form cannot be read: ${(error as Error).message}`);
  }
  for (const [name, value] of form) {
    if (typeof value !== "string") files.set(name, Buffer.from(await value.arrayBuffer()));
    else if (name !== "mask_input" && Buffer.byteLength(value) > maxTextBytes) {
      throw new Refusal(413, `${name} is larger than ${maxTextBytes / 1000 ** 2} MB`);
    } else values.set(name, value);
  }
}

function checked(pipeline: Pipeline, values: ReadonlyMap<string, unknown>, files: ReadonlyMap<string, Buffer>): Job {
  const fields = new Map<string, FieldValue>();
  const media = new Map<string, Buffer>();
  const problems: FieldProblem[] = [];
  for (const spec of pipeline.fields) {
    const loc = ["body", spec.name];
    if (spec.type === "file") {
      const file = files.get(spec.name);
      if (file === undefined || file.length === 0) problems.push({ loc, msg: "Field required", type: "missing" });
      else media.set(spec.name, file);
      continue;
    }
    const given = values.get(spec.name) ?? undefined;
    if (given === undefined) {
      if (spec.isRequired) problems.push({ loc, msg: "Field required", type: "missing" });
      else if (spec.default !== undefined) fields.set(spec.name, spec.default);
      continue;
    }
    const value = fitted(spec, pipeline.body === "form" ? fromText(spec, String(given)) : given);
    if ("problem" in value) problems.push({ loc, msg: value.problem, type: value.type });
    else fields.set(spec.name, value.value);
  }
  if (problems.length > 0) throw new Refusal(422, problems);
  return new Job(fields, media);
}

type Checked = { readonly value: FieldValue } | { readonly problem: string; readonly type: string };

function fitted(spec: FieldSpec, given: unknown): Checked {
  const wrong = (kind: string, type: string): Checked => ({ problem: `Input should be a valid ${kind}`, type });
  switch (spec.type) {
    case "string":
      return typeof given === "string" ? { value: given } : wrong("string", "string_type");
    case "boolean":
      return typeof given === "boolean" ? { value: given } : wrong("boolean", "bool_parsing");
    case "messages":
      return messagesOf(given);
    default: {
      if (typeof given !== "number" || !Number.isFinite(given)) {
        return spec.type === "integer" ? wrong("integer", "int_parsing") : wrong("number", "float_parsing");
      }
      if (spec.type === "integer" && !Number.isSafeInteger(given)) return wrong("integer", "int_from_float");
      const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = spec;
      if (given < least) {
        return { problem: `Input should be greater than or equal to ${least}`, type: "greater_than_equal" };
      }
      if (given > most) return { problem: `Input should be less than or equal to ${most}`, type: "less_than_equal" };
      return { value: given };
    }
  }
}

/** A form's text as the field's type; text that is none of it stays text, which then does not fit. */
function fromText(spec: FieldSpec, text: string): unknown {
  if (spec.type === "integer" || spec.type === "number") return text.trim() === "" ? text : Number(text);
  if (spec.type !== "boolean") return text;
  return /^(true|1|on|yes|t)$/i.test(text) ? true : /^(false|0|off|no|f)$/i.test(text) ? false : text;
}

const roles = new Set(["system", "user", "assistant"]);

function messagesOf(given: unknown): Checked {
  const wanted = "a list of {role, content}, both strings, with the roles system, user and assistant";
  const problem = { problem: `Input should be ${wanted}`, type: "list_type" };
  if (!Array.isArray(given) || given.length === 0) return problem;
  if (given.length > maxMessages) return { problem: `List should have at most ${maxMessages} items`, type: "too_long" };
  const list: Message[] = [];
  for (const entry of given as unknown[]) {
    if (typeof entry !== "object" || entry === null) return problem;
    const { role, content } = entry as Partial<Message>;
    if (typeof role !== "string" || typeof content !== "string" || !roles.has(role)) return problem;
    list.push({ role, content });
  }
  return { value: list };
}
