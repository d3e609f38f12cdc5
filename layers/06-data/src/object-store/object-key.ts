import { LpError, utf8 } from "@livepeer-ts/kernel";
import { keyParts } from "./key-parts.ts";

/** Of a key with the store's prefix, as S3 and Google count it. */
const maxKeyBytes = 1024;
const maxMetadataBytes = 2048;

function refused(message: string): LpError {
  return new LpError({ code: "object_refused", message });
}

/** The key as the bucket has it: prefix and key. Throws `object_path_refused` or `object_refused`. */
export function fullKey(prefix: string, key: string): string {
  keyParts(key);
  // Quotes and control characters cannot be written into the form and the headers that name the object.
  if (/[\u0000-\u001f\u007f"]/.test(key)) {
    throw refused(`the key ${JSON.stringify(key.slice(0, 80))} holds a quote or a control character: use another name`);
  }
  const whole = prefix === "" ? key : `${prefix}/${key}`;
  if (utf8(whole).length > maxKeyBytes) {
    throw refused(`the key ${key.slice(0, 80)}… is longer than ${maxKeyBytes} bytes: use a shorter name`);
  }
  return whole;
}

/** The prefix of a listing as the bucket has it. Unlike a key it may be empty or end with a slash. */
export function fullListPrefix(storePrefix: string, prefix: string): string {
  const bare = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  if (bare !== "") keyParts(bare);
  else if (prefix !== "") keyParts(prefix);
  return storePrefix === "" ? prefix : `${storePrefix}/${prefix}`;
}

/** RFC 3986: all but letters, digits and `-._~`; `%20` and not `+` for a space. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A key as the path of a URL. */
export function encodeKey(key: string): string {
  return key.split("/").map(encodeSegment).join("/");
}

/** Checks user metadata and gives it with names in lower case. Throws `object_refused`. */
export function checkedMetadata(metadata: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name) || !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
      throw refused(
        `the metadata ${JSON.stringify(name.slice(0, 40))} cannot be stored: names are letters, digits and dashes, values printable ASCII without spaces around`,
      );
    }
    out[name.toLowerCase()] = value;
    size += name.length + value.length;
  }
  if (size > maxMetadataBytes) throw refused(`metadata of ${size} bytes: ${maxMetadataBytes} bytes are the most`);
  return out;
}

/** First and last byte of a range inside an object of this size. Throws `object_range_refused`. */
export function resolvedRange(
  range: { readonly start: number; readonly end?: number },
  sizeBytes: number,
): { readonly start: number; readonly end: number } {
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
  if (!Number.isSafeInteger(range.start) || range.start < 0 || end < range.start) throw rangeRefused(range, sizeBytes);
  return { start: range.start, end };
}

/** A range that is not inside the object. */
export function rangeRefused(range: { readonly start: number; readonly end?: number }, sizeBytes?: number): LpError {
  const of = sizeBytes === undefined ? "the object" : `an object of ${sizeBytes} bytes`;
  return new LpError({
    code: "object_range_refused",
    message: `bytes ${range.start} to ${range.end ?? "the end"} are not inside ${of}: ask for bytes that it has`,
  });
}
