import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type NodeDatabases, nodeDatabaseFiles, prepareNodeDatabases } from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import type { Clock, Logger } from "@livepeer-ts/kernel";

/** Opens both database files of the node. Rejects with `database_too_new`, `database_wrong_chain`. */
export async function openNodeDatabases(folder: string, chainId: bigint, now: number): Promise<NodeDatabases> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const databases = {
    livepeer: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.livepeer) }),
    own: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.own) }),
  };
  try {
    await prepareNodeDatabases(databases, { chainId, now });
  } catch (error) {
    await closeNodeDatabases(databases);
    throw error;
  }
  return databases;
}

export async function closeNodeDatabases(databases: NodeDatabases): Promise<void> {
  await databases.livepeer.close();
  await databases.own.close();
}

/** What go-livepeer leaves behind when it crashes: segments being transcoded, the self-test, the RTMP segmenter's files. */
const leftovers = [
  /^(?:out_)?.+-\d+-[\da-zA-Z]+\.tempfile(?:\.bin)?$/,
  /^testseg\.tempfile$/,
  /^.+_\d+\.ts$/,
  /^.+\.m3u8$/,
];

/** Younger files may belong to a program that runs. */
const staleAfterMs = 60_000;

/** Removes those files from the folder itself, not from folders in it. */
export async function cleanDataFolder(
  folder: string,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const removed: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || !leftovers.some((pattern) => pattern.test(entry.name))) continue;
    const path = join(folder, entry.name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || deps.clock.now() - facts.mtimeMs < staleAfterMs) continue;
    await rm(path, { force: true });
    removed.push(entry.name);
  }
  if (removed.length > 0) deps.logger.info("leftovers of an earlier run removed", { files: removed.length, folder });
}
