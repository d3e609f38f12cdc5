/** Bytes that are kept outside of the process's memory until they are dropped. */
export type OverflowedBytes = {
  /** The bytes from `start` to before `end`. Rejects with `object_store_failed` when they cannot be read any more. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Frees their place; a reader that has begun still gets all of them. May be called twice. */
  drop(): void;
};

/** Where a memory store puts what it has no room for. */
export type Overflow = {
  /** Rejects with `store_full` when there is no room there either. */
  put(bytes: Uint8Array): Promise<OverflowedBytes>;
};
