import { Worker } from "node:worker_threads";
import { LpError } from "@livepeer-ts/kernel";
import type { Sql, SqlConnection } from "../ports/sql.ts";
import type { PgliteAnswer, PgliteRequest, PgliteWorkerData } from "./pglite-messages.ts";

type Pending = { readonly resolve: (answer: PgliteAnswer) => void; readonly reject: (error: unknown) => void };
type RequestBody = PgliteRequest extends infer R ? (R extends { readonly id: number } ? Omit<R, "id"> : never) : never;

/** PGlite in its thread, with the one extra that templates need. */
export interface PgliteSql extends Sql {
  /** Writes a gzip of the whole database. */
  dump(file: string): Promise<void>;
}

/** Waiting acquirers at most; more are refused with `database_busy`. */
const maxWaiting = 10_000;

/** Starts PGlite in a worker thread. There is one connection; who acquires it has it alone. */
export async function openPgliteSql(options: PgliteWorkerData): Promise<PgliteSql> {
  const worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), { workerData: options });
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let ended: LpError | undefined;
  let closing: Promise<void> | undefined;

  const fail = (cause: unknown): void => {
    ended ??= new LpError({
      code: "database_failed",
      message: "the embedded database has stopped: see the cause, then start the platform again",
      cause,
    });
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
  };
  const expect = (id: number): Promise<PgliteAnswer> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) reject(ended);
      else pending.set(id, { resolve, reject });
    });
  worker.on("message", (answer: PgliteAnswer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer);
    else {
      const { message, code, constraint } = answer.error;
      waiting?.reject(Object.assign(new LpError({ code: "database_failed", message }), { code, constraint }));
    }
  });
  worker.on("error", fail);
  worker.on("exit", (status) => fail(`exit status ${status}`));
  await expect(0);

  const send = (request: RequestBody): Promise<PgliteAnswer> => {
    const id = nextId++;
    const answer = expect(id);
    if (ended === undefined) worker.postMessage({ ...request, id });
    return answer;
  };
  const connection: SqlConnection = {
    async query(text, params) {
      const answer = await send({ op: "query", text, params });
      return { rows: answer.rows ?? [], changed: answer.changed };
    },
    async exec(text) {
      await send({ op: "exec", text });
    },
  };

  let taken = false;
  const queue: (() => void)[] = [];
  return {
    engine: "pglite",
    async acquire() {
      if (ended !== undefined) throw ended;
      if (taken) {
        if (queue.length >= maxWaiting) {
          throw new LpError({
            code: "database_busy",
            message: `${maxWaiting} queries wait for the embedded database: use PostgreSQL (DATABASE_URL) for this load`,
            retryable: true,
          });
        }
        await new Promise<void>((resolve) => queue.push(resolve));
      }
      taken = true;
      return connection;
    },
    release() {
      const next = queue.shift();
      if (next === undefined) taken = false;
      else next();
    },
    async dump(file) {
      await send({ op: "dump", file });
    },
    close() {
      closing ??= (async () => {
        if (ended === undefined) {
          await send({ op: "close" });
          ended = new LpError({
            code: "database_closed",
            message: "the embedded database is closed: the platform is stopping",
          });
        }
        await worker.terminate();
      })();
      return closing;
    },
  };
}
