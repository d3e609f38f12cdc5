import type { Readable } from "node:stream";
import { LpError } from "../errors/lp-error.ts";

/** Bytes taken from a connection before they are asked for; beyond, the peer has to wait. */
const readAheadBytes = 1024 * 1024;

/** A body that is read as it arrives, chunk by chunk, without joining or copying. Unread bodies are left on the connection. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #stream: Readable;
  readonly #wasCut: () => boolean;
  readonly #chunks: Uint8Array[] = [];
  #aheadBytes = 0;
  #state: "unread" | "reading" | "ended" | "abandoned" = "unread";
  #failure: unknown;
  #wake: (() => void) | undefined;

  /** `wasCut`: asked at the end of the stream, whether that is only where the peer gave up. */
  constructor(stream: Readable, wasCut: () => boolean = () => false) {
    this.#stream = stream;
    this.#wasCut = wasCut;
    // a reset before or after reading must not end the process; readers see it through `close`
    stream.on("error", (error) => this.#settle(error));
  }

  /** True when a reader began and stopped before the end: what is still coming belongs to nobody. */
  get isAbandoned(): boolean {
    return this.#state === "abandoned";
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#state === "unread") this.#begin();
    return {
      next: () => this.#next(),
      return: async () => {
        if (this.#state === "reading") {
          this.#state = "abandoned";
          this.#chunks.length = 0;
          this.#stream.pause();
        }
        return { done: true, value: undefined };
      },
    };
  }

  #begin(): void {
    this.#state = "reading";
    this.#stream.on("data", (chunk: Uint8Array) => {
      if (this.#state !== "reading") return;
      this.#chunks.push(chunk);
      this.#aheadBytes += chunk.length;
      if (this.#aheadBytes >= readAheadBytes) this.#stream.pause();
      this.#wake?.();
    });
    const onGone = () => {
      if (this.#state === "ended") return;
      this.#settle(new LpError({ code: "net_aborted", message: "the client closed the connection", retryable: true }));
    };
    this.#stream.once("end", () => {
      if (this.#wasCut()) return onGone();
      if (this.#state === "reading") this.#state = "ended";
      this.#wake?.();
    });
    this.#stream.once("close", onGone);
  }

  #settle(failure: unknown): void {
    this.#failure ??= failure;
    this.#wake?.();
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#aheadBytes -= chunk.length;
        if (this.#aheadBytes < readAheadBytes && this.#stream.isPaused()) this.#stream.resume();
        return { done: false, value: chunk };
      }
      if (this.#state === "ended" || this.#state === "abandoned") return { done: true, value: undefined };
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
