import { LpError } from "@livepeer-ts/kernel";
import type { Sql } from "../ports/sql.ts";

/** One file of `migrations/`: never changed once released. */
export type SqlMigration = { readonly version: number; readonly name: string; readonly text: string };

/** Any number; two programs on one database must use the same. */
const advisoryLock = 7_365_124_901;

/** Applies the files that are missing, each in one transaction, one program at a time. Throws `database_too_new`. */
export async function migratePlatform(sql: Sql, migrations: readonly SqlMigration[], now: number): Promise<void> {
  const connection = await sql.acquire();
  let broken = true;
  try {
    await connection.query("select pg_advisory_lock($1)", [String(advisoryLock)]);
    await connection.exec(
      "create table if not exists schema_migration (version integer primary key, name text not null, applied_at bigint not null)",
    );
    const { rows } = await connection.query("select coalesce(max(version), 0) as version from schema_migration", []);
    const current = Number(rows[0]?.["version"] ?? 0);
    const newest = migrations.at(-1)?.version ?? 0;
    if (current > newest) {
      throw new LpError({
        code: "database_too_new",
        message: `the platform's database has schema ${current}, this program knows ${newest}: start the newer program again`,
        details: { current, newest },
      });
    }
    for (const migration of migrations) {
      if (migration.version <= current) continue;
      await connection.exec("begin");
      try {
        await connection.exec(migration.text);
        await connection.query("insert into schema_migration(version, name, applied_at) values ($1, $2, $3)", [
          migration.version,
          migration.name,
          String(now),
        ]);
        await connection.exec("commit");
      } catch (error) {
        await connection.exec("rollback");
        throw error;
      }
    }
    await connection.query("select pg_advisory_unlock($1)", [String(advisoryLock)]);
    broken = false;
  } finally {
    // A connection given up takes its lock with it.
    sql.release(connection, broken);
  }
}
