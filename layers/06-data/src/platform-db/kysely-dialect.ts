import { LpError } from "@livepeer-ts/kernel";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type { Sql, SqlConnection } from "../ports/sql.ts";

class SqlDatabaseConnection implements DatabaseConnection {
  readonly connection: SqlConnection;
  broken = false;

  constructor(connection: SqlConnection) {
    this.connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const answer = await this.connection.query(query.sql, query.parameters);
    const rows = answer.rows as R[];
    return answer.changed === undefined ? { rows } : { rows, numAffectedRows: BigInt(answer.changed) };
  }

  // biome-ignore lint/correctness/useYield: the platform reads pages, not cursors; the interface asks for the method
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new LpError({ code: "database_failed", message: "cursors are not available: read page by page" });
  }
}

class SqlDriver implements Driver {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new SqlDatabaseConnection(await this.#sql.acquire());
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw("rollback"));
    } catch (error) {
      (connection as SqlDatabaseConnection).broken = true;
      throw error;
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    const own = connection as SqlDatabaseConnection;
    this.#sql.release(own.connection, own.broken);
  }

  async destroy(): Promise<void> {
    await this.#sql.close();
  }
}

/** Kysely over our `Sql` port. A transaction has its connection for itself on either engine. */
export function sqlDialect(sql: Sql): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new SqlDriver(sql),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
