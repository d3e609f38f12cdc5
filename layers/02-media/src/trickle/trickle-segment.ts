import { type BodyLease, LpError } from "@livepeer-ts/kernel";
import { trickleWire } from "../wire/trickle.ts";
import { ChangeWaiters } from "./change-waiters.ts";

/** Bytes of one index. They are kept as they came; readers share them. */
export class TrickleSegment {
  readonly index: number;
  readonly #maxBytes: number;
  readonly #lease: BodyLease;
  readonly #chunks: Uint8Array[] = [];
  readonly #waiters = new ChangeWaiters();
  #sizeBytes = 0;
  #readerCount = 0;
  #isClosed = false;
  #isDropped = false;
  /** Publishers that have sent nothing yet. */
  silentPublishers = 0;
  /** Somebody has read it to its end. */
  isRead = false;

  constructor(index: number, maxBytes: number, lease: BodyLease) {
    this.index = index;
    this.#maxBytes = maxBytes;
    this.#lease = lease;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isEmpty(): boolean {
    return this.#sizeBytes === 0;
  }

  /** Adds bytes, also after the end, for who reads later. Throws `trickle_segment_full`, `body_budget`. */
  append(chunk: Uint8Array): void {
    if (this.#isDropped && this.#readerCount === 0) return;
    if (this.#sizeBytes + chunk.length > this.#maxBytes) {
      throw new LpError({
        code: "trickle_segment_full",
        message: trickleWire.text.tooLarge(this.#maxBytes),
        details: { maxBytes: this.#maxBytes },
      });
    }
    this.#lease.take(chunk.length);
    this.#sizeBytes += chunk.length;
    this.#chunks.push(chunk);
    this.#wake();
  }

  /** Nothing more is waited for. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
  }

  /** No longer part of its channel: its bytes go with the last reader. */
  drop(): void {
    this.close();
    this.#isDropped = true;
    if (this.#readerCount === 0) this.#lease.end();
  }

  /** Resolves at the next change. Rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#waiters.next(signal);
  }

  /** Resolves with true at the first byte, with false when the segment ends without one. Rejects with the signal's reason. */
  async begun(signal: AbortSignal): Promise<boolean> {
    while (this.isEmpty && !this.#isClosed) await this.changed(signal);
    return !this.isEmpty;
  }

  /** Keeps the bytes until the returned function is called. */
  hold(): () => void {
    this.#readerCount++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#readerCount--;
      if (this.#isDropped && this.#readerCount === 0) this.#lease.end();
    };
  }

  /** From the first byte to the end, at the reader's pace; `onEnd` is called when all was taken. */
  async *bytes(signal: AbortSignal, onEnd: () => void): AsyncGenerator<Uint8Array> {
    for (let at = 0; ; ) {
      const chunk = this.#chunks[at];
      if (chunk !== undefined) {
        at++;
        yield chunk;
      } else if (this.#isClosed) {
        onEnd();
        return;
      } else {
        await this.changed(signal);
      }
    }
  }

  #wake(): void {
    this.#waiters.wake();
  }
}
