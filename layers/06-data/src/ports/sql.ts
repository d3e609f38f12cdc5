/** Answer of one statement. */
export type SqlAnswer = {
  readonly rows: readonly Record<string, unknown>[];
  /** Rows written; undefined for statements that only read. */
  readonly changed: number | undefined;
};

/**
 * One connection in PostgreSQL's dialect. `bigint` parameters are exact; `int8` and whole `numeric` values come back as `bigint`,
 * `jsonb` parsed.
 */
export interface SqlConnection {
  query(text: string, params: readonly unknown[]): Promise<SqlAnswer>;
  /** Several statements without parameters. */
  exec(text: string): Promise<void>;
}

/** Where connections come from. One that was acquired is exclusive until it is released. */
export interface Sql {
  readonly engine: "pglite" | "postgres";
  acquire(): Promise<SqlConnection>;
  /** `broken`: its state is unknown, do not use it again. */
  release(connection: SqlConnection, broken: boolean): void;
  close(): Promise<void>;
}
