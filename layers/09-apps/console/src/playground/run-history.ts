import type { FormValues } from "./form-values.ts";
import type { JobResult } from "./run-job.ts";

/** A run that is over. */
export type PastRun = { readonly at: number; readonly values: FormValues; readonly result: JobResult };

type Row = PastRun & { readonly pipeline: string };

/** Runs of one pipeline that are kept; the oldest goes first. */
export const maxRuns = 10;
/** Files and answer of one run; a larger one is not kept. */
const maxRunBytes = 8 * 1024 * 1024;
const databaseName = "livepeer.playground";
const storeName = "runs";
const byPipeline = "pipeline";

/** The browser's own store of past runs. Every call rejects where the browser has none, as in some private windows. */
export const runHistory = {
  /** Newest first. */
  async of(pipeline: string): Promise<readonly PastRun[]> {
    const rows = await inStore("readonly", (store) => store.index(byPipeline).getAll(pipeline));
    return (rows as Row[]).sort((a, b) => b.at - a.at).map(({ at, values, result }) => ({ at, values, result }));
  },

  /** False: it is too large to be kept. */
  async keep(pipeline: string, run: PastRun): Promise<boolean> {
    if (sizeOf(run) > maxRunBytes) return false;
    await inStore("readwrite", (store) => {
      store.add({ pipeline, ...run } satisfies Row);
      return dropOldest(store, pipeline);
    });
    return true;
  },

  async forget(pipeline: string): Promise<void> {
    await inStore("readwrite", (store) => dropOldest(store, pipeline, 0));
  },
};

function sizeOf({ values, result }: PastRun): number {
  const files = Object.values(values.files).reduce((sum, { size }) => sum + size, 0);
  return files + (result.kind === "done" ? JSON.stringify(result.value).length : 0);
}

/** Asks for the rows of a pipeline and deletes all but the newest. */
function dropOldest(store: IDBObjectStore, pipeline: string, kept = maxRuns): IDBRequest {
  let seen = 0;
  const request = store.index(byPipeline).openCursor(IDBKeyRange.only(pipeline), "prev");
  request.addEventListener("success", () => {
    const cursor = request.result;
    if (cursor === null) return;
    if (++seen > kept) cursor.delete();
    cursor.continue();
  });
  return request;
}

/** Does something in a transaction; resolves to its request's result when the transaction is over. */
async function inStore(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(storeName, mode);
      const request = act(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser's store gave up"));
    });
  } finally {
    database.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(storeName, { autoIncrement: true });
      store.createIndex(byPipeline, byPipeline);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser has no store"));
  });
}
