import { type Random, toHex } from "@livepeer-ts/kernel";

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A random UUID, version 4. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = toHex(bytes).slice(2);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function base36(random: Random, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      // 252 is the largest multiple of 36 below 256: every character is equally likely.
      if (byte < 252 && text.length < length) text += alphabet.charAt(byte % 36);
    }
  }
  return text;
}

/** 16 characters without dashes; the first four are the resource id's, as the original's shard key. */
export function newPlaybackId(id: string, random: Random): string {
  return id.slice(0, 4) + base36(random, 12);
}

/** Four groups of four; the first is the start of the stream's id. */
export function newStreamKey(id: string, random: Random): string {
  const rest = base36(random, 12);
  return [id.slice(0, 4), rest.slice(0, 4), rest.slice(4, 8), rest.slice(8)].join("-");
}
