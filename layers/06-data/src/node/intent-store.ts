import type { Address, Hash32, Hex } from "@livepeer-ts/kernel";
import type { IntentStore, TxIntent } from "@livepeer-ts/protocol";
import type { NodeDatabase, SqlRow } from "../ports/node-database.ts";

const bigintFields = new Set([
  "valueWei",
  "gasLimit",
  "maxPriorityFeePerGasWei",
  "maxFeePerGasWei",
  "blockNumber",
  "gasUsed",
]);

function toRecord(intent: TxIntent): string {
  return JSON.stringify(intent, (_name, value) => (typeof value === "bigint" ? value.toString() : value));
}

function fromRow(row: SqlRow): TxIntent {
  const record = JSON.parse(String(row.record), (name, value) =>
    bigintFields.has(name) && typeof value === "string" ? BigInt(value) : value,
  ) as TxIntent & {
    mined?: TxIntent["mined"];
    from: Address;
    to: Address;
    data: Hex;
    attempts: readonly { hash: Hash32 }[];
  };
  return { ...record, mined: record.mined };
}

/** The transaction manager's intents in the node's own database. */
export function createIntentStore(db: NodeDatabase): IntentStore {
  return {
    async put(intent) {
      await db.tx((tx) =>
        tx.run(
          `INSERT INTO intent(sender, id, nonce, state, created_at, record) VALUES(?, ?, ?, ?, ?, ?)
           ON CONFLICT(sender, id) DO UPDATE SET nonce = excluded.nonce, state = excluded.state,
             created_at = excluded.created_at, record = excluded.record`,
          intent.from,
          intent.id,
          intent.nonce,
          intent.state,
          intent.createdAt,
          toRecord(intent),
        ),
      );
    },
    async get(from, id) {
      const row = db.read((sql) => sql.get("SELECT record FROM intent WHERE sender = ? AND id = ?", from, id));
      return row === undefined ? undefined : fromRow(row);
    },
    async latest(from, idPrefix, limit) {
      return db
        .read((sql) =>
          sql.all(
            `SELECT record FROM intent WHERE sender = ? AND substr(id, 1, ?) = ?
             ORDER BY created_at DESC, nonce DESC LIMIT ?`,
            from,
            idPrefix.length,
            idPrefix,
            limit,
          ),
        )
        .map(fromRow);
    },
    async unsettled(from) {
      return db
        .read((sql) =>
          sql.all("SELECT record FROM intent WHERE sender = ? AND state IN ('sending', 'mined') ORDER BY nonce", from),
        )
        .map(fromRow);
    },
    async prune(createdBefore) {
      return db.tx(
        (tx) =>
          tx.run("DELETE FROM intent WHERE state IN ('final', 'abandoned') AND created_at < ?", createdBefore).changes,
      );
    },
  };
}
