import type { Tasks } from "../ports/tasks.ts";
import { keccak256 } from "./keccak.ts";

/** Above this size hashing would block the event loop for more than a millisecond. */
export const inlineHashBytes = 256 * 1024;

/** keccak-256 of a segment or rendition; large ones are hashed on a worker thread. */
export async function hashSegment(bytes: Uint8Array, tasks: Pick<Tasks, "offload">): Promise<Uint8Array> {
  return bytes.length <= inlineHashBytes ? keccak256(bytes) : tasks.offload("keccak256", bytes);
}
