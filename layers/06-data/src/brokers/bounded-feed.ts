import { type Clock, errorText, type Logger, type TaskOwner } from "@livepeer-ts/kernel";

export type BoundedFeedOptions = {
  /** Who gets the events, for the log. */
  readonly name: string;
  /** Events that wait; further ones are dropped. Default 100. */
  readonly maxQueued?: number;
  /** Events sent at once. Default 100. */
  readonly maxBatch?: number;
  /** Ms after which a batch that is not full goes out. Default 1000. */
  readonly batchMs?: number;
  /** Times a batch is tried before it is lost. Default 3. */
  readonly maxTries?: number;
  /** Ms before the next try. Default 250. */
  readonly retryMs?: number;
};

export type BoundedFeedDeps<T> = {
  readonly clock: Clock;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
  /** Rejects when the batch did not get there. */
  readonly send: (batch: readonly T[], signal: AbortSignal) => Promise<void>;
  /** Told of each event that is dropped or lost. */
  readonly onLost: (event: T) => void;
};

/** Hands events on in batches, at most once, and never keeps its caller waiting: what finds no room is dropped. */
export class BoundedFeed<T> {
  readonly #options: Required<BoundedFeedOptions>;
  readonly #deps: BoundedFeedDeps<T>;
  readonly #queue: T[] = [];
  #isRunning = false;
  #isFailing = false;
  #wake = () => {};

  constructor(options: BoundedFeedOptions, deps: BoundedFeedDeps<T>) {
    this.#options = {
      name: options.name,
      maxQueued: options.maxQueued ?? 100,
      maxBatch: options.maxBatch ?? 100,
      batchMs: options.batchMs ?? 1000,
      maxTries: options.maxTries ?? 3,
      retryMs: options.retryMs ?? 250,
    };
    this.#deps = deps;
  }

  push(event: T): void {
    if (this.#queue.length >= this.#options.maxQueued) {
      this.#lose([event], `${this.#options.maxQueued} events wait already`);
      return;
    }
    this.#queue.push(event);
    if (this.#queue.length >= this.#options.maxBatch) this.#wake();
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#deps.tasks.spawn(`feed ${this.#options.name}`, async (signal) => {
      try {
        while (this.#queue.length > 0) await this.#sendNext(signal);
      } finally {
        this.#isRunning = false;
      }
    });
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    if (this.#queue.length < this.#options.maxBatch) await this.#pause(signal);
    const batch = this.#queue.splice(0, this.#options.maxBatch);
    const { maxTries, retryMs, name } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.send(batch, signal);
        if (this.#isFailing) this.#deps.logger.info("events go out again", { to: name });
        this.#isFailing = false;
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        if (attempt >= maxTries) return this.#lose(batch, errorText(error));
        await this.#deps.clock.sleep(retryMs, signal);
      }
    }
  }

  /** Until the batch is full or its time is over. */
  async #pause(signal: AbortSignal): Promise<void> {
    const deadline = this.#deps.clock.deadline(this.#options.batchMs, signal);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (deadline.signal.aborted) resolve();
      deadline.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#wake = () => {};
    deadline.clear();
  }

  /** Told once in the log, until something gets through again. */
  #lose(events: readonly T[], reason: string): void {
    for (const event of events) this.#deps.onLost(event);
    if (!this.#isFailing) this.#deps.logger.warn("events are lost", { to: this.#options.name, error: reason });
    this.#isFailing = true;
  }
}
