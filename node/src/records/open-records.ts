import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import {
  createReceiptStore,
  createRecordStore,
  type NodeRecord,
  nodeDatabaseFiles,
  type RecordStore,
} from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import type { ReceiptStore } from "@livepeer-ts/economics";
import { LpError } from "@livepeer-ts/kernel";

/** A record and the node that wrote it, named after its folder. */
export type SourcedRecord = NodeRecord & { readonly node: string };

/** What one node has recorded, opened for reading while it may be running. */
export type NodeRecords = {
  readonly node: string;
  readonly records: Pick<RecordStore, "find" | "list">;
  readonly receipts: Pick<ReceiptStore, "list">;
  close(): Promise<void>;
};

/** Folders with a node's database: the given ones, or those right below them. */
function nodeFolders(folders: readonly string[]): string[] {
  const holdsNode = (folder: string) => existsSync(join(folder, nodeDatabaseFiles.own));
  return folders.flatMap((folder) => {
    if (holdsNode(folder)) return [folder];
    if (!existsSync(folder)) return [];
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return below.map((entry) => join(folder, entry.name)).filter(holdsNode);
  });
}

/** Opens the records below the folders. Throws `no_records` with where it looked. */
export function openRecords(folders: readonly string[]): NodeRecords[] {
  const found = nodeFolders(folders);
  if (found.length === 0) {
    throw new LpError({
      code: "no_records",
      message: `no node has kept records in ${folders.join(", ")}: give its data directory with --data-dir`,
    });
  }
  return found.map((folder) => {
    const db = openNodeSqlite({ path: join(folder, nodeDatabaseFiles.own), readOnly: true });
    return {
      node: basename(folder),
      records: createRecordStore({ db, clock: { now: () => 0 } }),
      receipts: createReceiptStore(db),
      close: () => db.close(),
    };
  });
}
