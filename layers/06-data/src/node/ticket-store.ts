import { type PendingWinnersQuery, type StoredWinner, type TicketStore, ticketHash } from "@livepeer-ts/economics";
import {
  type Address,
  bigEndianToBigInt,
  checksumAddress,
  minimalBigEndian,
  toAddress,
  toHash32,
} from "@livepeer-ts/kernel";
import type { NodeDatabase, SqlRead, SqlRow } from "../ports/node-database.ts";
import { parseSqliteTime, sqliteTime } from "./livepeer-schema.ts";

export type TicketStoreDeps = {
  /** `lpdb.sqlite3`, prepared. */
  readonly livepeer: NodeDatabase;
  /** `livepeer-ts.sqlite3`, migrated: an index by ticket hash, which go-livepeer's table lacks. */
  readonly own: NodeDatabase;
};

const columns = `sender, recipient, faceValue, winProb, senderNonce, recipientRand, recipientRandHash, sig, creationRound,
  creationRoundBlockHash, paramsExpirationBlock, createdAt, redeemedAt, txHash`;
const pageSize = 500;

/** Winning tickets in go-livepeer's table `ticketQueue`. */
export function createTicketStore(deps: TicketStoreDeps): TicketStore {
  const { livepeer: db, own } = deps;

  const fromRow = (row: SqlRow): StoredWinner => {
    const ticket = {
      sender: toAddress(String(row.sender)),
      recipient: toAddress(String(row.recipient)),
      faceValueWei: bigEndianToBigInt(row.faceValue as Uint8Array),
      winProb: bigEndianToBigInt(row.winProb as Uint8Array),
      senderNonce: Number(row.senderNonce),
      recipientRandHash: toHash32(String(row.recipientRandHash)),
      creationRound: BigInt(row.creationRound as number),
      creationRoundBlockHash: toHash32(String(row.creationRoundBlockHash)),
    };
    const signature = new Uint8Array(row.sig as Uint8Array);
    const indexed = own.read((sql) => sql.get("SELECT hash FROM ticket_hash WHERE sig = ?", signature));
    return {
      ...ticket,
      // go-livepeer's rows have no entry: their hash follows from their fields.
      ticketHash: indexed === undefined ? ticketHash(ticket) : toHash32(String(indexed.hash)),
      recipientRand: bigEndianToBigInt(row.recipientRand as Uint8Array),
      signature,
      paramsExpirationBlock: BigInt(row.paramsExpirationBlock as number),
      storedAt: parseSqliteTime(String(row.createdAt)),
      redeemedAt: row.redeemedAt === null ? undefined : parseSqliteTime(String(row.redeemedAt)),
      txHash: row.txHash === null || row.txHash === undefined ? undefined : toHash32(String(row.txHash)),
    };
  };
  const list = (read: (sql: SqlRead) => readonly SqlRow[]): readonly StoredWinner[] => db.read(read).map(fromRow);

  return {
    async storeWinner(ticket, storedAt) {
      // The index first: an entry without its ticket is harmless, a ticket without its entry is found more slowly.
      await own.tx((tx) =>
        tx.run("INSERT OR IGNORE INTO ticket_hash(sig, hash) VALUES(?, ?)", ticket.signature, ticket.ticketHash),
      );
      const { changes } = await db.tx((tx) =>
        tx.run(
          `INSERT OR IGNORE INTO ticketQueue(createdAt, sender, recipient, faceValue, winProb, senderNonce, recipientRand,
             recipientRandHash, sig, creationRound, creationRoundBlockHash, paramsExpirationBlock)
           VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          sqliteTime(storedAt),
          checksumAddress(ticket.sender),
          checksumAddress(ticket.recipient),
          minimalBigEndian(ticket.faceValueWei),
          minimalBigEndian(ticket.winProb),
          ticket.senderNonce,
          minimalBigEndian(ticket.recipientRand),
          ticket.recipientRandHash,
          ticket.signature,
          ticket.creationRound,
          ticket.creationRoundBlockHash,
          ticket.paramsExpirationBlock,
        ),
      );
      return changes > 0;
    },
    async pendingSenders(minCreationRound) {
      return db
        .read((sql) =>
          sql.all(
            "SELECT DISTINCT sender FROM ticketQueue WHERE redeemedAt IS NULL AND creationRound >= ? ORDER BY sender",
            minCreationRound,
          ),
        )
        .map((row): Address => toAddress(String(row.sender)));
    },
    async pendingWinners(sender: Address, query: PendingWinnersQuery) {
      return list((sql) =>
        sql.all(
          `SELECT ${columns} FROM ticketQueue WHERE sender = ? AND redeemedAt IS NULL AND creationRound >= ?
             AND paramsExpirationBlock <= ? ORDER BY creationRound, rowid LIMIT ?`,
          checksumAddress(sender),
          query.minCreationRound,
          query.maxExpirationBlock,
          query.limit,
        ),
      );
    },
    async expiredWinners(creationRound, limit) {
      return list((sql) =>
        sql.all(
          `SELECT ${columns} FROM ticketQueue WHERE redeemedAt IS NULL AND creationRound < ? ORDER BY creationRound, rowid LIMIT ?`,
          creationRound,
          limit,
        ),
      );
    },
    async pendingTotals(minCreationRound) {
      const rows = db.read((sql) =>
        sql.all("SELECT faceValue FROM ticketQueue WHERE redeemedAt IS NULL AND creationRound >= ?", minCreationRound),
      );
      let faceValueWei = 0n;
      for (const row of rows) faceValueWei += bigEndianToBigInt(row.faceValue as Uint8Array);
      return { count: rows.length, faceValueWei };
    },
    async find(hash) {
      const indexed = own.read((sql) => sql.get("SELECT sig FROM ticket_hash WHERE hash = ?", hash));
      if (indexed !== undefined) {
        const signature = indexed.sig as Uint8Array;
        const row = db.read((sql) => sql.get(`SELECT ${columns} FROM ticketQueue WHERE sig = ?`, signature));
        if (row !== undefined) return fromRow(row);
      }
      // A row of go-livepeer's: walk from the newest, which is what people ask about.
      let before: bigint | number = 2n ** 63n - 1n;
      for (;;) {
        const rows = db.read((sql) =>
          sql.all(
            `SELECT rowid AS rowid, ${columns} FROM ticketQueue WHERE rowid < ? ORDER BY rowid DESC LIMIT ${pageSize}`,
            before,
          ),
        );
        const winner = rows.map(fromRow).find((candidate) => candidate.ticketHash === hash);
        if (winner !== undefined) return winner;
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageSize) return undefined;
        before = last.rowid as number;
      }
    },
    async markRedeemed(signature, txHash, redeemedAt) {
      await db.tx((tx) =>
        tx.run(
          "UPDATE ticketQueue SET redeemedAt = ?, txHash = ? WHERE sig = ?",
          sqliteTime(redeemedAt),
          txHash,
          signature,
        ),
      );
    },
  };
}
