import { LpError } from "@livepeer-ts/kernel";

/** Bounds of a slot queue. */
export type SlotQueueOptions = {
  /** Jobs that run at once. */
  readonly maxConcurrent: number;
  /** Jobs of one key that may wait. */
  readonly maxQueuedPerKey: number;
  /** Jobs that may wait in all. */
  readonly maxQueued: number;
};

type Waiter = { readonly key: string; readonly start: () => void };

/** First come, first served slots with bounded waiting. */
export class SlotQueue {
  readonly #options: SlotQueueOptions;
  readonly #waiting: Waiter[] = [];
  #running = 0;

  constructor(options: SlotQueueOptions) {
    this.#options = options;
  }

  /** Jobs running now. */
  get running(): number {
    return this.#running;
  }

  /** Jobs waiting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `job` when a slot is free. Throws `transcoder_busy` at once when too many wait already. */
  async run<T>(key: string, signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#running >= this.#options.maxConcurrent) await this.#wait(key, signal);
    else this.#running++;
    try {
      return await job();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes from hand to hand; it is free only when nobody waits.
      if (next === undefined) this.#running--;
      else next.start();
    }
  }

  #wait(key: string, signal: AbortSignal): Promise<void> {
    const { maxQueued, maxQueuedPerKey } = this.#options;
    const ofKey = this.#waiting.filter((waiter) => waiter.key === key).length;
    if (ofKey >= maxQueuedPerKey || this.#waiting.length >= maxQueued) {
      throw new LpError({
        code: "transcoder_busy",
        message: "the transcoder is busy: too many segments wait for a free slot; try another orchestrator",
        details: { waiting: this.#waiting.length, waitingOfSession: ofKey },
        retryable: true,
      });
    }
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        key,
        start: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}
