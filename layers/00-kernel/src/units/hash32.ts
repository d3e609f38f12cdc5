import { fromHex, type Hex, toHex } from "./hex.ts";

/** 32 bytes in lower-case hex with `0x`. */
export type Hash32 = Hex & { readonly __hash32: true };

export const zeroHash = `0x${"00".repeat(32)}` as Hash32;

/** Left-pads shorter input, keeps the last 32 bytes of longer input. */
export function hashFromBytes(bytes: Uint8Array): Hash32 {
  const out = new Uint8Array(32);
  const tail = bytes.length > 32 ? bytes.subarray(bytes.length - 32) : bytes;
  out.set(tail, 32 - tail.length);
  return toHex(out) as Hash32;
}

export function hashToBytes(hash: Hash32): Uint8Array {
  return fromHex(hash);
}

/** The canonical form of 32 bytes of hex. */
export function toHash32(text: string): Hash32 {
  return hashFromBytes(fromHex(text));
}
