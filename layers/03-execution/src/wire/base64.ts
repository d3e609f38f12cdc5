import { Buffer } from "node:buffer";
import { LpError } from "@livepeer-ts/kernel";

const alphabet = /^[A-Za-z0-9+/]*$/;

/** Standard padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/**
 * Strict standard base64. Throws `bad_base64` with the text peers see:
 * `illegal base64 data at input byte N`.
 */
export function decodeBase64(text: string): Uint8Array {
  const position = firstIllegalByte(text);
  if (position !== undefined) {
    throw new LpError({ code: "bad_base64", message: `illegal base64 data at input byte ${position}` });
  }
  const buffer = Buffer.from(text, "base64");
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function firstIllegalByte(text: string): number | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const body = padding === 0 ? text : text.slice(0, -padding);
  if (text.length % 4 === 0 && alphabet.test(body)) return undefined;
  for (let i = 0; i < body.length; i++) if (!alphabet.test(body.charAt(i))) return i;
  const partial = body.length % 4;
  // an incomplete last group is reported at its start, a misplaced padding character at itself
  return padding === 0 ? body.length - partial : partial < 2 ? body.length : text.length;
}
