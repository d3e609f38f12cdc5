import { type AppFile, type AppInput, fromFormText, problemOf } from "./app-input.ts";
import { AppRefusal } from "./app-refusal.ts";

/** The values of a call, checked. Throws `AppRefusal` with every problem at once. */
export async function readInputs(
  inputs: Readonly<Record<string, AppInput>>,
  contentType: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Readonly<Record<string, unknown>>> {
  const given = contentType.startsWith("multipart/form-data")
    ? await fromForm(inputs, contentType, body)
    : fromJson(inputs, body);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(inputs, name)) problems.push(`${name} is not an input`);
  }
  for (const [name, input] of Object.entries(inputs)) {
    const value = given[name] ?? input.default;
    const problem = value === undefined ? `${name} is missing` : problemOf(name, input, value);
    if (problem === undefined) values[name] = value;
    else problems.push(problem);
  }
  if (problems.length > 0) throw new AppRefusal(422, problems.join("; "));
  return values;
}

/** In JSON a file is `{name?, mediaType, base64}`. */
function fromJson(inputs: Readonly<Record<string, AppInput>>, body: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new AppRefusal(400, "the body is neither JSON nor a form");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppRefusal(400, "the body must be a JSON object");
  }
  const given: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    given[name] = input?.type === "file" ? fileFromJson(name, member) : member;
  }
  return given;
}

function fileFromJson(name: string, member: unknown): AppFile | undefined {
  const { name: fileName, mediaType, base64 } = (member ?? {}) as Record<string, unknown>;
  if (typeof base64 !== "string") return undefined;
  return {
    name: typeof fileName === "string" ? fileName : name,
    mediaType: typeof mediaType === "string" ? mediaType : "",
    bytes: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
  };
}

async function fromForm(
  inputs: Readonly<Record<string, AppInput>>,
  contentType: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Record<string, unknown>> {
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData().catch(() => {
    throw new AppRefusal(400, "the form cannot be read");
  });
  const given: Record<string, unknown> = {};
  for (const [name, value] of form) {
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (typeof value === "string") given[name] = input === undefined ? value : fromFormText(input, value);
    else given[name] = { name: value.name, mediaType: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  return given;
}
