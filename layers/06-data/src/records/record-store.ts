import { type Clock, type EventSink, type NodeEvent, utf8 } from "@livepeer-ts/kernel";
import type { Prunable } from "../node/retention.ts";
import type { NodeDatabase, SqlRow } from "../ports/node-database.ts";
import { recordKeys } from "./record-keys.ts";

/** A record as the node keeps it. `seq` grows with each one. */
export type NodeRecord = Omit<NodeEvent, "id"> & { readonly seq: number };

/** What the node did and why: its own events, kept for a while and found by what they are about. */
export interface RecordStore extends EventSink, Prunable {
  /** Everything that names the key, in order. */
  find(key: string, limit: number): readonly NodeRecord[];
  /** Records after `seq`, in order. */
  list(after: number, limit: number): readonly NodeRecord[];
}

export type RecordStoreDeps = {
  /** `livepeer-ts.sqlite3`, migrated. */
  readonly db: NodeDatabase;
  readonly clock: Pick<Clock, "now">;
};

const columns = "r.seq AS seq, r.type AS type, r.subject AS subject, r.at AS at, r.data AS data";
const pruneBatch = 1_000;
/** Records are for looking things up: their disk flush is shared by what happens within this time, ms. */
const flushMs = 100;

function fromRow(row: SqlRow): NodeRecord {
  return {
    seq: Number(row["seq"]),
    type: String(row["type"]),
    subject: String(row["subject"]),
    at: Number(row["at"]),
    data: JSON.parse(String(row["data"])),
  };
}

/** The node's records in its own database. */
export function createRecordStore({ db, clock }: RecordStoreDeps): RecordStore {
  return {
    name: "records",
    async emit(event) {
      const data = JSON.stringify(event.data);
      const keys = recordKeys(event);
      const size = utf8(data).length + keys.reduce((sum, key) => sum + 2 * key.length, 0) + 128;
      await db.tx(
        (tx) => {
          const { lastId } = tx.run(
            "INSERT INTO node_record(type, subject, at, data, size_bytes) VALUES(?, ?, ?, ?, ?)",
            event.type,
            event.subject,
            clock.now(),
            data,
            size,
          );
          for (const key of keys) tx.run("INSERT INTO node_record_key(key, seq) VALUES(?, ?)", key, lastId);
        },
        { withinMs: flushMs },
      );
    },
    find: (key, limit) =>
      db
        .read((sql) =>
          sql.all(
            `SELECT ${columns} FROM node_record_key k JOIN node_record r ON r.seq = k.seq WHERE k.key = ? ORDER BY k.seq LIMIT ?`,
            key,
            limit,
          ),
        )
        .map(fromRow),
    list: (after, limit) =>
      db
        .read((sql) =>
          sql.all(`SELECT ${columns} FROM node_record r WHERE r.seq > ? ORDER BY r.seq LIMIT ?`, after, limit),
        )
        .map(fromRow),
    async prune({ storedBefore, maxBytes }) {
      let removed = 0;
      for (;;) {
        const gone = await db.tx((tx) => {
          const stored = Number(
            tx.get("SELECT coalesce(sum(size_bytes), 0) AS bytes FROM node_record")?.["bytes"] ?? 0,
          );
          let excess = stored - maxBytes;
          const leaving: SqlRow[] = [];
          for (const row of tx.all("SELECT seq, at, size_bytes FROM node_record ORDER BY seq LIMIT ?", pruneBatch)) {
            if (Number(row["at"]) >= storedBefore && excess <= 0) break;
            excess -= Number(row["size_bytes"]);
            leaving.push(row);
          }
          const last = leaving.at(-1)?.["seq"];
          if (last === undefined) return 0;
          tx.run("DELETE FROM node_record_key WHERE seq <= ?", last);
          return tx.run("DELETE FROM node_record WHERE seq <= ?", last).changes;
        });
        removed += gone;
        if (gone < pruneBatch) return removed;
      }
    },
  };
}
