/** How a relayed series ended: all of it came, whoever read it stopped, or it broke. */
export type RelayEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "left" }
  | { readonly kind: "broken"; readonly error: unknown };

/**
 * A series as another one, item by item. `onEnd` is called exactly once, also when nobody ever asks for an item: a generator that was
 * not started would not notice that.
 */
export function relayed<T, U>(
  source: AsyncIterable<T>,
  map: (item: T) => U,
  onEnd: (end: RelayEnd, itemCount: number) => void,
): AsyncIterableIterator<U> {
  const from = source[Symbol.asyncIterator]();
  let count = 0;
  let isOver = false;
  const end = (how: RelayEnd): void => {
    if (isOver) return;
    isOver = true;
    onEnd(how, count);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const item = await from.next();
        if (item.done === true) {
          end({ kind: "whole" });
          return { done: true, value: undefined };
        }
        count++;
        return { done: false, value: map(item.value) };
      } catch (error) {
        end({ kind: "broken", error });
        throw error;
      }
    },
    async return() {
      end({ kind: "left" });
      await from.return?.();
      return { done: true, value: undefined };
    },
  };
}

/** The same series after its first item has come, so that what fails at once fails here. Throws what the series throws. */
export async function begun<T>(source: AsyncIterable<T>): Promise<AsyncIterableIterator<T>> {
  const from = source[Symbol.asyncIterator]();
  let first: IteratorResult<T> | undefined = await from.next();
  const series: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const held = first;
      first = undefined;
      return held ?? from.next();
    },
    async return() {
      first = undefined;
      await from.return?.();
      return { done: true, value: undefined };
    },
  };
  return series;
}
