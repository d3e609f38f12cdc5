/** What SQLite takes and gives. Integers come back as `bigint` when they do not fit a safe number, else as `number`. */
export type SqlValue = string | number | bigint | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Reading, synchronous. `params` fill the `?` of the statement in order. */
export interface SqlRead {
  get(sql: string, ...params: readonly SqlValue[]): SqlRow | undefined;
  all(sql: string, ...params: readonly SqlValue[]): readonly SqlRow[];
}

/** Writing inside one transaction. */
export interface SqlTx extends SqlRead {
  run(sql: string, ...params: readonly SqlValue[]): { readonly changes: number; readonly lastId: bigint };
}

/**
 * A node's own database.
 * Failures: `disk_full` (retryable once there is room), `database_busy` (retryable), `database_corrupt`, `database_closed`.
 */
export interface NodeDatabase {
  /**
   * `fn` is synchronous and therefore atomic; when it throws, its changes are undone. The promise resolves only when the changes are
   * durable. `withinMs`: what nobody waits for may be late by this much, to share the disk's flush with others. Order is kept.
   */
  tx<T>(fn: (tx: SqlTx) => T, options?: { readonly withinMs?: number }): Promise<T>;
  read<T>(fn: (sql: SqlRead) => T): T;
  /** Waits for open transactions, then closes. */
  close(): Promise<void>;
}
