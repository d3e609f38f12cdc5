import { LpError } from "@livepeer-ts/kernel";

export type FanOutOptions<T> = {
  /** Listeners at once. */
  readonly maxListeners: number;
  /** Items that wait for one listener. */
  readonly maxItems: number;
  /** Σ size of those. */
  readonly maxSize: number;
  readonly sizeOf: (item: T) => number;
  /** Where a listener may begin. Default: anywhere. */
  readonly isBeginning?: (item: T) => boolean;
};

/** One who listens: the items from now on. Ends with the source, or throws `listener_slow`. */
export type Listener<T> = AsyncIterable<T> & { leave(): void };

type Queue<T> = {
  readonly items: T[];
  size: number;
  hasBegun: boolean;
  isSlow: boolean;
  wake: () => void;
};

/** Hands what comes to everyone who listens, without waiting for anybody: who does not keep up is let go. */
export class FanOut<T> {
  readonly #options: FanOutOptions<T>;
  readonly #listeners = new Set<Queue<T>>();
  #isEnded = false;

  constructor(options: FanOutOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#listeners.size;
  }

  push(item: T): void {
    const { maxItems, maxSize, sizeOf, isBeginning } = this.#options;
    const size = sizeOf(item);
    for (const queue of this.#listeners) {
      if (!queue.hasBegun && isBeginning?.(item) === false) continue;
      queue.hasBegun = true;
      if (queue.items.length >= maxItems || queue.size + size > maxSize) {
        queue.isSlow = true;
        queue.items.length = 0;
        this.#listeners.delete(queue);
      } else {
        queue.items.push(item);
        queue.size += size;
      }
      queue.wake();
    }
  }

  /** Nothing more comes: listeners get what is there. */
  end(): void {
    this.#isEnded = true;
    for (const queue of this.#listeners) queue.wake();
    this.#listeners.clear();
  }

  /** Begins to listen. Throws `too_many_listeners`. */
  listen(): Listener<T> {
    if (this.#listeners.size >= this.#options.maxListeners) {
      const message = `${this.#options.maxListeners} listen to this stream already: try again when one has left`;
      throw new LpError({ code: "too_many_listeners", message, retryable: true });
    }
    const queue: Queue<T> = { items: [], size: 0, hasBegun: false, isSlow: false, wake: () => {} };
    if (!this.#isEnded) this.#listeners.add(queue);
    let isOver = false;
    const leave = () => {
      isOver = true;
      this.#listeners.delete(queue);
      queue.wake();
    };
    const next = async (): Promise<IteratorResult<T>> => {
      for (;;) {
        if (queue.isSlow)
          throw new LpError({ code: "listener_slow", message: "this listener does not take what it is sent" });
        const item = queue.items.shift();
        if (item !== undefined) {
          queue.size -= this.#options.sizeOf(item);
          return { done: false, value: item };
        }
        if (isOver || this.#isEnded) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          queue.wake = resolve;
        });
      }
    };
    const iterator = {
      next,
      return: async (): Promise<IteratorResult<T>> => {
        leave();
        return { done: true, value: undefined };
      },
    };
    return { leave, [Symbol.asyncIterator]: () => iterator };
  }
}
