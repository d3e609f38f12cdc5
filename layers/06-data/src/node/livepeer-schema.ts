import { LpError } from "@livepeer-ts/kernel";
import type { NodeDatabase } from "../ports/node-database.ts";

/** The version go-livepeer writes; a larger one is refused. */
export const livepeerDbVersion = 1;

/**
 * Tables of `lpdb.sqlite3` as go-livepeer makes them, so that either program can open the other's file.
 * Its rows are written with explicit times; the column defaults are there for the other program.
 */
const tables = [
  "CREATE TABLE IF NOT EXISTS kv (key STRING PRIMARY KEY, value STRING, updatedAt STRING DEFAULT CURRENT_TIMESTAMP)",
  `CREATE TABLE IF NOT EXISTS orchestrators (
    ethereumAddr STRING PRIMARY KEY,
    createdAt STRING DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updatedAt STRING DEFAULT CURRENT_TIMESTAMP NOT NULL,
    serviceURI STRING,
    pricePerPixel int64,
    activationRound int64,
    deactivationRound int64,
    stake int64
  )`,
  `CREATE TABLE IF NOT EXISTS unbondingLocks (
    createdAt STRING DEFAULT CURRENT_TIMESTAMP,
    id INTEGER NOT NULL,
    delegator STRING,
    amount TEXT,
    withdrawRound int64,
    usedBlock int64,
    PRIMARY KEY(id, delegator)
  )`,
  "CREATE INDEX IF NOT EXISTS idx_unbondinglocks_usedblock ON unbondingLocks(usedBlock)",
  `CREATE TABLE IF NOT EXISTS ticketQueue (
    createdAt DATETIME DEFAULT CURRENT_TIMESTAMP,
    sender STRING,
    recipient STRING,
    faceValue BLOB,
    winProb BLOB,
    senderNonce INTEGER,
    recipientRand BLOB,
    recipientRandHash STRING,
    sig BLOB PRIMARY KEY,
    creationRound int64,
    creationRoundBlockHash STRING,
    paramsExpirationBlock int64,
    redeemedAt DATETIME,
    txHash STRING
  )`,
  "CREATE INDEX IF NOT EXISTS idx_ticketqueue_sender ON ticketQueue(sender)",
  "CREATE TABLE IF NOT EXISTS blockheaders (number int64, parent STRING, hash STRING PRIMARY KEY, logs BLOB)",
  "CREATE INDEX IF NOT EXISTS idx_blockheaders_number ON blockheaders(number)",
];

/** `YYYY-MM-DD HH:MM:SS.mmm` (UTC), the form in which both programs read and write times. */
export function sqliteTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

/** Wall time in ms of a stored time; both programs' forms. */
export function parseSqliteTime(text: string): number {
  const iso = text.includes("T") ? text : text.replace(" ", "T");
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`;
  return Date.parse(zoned.replace(/(\.\d{3})\d+/, "$1"));
}

/**
 * Makes or checks `lpdb.sqlite3`.
 * Throws `database_too_new` when a newer program wrote it, `database_wrong_chain` when it belongs to another chain.
 */
export async function prepareLivepeerDatabase(
  db: NodeDatabase,
  options: { readonly chainId?: bigint; readonly now: number },
): Promise<void> {
  await db.tx((tx) => {
    for (const statement of tables) tx.run(statement);
    const updatedAt = sqliteTime(options.now);
    tx.run(
      "INSERT OR IGNORE INTO kv(key, value, updatedAt) VALUES('dbVersion', ?, ?)",
      String(livepeerDbVersion),
      updatedAt,
    );
    const version = Number(tx.get("SELECT value FROM kv WHERE key = 'dbVersion'")?.value);
    if (version > livepeerDbVersion) {
      throw new LpError({
        code: "database_too_new",
        message: `DB Too New: lpdb.sqlite3 has dbVersion ${version}, this program knows ${livepeerDbVersion}: start the newer program again`,
        details: { version, supported: livepeerDbVersion },
      });
    }
    if (options.chainId === undefined) return;
    const stored = tx.get("SELECT value FROM kv WHERE key = 'chainID'")?.value;
    if (stored === undefined || stored === null || stored === "") {
      tx.run(
        "INSERT OR REPLACE INTO kv(key, value, updatedAt) VALUES('chainID', ?, ?)",
        options.chainId.toString(),
        updatedAt,
      );
    } else if (BigInt(stored as number) !== options.chainId) {
      throw new LpError({
        code: "database_wrong_chain",
        message: `expecting chainID of ${stored}, but got ${options.chainId}. Did you change networks without changing network name or datadir?`,
        details: { expected: String(stored), got: options.chainId.toString() },
      });
    }
  });
}
