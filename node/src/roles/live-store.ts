import { totalmem } from "node:os";
import { join } from "node:path";
import { createMemoryObjectStore } from "@livepeer-ts/data";
import { openOverflowFile } from "@livepeer-ts/data/adapters";
import type { Clock, ObjectStore } from "@livepeer-ts/kernel";

/** Part of the memory this process may use that live segments may fill. */
const memoryShare = 0.25;
/** Segments that find no room there go to a file in the data folder, up to this size. */
const overflowBytes = 64 * 1024 ** 3;
const limits = { perDirectory: 64, maxTopFolderBytes: 1024 ** 3 };

/** The segments that players fetch from a gateway, and how the store ends. */
export type LiveStore = { readonly store: ObjectStore; close(): Promise<void> };

/** Opens the live segments' place: memory first, then a file in `dataDir` that is gone with the process. */
export async function openLiveStore(dataDir: string, ports: { readonly clock: Clock }): Promise<LiveStore> {
  const overflow = await openOverflowFile({ directory: join(dataDir, "live"), maxBytes: overflowBytes });
  const maxStoredBytes = Math.floor(memoryShare * usableMemoryBytes());
  // what streams hand over is never changed again
  const options = { name: "live", ...limits, maxStoredBytes, keepsGivenBytes: true };
  return { store: createMemoryObjectStore(options, { ...ports, overflow }), close: () => overflow.close() };
}

/** The machine's memory, or what a container leaves of it. */
function usableMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
