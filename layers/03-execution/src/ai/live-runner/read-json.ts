import { errorText, type HttpRequest, hasErrorCode, readBody } from "@livepeer-ts/kernel";
import { RunnerCallRefusal } from "./runner-refusal.ts";

/** Largest JSON body of a live-runner call. */
const maxJsonBytes = 256 * 1024;

/** The text of a request's body. Throws 413, 400. */
export async function requestText(request: HttpRequest): Promise<string> {
  try {
    return new TextDecoder().decode(await readBody(request.body, maxJsonBytes));
  } catch (error) {
    throw new RunnerCallRefusal(hasErrorCode(error, "body_too_large") ? 413 : 400, errorText(error));
  }
}

/** The object in a JSON text; an empty text is an empty object when that is allowed. Throws 400 with the text Go's reader has for it. */
export function jsonObject(text: string, isEmptyAllowed = false): Readonly<Record<string, unknown>> {
  if (isEmptyAllowed && text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunnerCallRefusal(400, jsonFault(text));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RunnerCallRefusal(400, "the body must be a JSON object");
}

/** The commonest faults in the words of Go's reader; others in our own. */
function jsonFault(text: string): string {
  const start = text.trimStart();
  if (start === "") return "EOF";
  if (start[0] === "{") {
    const next = start.slice(1).trimStart()[0];
    if (next === undefined) return "unexpected EOF";
    if (next !== '"' && next !== "}") return `invalid character '${next}' looking for beginning of object key string`;
  } else if (!/[[\]"\dtfn-]/.test(start[0] as string)) {
    return `invalid character '${start[0]}' looking for beginning of value`;
  }
  return "the body is not JSON";
}
