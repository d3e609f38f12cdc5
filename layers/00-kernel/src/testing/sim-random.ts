import type { Random } from "../ports/random.ts";

/** 32-bit hash of a text with a seed (FNV-1a with a final mix). */
export function hash32(text: string, seed = 0): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** A seeded generator (sfc32). A fork depends on seed and label only, so streams do not disturb each other. */
export function simRandom(seed: number, label = ""): Random {
  let a = hash32(label, seed);
  let b = hash32(label, a);
  let c = hash32(label, b);
  let counter = 1;
  const u32 = () => {
    const t = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = ((((c << 21) | (c >>> 11)) >>> 0) + t) >>> 0;
    return t;
  };
  for (let i = 0; i < 12; i++) u32();
  return {
    u32,
    unit: () => u32() / 2 ** 32,
    bytes(length) {
      const out = new Uint8Array(length);
      for (let i = 0; i < length; i++) out[i] = u32() & 0xff;
      return out;
    },
    fork: (name) => simRandom(seed, `${label}/${name}`),
  };
}
