import { errorText, LpError } from "../errors/lp-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { TaskOwner } from "../ports/tasks.ts";

export type LatestWritesOptions = {
  /** Objects that wait; the oldest goes when there are more. Default 32. */
  readonly maxWaiting: number;
  /** Tries of one object, whatever is written to it meanwhile. Default 30. */
  readonly maxTries: number;
  /** Ms of the first try; grows by half with each further one. Default 5000. */
  readonly firstTryMs: number;
  /** Ms of the longest try. Default 120000. */
  readonly longestTryMs: number;
  /** Ms between two tries. Default 1000. */
  readonly pauseMs: number;
};

export const defaultLatestWritesOptions: LatestWritesOptions = {
  maxWaiting: 32,
  maxTries: 30,
  firstTryMs: 5000,
  longestTryMs: 120_000,
  pauseMs: 1000,
};

export type LatestWritesDeps = {
  readonly clock: Clock;
  readonly tasks: TaskOwner;
  readonly write: (key: string, bytes: Uint8Array, signal: AbortSignal) => Promise<unknown>;
  /** Told of every object that was given up, with the reason. */
  readonly onLost: (key: string, error: LpError) => void;
};

/**
 * Writes objects one after the other in the background. What is put twice before it is written is written once, as it was put last;
 * its bytes are made when they are needed.
 */
export class LatestWrites {
  readonly #options: LatestWritesOptions;
  readonly #deps: LatestWritesDeps;
  readonly #waiting = new Map<string, () => Uint8Array>();
  #running: Promise<void> | undefined;

  constructor(options: Partial<LatestWritesOptions>, deps: LatestWritesDeps) {
    this.#options = { ...defaultLatestWritesOptions, ...options };
    this.#deps = deps;
  }

  /** Objects that are not written yet. */
  get waiting(): number {
    return this.#waiting.size + (this.#running === undefined ? 0 : 1);
  }

  put(key: string, make: () => Uint8Array): void {
    this.#waiting.set(key, make);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > this.#options.maxWaiting && oldest !== undefined) {
      this.#waiting.delete(oldest);
      this.#lost(oldest, `${this.#options.maxWaiting} newer ones wait`, undefined);
    }
    if (this.#running !== undefined) return;
    if (this.#deps.tasks.signal.aborted) {
      this.#dropAll();
      return;
    }
    this.#running = new Promise((resolve) => {
      this.#deps.tasks.spawn("latest writes", async (signal) => {
        try {
          await this.#run(signal);
        } finally {
          this.#running = undefined;
          if (signal.aborted) this.#dropAll();
          resolve();
        }
      });
    });
  }

  /** Resolves when nothing waits any more; what could not be written was reported. */
  async flushed(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const [next] = this.#waiting.entries();
      if (next === undefined) return;
      const [key] = next;
      let make = next[1];
      this.#waiting.delete(key);
      let tryMs = this.#options.firstTryMs;
      for (let attempt = 1; ; attempt++) {
        const deadline = this.#deps.clock.deadline(tryMs, signal);
        try {
          await this.#deps.write(key, make(), deadline.signal);
          break;
        } catch (error) {
          if (signal.aborted) {
            this.#lost(key, "the node stopped", error);
            throw error;
          }
          if (attempt >= this.#options.maxTries) {
            this.#lost(key, `${attempt} tries failed`, error);
            break;
          }
        } finally {
          deadline.clear();
        }
        tryMs = Math.min(tryMs * 1.5, this.#options.longestTryMs);
        await this.#deps.clock.sleep(this.#options.pauseMs, signal);
        const newer = this.#waiting.get(key);
        if (newer === undefined) continue;
        this.#waiting.delete(key);
        make = newer;
      }
    }
  }

  /** The owner has stopped: nothing is written any more. */
  #dropAll(): void {
    for (const key of this.#waiting.keys()) this.#lost(key, "the node stopped", undefined);
    this.#waiting.clear();
  }

  #lost(key: string, why: string, cause: unknown): void {
    const last = cause === undefined ? "" : `, at last with: ${errorText(cause)}`;
    this.#deps.onLost(
      key,
      new LpError({
        code: "object_lost",
        message: `${key} was not stored: ${why}${last}; look at the object store`,
        details: { key },
        cause,
      }),
    );
  }
}
