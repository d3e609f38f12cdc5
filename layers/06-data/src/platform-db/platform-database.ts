import { Kysely } from "kysely";
import type { Sql } from "../ports/sql.ts";
import { sqlDialect } from "./kysely-dialect.ts";
import type { PlatformTables } from "./platform-tables.ts";

/** The platform's database, migrated and ready. */
export type PlatformDatabase = {
  readonly engine: "pglite" | "postgres";
  readonly db: Kysely<PlatformTables>;
  close(): Promise<void>;
};

/** Typed queries over a migrated `Sql`. */
export function createPlatformDatabase(sql: Sql): PlatformDatabase {
  const db = new Kysely<PlatformTables>({ dialect: sqlDialect(sql) });
  return {
    engine: sql.engine,
    db,
    async close() {
      await db.destroy();
      await sql.close();
    },
  };
}

/** True when a statement failed because a unique value is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "23505";
}
