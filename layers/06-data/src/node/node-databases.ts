import type { NodeDatabase } from "../ports/node-database.ts";
import { prepareLivepeerDatabase } from "./livepeer-schema.ts";
import { migrateNodeDatabase } from "./migrate.ts";
import { ownMigrations } from "./own-schema.ts";

/** File names inside a node's data directory. */
export const nodeDatabaseFiles = { livepeer: "lpdb.sqlite3", own: "livepeer-ts.sqlite3" } as const;

/** The two databases of a node, ready to use. */
export type NodeDatabases = { readonly livepeer: NodeDatabase; readonly own: NodeDatabase };

/** Makes or checks the schemas of both files. Throws `database_too_new`, `database_wrong_chain`. */
export async function prepareNodeDatabases(
  databases: NodeDatabases,
  options: { readonly chainId?: bigint; readonly now: number },
): Promise<void> {
  await prepareLivepeerDatabase(databases.livepeer, options);
  await migrateNodeDatabase(databases.own, ownMigrations, options.now);
}
