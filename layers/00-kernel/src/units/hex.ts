import { LpError } from "../errors/lp-error.ts";

export type Hex = `0x${string}`;

const digits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** Lower-case hex with `0x`. */
export function toHex(bytes: Uint8Array): Hex {
  let text = "0x";
  for (const byte of bytes) text += digits[byte];
  return text as Hex;
}

/** Bytes of a hex string with or without `0x`. Throws `bad_hex` on odd length or other characters. */
export function fromHex(text: string): Uint8Array {
  const body = text.startsWith("0x") || text.startsWith("0X") ? text.slice(2) : text;
  if (body.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(body)) {
    throw new LpError({
      code: "bad_hex",
      message: `"${text.slice(0, 80)}" is not hexadecimal: give an even number of the digits 0-9 and a-f`,
    });
  }
  const bytes = new Uint8Array(body.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(body.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}
