import { LpError } from "@livepeer-ts/kernel";
import type { NodeDatabase } from "../ports/node-database.ts";

/** One numbered step of a node database's schema; never changed once released. */
export type NodeMigration = { readonly version: number; readonly statements: readonly string[] };

/** Applies the steps that are missing, each in its own transaction. Throws `database_too_new`. */
export async function migrateNodeDatabase(
  db: NodeDatabase,
  migrations: readonly NodeMigration[],
  now: number,
): Promise<void> {
  await db.tx((tx) => {
    tx.run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)");
  });
  const current = Number(db.read((sql) => sql.get("SELECT max(version) AS version FROM schema_version"))?.version ?? 0);
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new LpError({
      code: "database_too_new",
      message: `the node's database has schema ${current}, this program knows ${newest}: start the newer program again`,
      details: { current, newest },
    });
  }
  for (const migration of migrations) {
    if (migration.version <= current) continue;
    await db.tx((tx) => {
      for (const statement of migration.statements) tx.run(statement);
      tx.run("INSERT INTO schema_version(version, applied_at) VALUES(?, ?)", migration.version, now);
    });
  }
}
