import { LpError } from "@livepeer-ts/kernel";

export type SlotPoolOptions = {
  /** Jobs that run at once. */
  readonly slots: number;
  /** Jobs that may wait for a slot. Default 64. */
  readonly maxWaiting?: number;
};

/** What a job gives back when it is done. Safe to call twice. */
export type SlotRelease = () => void;

type Waiter = { readonly resolve: (release: SlotRelease) => void; readonly reject: (error: unknown) => void };

/**
 * The places for work on this machine: at most `slots` jobs run, the next ones wait in order of arrival.
 * Knows nothing about what the jobs are.
 */
export class SlotPool {
  readonly #maxWaiting: number;
  readonly #waiting: Waiter[] = [];
  #inUse = 0;
  #slots: number;

  constructor(options: SlotPoolOptions) {
    this.#slots = checkedSlots(options.slots);
    this.#maxWaiting = options.maxWaiting ?? 64;
  }

  get slots(): number {
    return this.#slots;
  }

  /** Changes how many jobs run at once. Jobs that run go on; with more slots, jobs that wait begin. Throws `bad_slots`. */
  resize(slots: number): void {
    this.#slots = checkedSlots(slots);
    while (this.#inUse < this.#slots) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inUse++;
      next.resolve(this.#release());
    }
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the release of a slot. Rejects with `slots_full`, or with the signal's reason. */
  acquire(signal: AbortSignal): Promise<SlotRelease> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#inUse < this.#slots) {
      this.#inUse++;
      return Promise.resolve(this.#release());
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(
        new LpError({
          code: "slots_full",
          message: `all ${this.#slots} places are busy and ${this.#waiting.length} jobs wait: try again later or elsewhere`,
          retryable: true,
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        resolve: (release) => {
          signal.removeEventListener("abort", onAbort);
          resolve(release);
        },
        reject,
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #release(): SlotRelease {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      // after a pool has shrunk, jobs that end free nothing until it fits
      const next = this.#inUse > this.#slots ? undefined : this.#waiting.shift();
      if (next === undefined) this.#inUse--;
      else next.resolve(this.#release());
    };
  }
}

function checkedSlots(slots: number): number {
  if (Number.isInteger(slots) && slots >= 1) return slots;
  throw new LpError({ code: "bad_slots", message: `${slots} is no number of slots: give a whole number from 1` });
}
