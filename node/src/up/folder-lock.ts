import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LpError } from "@livepeer-ts/kernel";

/** Open files with a lock; one that the collector took would be unlocked. */
const locked = new Set<DatabaseSync>();

/**
 * Makes a data directory this process's own until the process ends, however it ends: SQLite holds a lock on a file beside the
 * directory, and the system drops it with the process. Throws `network_running`.
 */
export async function lockNetworkFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  await mkdir(dirname(path), { recursive: true });
  const file = new DatabaseSync(`${path}.lock`);
  try {
    file.exec("BEGIN EXCLUSIVE");
    locked.add(file);
  } catch (cause) {
    file.close();
    throw new LpError({
      code: "network_running",
      message: `a local network is running from ${path} already: use that one, stop it with Ctrl-C, or give another --data-dir`,
      details: { folder: path },
      cause,
    });
  }
}
