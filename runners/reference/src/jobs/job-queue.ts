import { Refusal } from "../http/refusal.ts";

/** Jobs that wait while one runs; a caller that retries elsewhere is better served than by a long wait. */
export const maxWaiting = 4;

/** One job at a time, in the order they came. */
export class JobQueue {
  #isBusy = false;
  readonly #waiting: (() => void)[] = [];

  /** Waits for its turn and returns the function that ends it. Rejects with `Refusal` 503 when too many wait, and when the signal fires. */
  async turn(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw new Refusal(499, "the client has gone");
    if (this.#isBusy) {
      if (this.#waiting.length >= maxWaiting) {
        throw new Refusal(503, `the model is busy and ${maxWaiting} jobs wait already: try again later or elsewhere`);
      }
      await new Promise<void>((resolve, reject) => {
        const start = () => {
          signal.removeEventListener("abort", leave);
          resolve();
        };
        const leave = () => {
          this.#waiting.splice(this.#waiting.indexOf(start), 1);
          reject(new Refusal(499, "the client has gone"));
        };
        signal.addEventListener("abort", leave, { once: true });
        this.#waiting.push(start);
      });
    }
    this.#isBusy = true;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#isBusy = false;
      else next();
    };
  }
}
