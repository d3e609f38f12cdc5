/** Those who wait for the next change of something. */
export class ChangeWaiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next change. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const done = () => {
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(done);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(done);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(done);
    });
  }

  /** Something has changed. */
  wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
