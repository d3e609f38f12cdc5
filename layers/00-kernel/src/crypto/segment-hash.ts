import type { Clock } from "../ports/clock.ts";
import { Keccak256, keccak256 } from "./keccak.ts";

/** Bytes hashed in one go, which takes less than a millisecond; in between the event loop does what else is due. */
export const hashSliceBytes = 256 * 1024;

/** keccak-256 of a segment or rendition. */
export async function hashSegment(bytes: Uint8Array, clock: Pick<Clock, "turn">): Promise<Uint8Array> {
  if (bytes.length <= hashSliceBytes) return keccak256(bytes);
  const hash = new Keccak256();
  for (let at = 0; at < bytes.length; at += hashSliceBytes) {
    if (at > 0) await clock.turn();
    hash.update(bytes.subarray(at, at + hashSliceBytes));
  }
  return hash.digest();
}
