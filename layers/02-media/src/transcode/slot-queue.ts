import { LpError } from "@livepeer-ts/kernel";

/** Bounds of a slot queue. */
export type SlotQueueOptions = {
  /** Weight of the jobs that run at once; jobs weigh 1 unless they say otherwise. */
  readonly maxConcurrent: number;
  /** Jobs of one key that may wait. */
  readonly maxQueuedPerKey: number;
  /** Jobs that may wait in all. */
  readonly maxQueued: number;
};

type Waiter = { readonly key: string; readonly weight: number; readonly start: () => void };

/** First come, first served slots with bounded waiting. */
export class SlotQueue {
  readonly #options: SlotQueueOptions;
  readonly #waiting: Waiter[] = [];
  #running = 0;

  constructor(options: SlotQueueOptions) {
    this.#options = options;
  }

  /** Weight of the jobs running now. */
  get running(): number {
    return this.#running;
  }

  /** Jobs waiting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs `job` when enough slots are free; `weight` of them, at most all there are. Throws `transcoder_busy` at once when
   * too many wait already.
   */
  async run<T>(key: string, signal: AbortSignal, job: () => Promise<T>, weight = 1): Promise<T> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#fits(weight)) await this.#wait(key, weight, signal);
    else this.#running += weight;
    try {
      return await job();
    } finally {
      this.#running -= weight;
      this.#startWaiting();
    }
  }

  #fits(weight: number): boolean {
    return this.#running + weight <= this.#options.maxConcurrent;
  }

  /** In order of arrival: a heavy job is not overtaken for ever by light ones. */
  #startWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.weight); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#running += next.weight;
      next.start();
    }
  }

  #wait(key: string, weight: number, signal: AbortSignal): Promise<void> {
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
        // It may have been a heavy one that lighter ones waited behind.
        this.#startWaiting();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        key,
        weight,
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
