import { randomBytes } from "node:crypto";
import type { Random } from "../ports/random.ts";

/** The operating system's randomness. */
export function systemRandom(): Random {
  const random: Random = {
    bytes: (length) => new Uint8Array(randomBytes(length)),
    u32: () => randomBytes(4).readUInt32BE(0),
    unit: () => {
      const bytes = randomBytes(7);
      return (bytes.readUIntBE(0, 6) * 32 + ((bytes[6] as number) >> 3)) / 2 ** 53;
    },
    fork: () => random,
  };
  return random;
}
