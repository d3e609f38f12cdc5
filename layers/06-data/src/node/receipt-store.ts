import type { ReceiptRecord, ReceiptStore } from "@livepeer-ts/economics";
import { LpError, toAddress, toHash32 } from "@livepeer-ts/kernel";
import type { NodeDatabase, SqlRow } from "../ports/node-database.ts";

const columns = "side, orchestrator, session, epoch, idx, hash, encoded, signature, stored_at";

function fromRow(row: SqlRow): ReceiptRecord {
  return {
    side: row.side as "issued" | "received",
    orchestrator: toAddress(String(row.orchestrator)),
    session: toHash32(String(row.session)),
    epoch: BigInt(row.epoch as bigint),
    index: BigInt(row.idx as bigint),
    hash: toHash32(String(row.hash)),
    encoded: new Uint8Array(row.encoded as Uint8Array),
    signature: new Uint8Array(row.signature as Uint8Array),
    storedAt: Number(row.stored_at),
  };
}

/** Receipts in the node's own database (`livepeer-ts.sqlite3`). */
export function createReceiptStore(db: NodeDatabase): ReceiptStore {
  return {
    async startEpoch(orchestrator, epoch, startedAt) {
      await db.tx((tx) => {
        const { changes } = tx.run(
          "INSERT OR IGNORE INTO receipt_epoch(orchestrator, epoch, started_at) VALUES(?, ?, ?)",
          orchestrator,
          epoch,
          startedAt,
        );
        if (changes === 0) {
          throw new LpError({
            code: "receipt_epoch_used",
            message: `epoch ${epoch} was already used by ${orchestrator}: draw another one, two chains under one epoch would convict the signer`,
            details: { orchestrator, epoch: epoch.toString() },
          });
        }
      });
    },
    async append(record) {
      await db.tx((tx) => {
        const { changes } = tx.run(
          `INSERT OR IGNORE INTO receipt(${columns}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          record.side,
          record.orchestrator,
          record.session,
          record.epoch,
          record.index,
          record.hash,
          record.encoded,
          record.signature,
          record.storedAt,
        );
        if (changes > 0) return;
        const there = tx.get(
          "SELECT hash FROM receipt WHERE side = ? AND orchestrator = ? AND session = ? AND epoch = ? AND idx = ?",
          record.side,
          record.orchestrator,
          record.session,
          record.epoch,
          record.index,
        );
        if (there?.hash !== record.hash) {
          throw new LpError({
            code: "receipt_index_used",
            message: `receipt ${record.index} of this session exists with another content: never sign two receipts under one number`,
            details: { orchestrator: record.orchestrator, session: record.session, index: record.index.toString() },
          });
        }
      });
    },
    async last(key) {
      const row = db.read((sql) =>
        sql.get(
          `SELECT ${columns} FROM receipt WHERE side = ? AND orchestrator = ? AND session = ? AND epoch = ? ORDER BY idx DESC LIMIT 1`,
          key.side,
          key.orchestrator,
          key.session,
          key.epoch,
        ),
      );
      return row === undefined ? undefined : fromRow(row);
    },
    async list(query) {
      return db
        .read((sql) =>
          query.session === undefined
            ? sql.all(
                `SELECT ${columns} FROM receipt WHERE side = ? AND stored_at >= ? ORDER BY id LIMIT ? OFFSET ?`,
                query.side,
                query.storedFrom ?? 0,
                query.limit,
                query.skip ?? 0,
              )
            : sql.all(
                `SELECT ${columns} FROM receipt WHERE side = ? AND session = ? AND stored_at >= ? ORDER BY id LIMIT ? OFFSET ?`,
                query.side,
                query.session,
                query.storedFrom ?? 0,
                query.limit,
                query.skip ?? 0,
              ),
        )
        .map(fromRow);
    },
    async prune(limits) {
      return db.tx((tx) => {
        let removed = tx.run("DELETE FROM receipt WHERE stored_at < ?", limits.storedBefore).changes;
        let size = Number(tx.get("SELECT coalesce(sum(length(encoded)), 0) AS size FROM receipt")?.size ?? 0);
        while (size > limits.maxBytes) {
          const oldest = tx.get("SELECT id, length(encoded) AS size FROM receipt ORDER BY id LIMIT 1");
          if (oldest === undefined) break;
          tx.run("DELETE FROM receipt WHERE id = ?", oldest.id as number);
          size -= Number(oldest.size);
          removed++;
        }
        return removed;
      });
    },
  };
}
