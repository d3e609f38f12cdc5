import type { Readable } from "node:stream";
import { LpError } from "../errors/lp-error.ts";
import type { BodyLease } from "../units/body-budget.ts";

/** Bytes taken from a connection before they are asked for; beyond, the peer has to wait. */
const readAheadBytes = 1024 * 1024;

export type RequestBodyOptions = {
  /** Asked at the end of the stream, whether that is only where the peer gave up. */
  readonly wasCut?: () => boolean;
  /** Counts what arrives; bytes that it refuses end the body with its error. */
  readonly lease: Pick<BodyLease, "take">;
  /** Ms without a byte while somebody reads; then the body ends with `body_timeout`. */
  readonly idleMs: number;
  /** Ms from the first look at the body to its end; then it ends with `body_timeout`. Default: no limit. */
  readonly wholeMs?: number;
};

/** A body that is read as it arrives, chunk by chunk, without joining or copying. Unread bodies are left on the connection. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #stream: Readable;
  readonly #options: RequestBodyOptions;
  readonly #chunks: Uint8Array[] = [];
  #aheadBytes = 0;
  #state: "unread" | "reading" | "ended" | "abandoned" = "unread";
  #failure: unknown;
  #wake: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #whole: NodeJS.Timeout | undefined;
  #isExtended = false;

  constructor(stream: Readable, options: RequestBodyOptions) {
    this.#stream = stream;
    this.#options = options;
    // a reset before or after reading must not end the process; readers see it through `close`
    stream.on("error", (error) => this.#settle(error));
  }

  /** True when a reader began and stopped before the end: what is still coming belongs to nobody. */
  get isAbandoned(): boolean {
    return this.#state === "abandoned";
  }

  /** Lifts the limit on the whole time, and starts the time without a byte anew. */
  extend(): void {
    this.#isExtended = true;
    clearTimeout(this.#whole);
    this.#idle?.refresh();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#state === "unread") this.#begin();
    return {
      next: () => this.#next(),
      return: async () => {
        if (this.#state === "reading") this.#abandon();
        return { done: true, value: undefined };
      },
    };
  }

  #begin(): void {
    this.#state = "reading";
    const { idleMs, wholeMs } = this.#options;
    this.#idle = setTimeout(() => this.#onIdle(), idleMs);
    if (wholeMs !== undefined && !this.#isExtended) {
      this.#whole = setTimeout(
        () => this.#cut(`the body was not complete after ${wholeMs} ms: send it faster, or in parts`),
        wholeMs,
      );
    }
    this.#stream.on("data", (chunk: Uint8Array) => {
      if (this.#state !== "reading") return;
      this.#idle?.refresh();
      try {
        this.#options.lease.take(chunk.length);
      } catch (error) {
        this.#abandon();
        this.#settle(error);
        return;
      }
      this.#chunks.push(chunk);
      this.#aheadBytes += chunk.length;
      if (this.#aheadBytes >= readAheadBytes) this.#stream.pause();
      this.#wake?.();
    });
    const onGone = () => {
      this.#stopTimers();
      if (this.#state === "ended") return;
      this.#settle(new LpError({ code: "net_aborted", message: "the client closed the connection", retryable: true }));
    };
    this.#stream.once("end", () => {
      if (this.#options.wasCut?.()) return onGone();
      this.#stopTimers();
      if (this.#state === "reading") this.#state = "ended";
      this.#wake?.();
    });
    this.#stream.once("close", onGone);
  }

  /** What is still to come belongs to nobody. */
  #abandon(): void {
    this.#stopTimers();
    this.#state = "abandoned";
    this.#chunks.length = 0;
    this.#stream.pause();
  }

  #onIdle(): void {
    if (this.#state !== "reading") return;
    // a paused stream is the reader's own delay
    if (this.#stream.isPaused()) {
      this.#idle?.refresh();
      return;
    }
    this.#cut(`no byte of the body came for ${this.#options.idleMs} ms: send it faster`);
  }

  #cut(message: string): void {
    if (this.#state !== "reading") return;
    this.#abandon();
    this.#settle(new LpError({ code: "body_timeout", message }));
  }

  #stopTimers(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#whole);
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
      if (this.#failure !== undefined && this.#state !== "ended") throw this.#failure;
      if (this.#state === "ended" || this.#state === "abandoned") return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
