import type { Tasks } from "../ports/tasks.ts";
import { keccak256, keccakFinish, keccakStateBytes } from "./keccak.ts";
import { keccakRate } from "./keccak-module.ts";

/** Above this size hashing would block the event loop for more than a millisecond. */
export const inlineHashBytes = 256 * 1024;

/** keccak-256 of a segment or rendition; large ones are hashed on a worker thread. */
export async function hashSegment(bytes: Uint8Array, tasks: Pick<Tasks, "offload">): Promise<Uint8Array> {
  return bytes.length <= inlineHashBytes ? keccak256(bytes) : tasks.offload("keccak256", [bytes]);
}

/** Bytes that go to the worker thread together: enough to be worth the way, few enough to be done soon after the last byte. */
const batchBytes = 512 * 1024;

/** `hashSegment` of bytes that are still arriving: the worker thread keeps up, so the hash is there shortly after the end. */
export class ArrivingHash {
  readonly #tasks: Pick<Tasks, "offload">;
  #state: Promise<Uint8Array> | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(tasks: Pick<Tasks, "offload">) {
    this.#tasks = tasks;
  }

  /** Takes the next bytes; they must not change before `digest` has resolved. */
  update(chunk: Uint8Array): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= batchBytes) this.#send();
  }

  /** keccak-256 of everything. Rejects when the worker thread does. */
  async digest(): Promise<Uint8Array> {
    if (this.#pendingBytes > inlineHashBytes) this.#send();
    const state = await (this.#state ?? new Uint8Array(keccakStateBytes));
    return keccakFinish(state, ...this.#pending);
  }

  /** Hands the whole blocks that are pending to the worker thread. */
  #send(): void {
    const parts = this.#pending;
    let extra = this.#pendingBytes % keccakRate;
    this.#pending = [];
    this.#pendingBytes = extra;
    while (extra > 0) {
      const last = parts.pop() as Uint8Array;
      const kept = Math.min(extra, last.length);
      this.#pending.unshift(last.subarray(last.length - kept));
      if (kept < last.length) parts.push(last.subarray(0, last.length - kept));
      extra -= kept;
    }
    const before = this.#state ?? Promise.resolve(new Uint8Array(keccakStateBytes));
    this.#state = before.then((state) => this.#tasks.offload("keccakAbsorb", [state, ...parts]));
    this.#state.catch(() => {}); // a body that breaks off asks for no digest
  }
}
