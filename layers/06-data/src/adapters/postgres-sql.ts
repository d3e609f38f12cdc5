import { errorText, LpError } from "@livepeer-ts/kernel";
import pg from "pg";
import { parseSqlInteger, sqlTypes, toSqlParameter } from "../platform-db/sql-values.ts";
import type { Sql, SqlConnection } from "../ports/sql.ts";

export type PostgresSqlOptions = {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most. Default 10. */
  readonly maxConnections?: number;
  /** Wait for a connection, ms. Default 10,000. */
  readonly connectMs?: number;
};

const writing = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"]);

/** PostgreSQL by URL. Rejects with `database_unreachable` when nobody answers there. */
export async function openPostgresSql(options: PostgresSqlOptions): Promise<Sql> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectMs ?? 10_000,
    types: {
      getTypeParser: ((type: number, format?: string) =>
        type === sqlTypes.int8 || type === sqlTypes.numeric
          ? parseSqlInteger
          : pg.types.getTypeParser(type, format as "text")) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that breaks is replaced at the next use.
  pool.on("error", () => {});
  const clients = new Map<SqlConnection, pg.PoolClient>();
  let closing: Promise<void> | undefined;

  const sql: Sql = {
    engine: "postgres",
    async acquire() {
      const client = await pool.connect();
      const connection: SqlConnection = {
        async query(text, params) {
          const result = await client.query(text, params.map(toSqlParameter));
          return {
            rows: result.rows as Record<string, unknown>[],
            changed: writing.has(result.command) ? (result.rowCount ?? 0) : undefined,
          };
        },
        async exec(text) {
          await client.query(text);
        },
      };
      clients.set(connection, client);
      return connection;
    },
    release(connection, broken) {
      clients.get(connection)?.release(broken);
      clients.delete(connection);
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
  try {
    sql.release(await sql.acquire(), false);
  } catch (cause) {
    await sql.close();
    throw new LpError({
      code: "database_unreachable",
      message: `the database at DATABASE_URL does not answer (${errorText(cause)}): start it, or correct the URL`,
      retryable: true,
      cause,
    });
  }
  return sql;
}
