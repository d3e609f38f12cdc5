import { DatabaseSync, type StatementSync } from "node:sqlite";
import { LpError } from "@livepeer-ts/kernel";
import type { NodeDatabase, SqlRead, SqlRow, SqlTx, SqlValue } from "../ports/node-database.ts";

export type NodeSqliteOptions = {
  /** File path, or `:memory:`. */
  readonly path: string;
  /** `full`: a commit survives a power cut. `normal`: it survives the end of the process. Default `full`. */
  readonly durability?: "full" | "normal";
  /** Transactions that may wait for one commit; more are refused with `database_busy`. Default 10,000. */
  readonly maxQueued?: number;
  /** How long another process may hold the file, ms. Default 5,000. */
  readonly busyMs?: number;
  /** Look at a file that another process may be writing to; transactions fail. Default false. */
  readonly readOnly?: boolean;
};

const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteIoError = 10;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteNotADatabase = 26;
const maxCachedStatements = 200;

function translate(cause: unknown, path: string): unknown {
  if (cause instanceof LpError) return cause;
  const errcode = (cause as { errcode?: number }).errcode;
  if (errcode === undefined) return cause;
  const message = (cause as Error).message;
  const primary = errcode & 0xff;
  const details = { path, errcode };
  if (primary === sqliteFull || (primary === sqliteIoError && message.includes("ENOSPC"))) {
    return new LpError({
      code: "disk_full",
      message: `there is no room left for ${path}: free disk space, the node goes on by itself`,
      details,
      retryable: true,
      cause,
    });
  }
  if (primary === sqliteBusy || primary === sqliteLocked) {
    return new LpError({
      code: "database_busy",
      message: `${path} is in use by another process: stop the other node that uses this data directory`,
      details,
      retryable: true,
      cause,
    });
  }
  if (primary === sqliteCorrupt || primary === sqliteNotADatabase) {
    return new LpError({
      code: "database_corrupt",
      message: `${path} is damaged or not a database: restore it from a copy, or move it away to start with an empty one`,
      details,
      cause,
    });
  }
  return new LpError({ code: "database_failed", message: `${path}: ${message}`, details, cause });
}

type Waiting = {
  readonly run: (tx: SqlTx) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/**
 * SQLite through Node's own binding. Transactions that arrive in one turn of the event loop share a commit (and its
 * disk flush), and those that may be late share the next one; each has a savepoint of its own, so that one failure undoes one transaction.
 */
export function openNodeSqlite(options: NodeSqliteOptions): NodeDatabase {
  const { path } = options;
  const maxQueued = options.maxQueued ?? 10_000;
  let db: DatabaseSync;
  try {
    const readOnly = options.readOnly ?? false;
    db = new DatabaseSync(path, { timeout: options.busyMs ?? 5_000, readOnly });
    if (!readOnly) {
      db.exec("PRAGMA journal_mode = WAL");
      db.exec(`PRAGMA synchronous = ${options.durability === "normal" ? "NORMAL" : "FULL"}`);
    }
  } catch (error) {
    throw translate(error, path);
  }
  const statements = new Map<string, StatementSync>();
  let queue: Waiting[] = [];
  /** When the queue is flushed: in this turn, after a while, or there is nothing to flush. */
  let scheduled: "now" | NodeJS.Timeout | undefined;
  let closed = false;
  let idle: (() => void)[] = [];

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    if (statements.size >= maxCachedStatements) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
  const plain = (row: Record<string, unknown>): SqlRow => {
    const out: Record<string, SqlValue> = {};
    for (const [name, value] of Object.entries(row)) {
      out[name] =
        typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
          ? Number(value)
          : (value as SqlValue);
    }
    return out;
  };
  const sql: SqlTx = {
    get(text, ...params) {
      const row = prepare(text).get(...(params as SqlValue[]));
      return row === undefined ? undefined : plain(row as Record<string, unknown>);
    },
    all: (text, ...params) =>
      prepare(text)
        .all(...(params as SqlValue[]))
        .map((row) => plain(row as Record<string, unknown>)),
    run(text, ...params) {
      const result = prepare(text).run(...(params as SqlValue[]));
      return { changes: Number(result.changes), lastId: BigInt(result.lastInsertRowid) };
    },
  };

  const flush = () => {
    scheduled = undefined;
    const batch = queue;
    queue = [];
    const committed: Waiting[] = [];
    try {
      db.exec("BEGIN IMMEDIATE");
      for (const waiting of batch) {
        db.exec("SAVEPOINT one");
        try {
          waiting.run(sql);
          db.exec("RELEASE one");
          committed.push(waiting);
        } catch (error) {
          // SQLite may have ended the whole transaction by itself (full disk): then everything before is gone too.
          if (!db.isTransaction) throw error;
          db.exec("ROLLBACK TO one");
          db.exec("RELEASE one");
          waiting.reject(translate(error, path));
        }
      }
      db.exec("COMMIT");
      for (const waiting of committed) waiting.resolve();
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      const failure = translate(error, path);
      for (const waiting of batch) waiting.reject(failure);
    }
    if (queue.length === 0) {
      const waiters = idle;
      idle = [];
      for (const done of waiters) done();
    }
  };

  const flushWithin = (ms: number) => {
    if (scheduled === "now" || (scheduled !== undefined && ms > 0)) return;
    clearTimeout(scheduled);
    scheduled = ms > 0 ? setTimeout(flush, ms) : "now";
    if (scheduled === "now") setImmediate(flush);
  };

  const closedError = () =>
    new LpError({ code: "database_closed", message: `${path} is closed: the node is stopping`, details: { path } });

  return {
    tx<T>(fn: (tx: SqlTx) => T, { withinMs = 0 }: { readonly withinMs?: number } = {}): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (closed) {
          reject(closedError());
          return;
        }
        if (queue.length >= maxQueued) {
          reject(
            new LpError({
              code: "database_busy",
              message: `${maxQueued} transactions wait for ${path}: the disk is too slow, try again`,
              details: { path, maxQueued },
              retryable: true,
            }),
          );
          return;
        }
        let value: T;
        queue.push({
          run: (tx) => {
            value = fn(tx);
          },
          resolve: () => resolve(value),
          reject,
        });
        flushWithin(withinMs);
      });
    },
    read<T>(fn: (read: SqlRead) => T): T {
      if (closed) throw closedError();
      try {
        return fn(sql);
      } catch (error) {
        throw translate(error, path);
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      if (scheduled !== undefined) {
        flushWithin(0);
        await new Promise<void>((resolve) => idle.push(resolve));
      }
      statements.clear();
      db.close();
    },
  };
}
