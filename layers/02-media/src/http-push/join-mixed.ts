import { utf8 } from "@livepeer-ts/kernel";

/** One part of a body that is written: its headers in the order they are sent. */
export type MixedPart = { readonly header: readonly (readonly [string, string])[]; readonly bytes: Uint8Array };

/** A `multipart/mixed` body, part by part, without copying them. */
export async function* joinMixed(parts: readonly MixedPart[], boundary: string): AsyncGenerator<Uint8Array> {
  let before = "";
  for (const part of parts) {
    const head = part.header.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    yield utf8(`${before}--${boundary}\r\n${head}\r\n`);
    yield part.bytes;
    before = "\r\n";
  }
  yield utf8(`${before}--${boundary}--\r\n`);
}
