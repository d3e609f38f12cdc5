import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What go-livepeer's first start runs on an empty database, in its own spelling. */
const schema = `
  CREATE TABLE IF NOT EXISTS kv (key STRING PRIMARY KEY, value STRING, updatedAt STRING DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE IF NOT EXISTS orchestrators (ethereumAddr STRING PRIMARY KEY, createdAt STRING DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updatedAt STRING DEFAULT CURRENT_TIMESTAMP NOT NULL, serviceURI STRING, pricePerPixel int64, activationRound int64,
    deactivationRound int64, stake int64);
  CREATE TABLE IF NOT EXISTS unbondingLocks (createdAt STRING DEFAULT CURRENT_TIMESTAMP, id INTEGER NOT NULL, delegator STRING,
    amount TEXT, withdrawRound int64, usedBlock int64, PRIMARY KEY(id, delegator));
  CREATE INDEX IF NOT EXISTS idx_unbondinglocks_usedblock ON unbondingLocks(usedBlock);
  CREATE TABLE IF NOT EXISTS ticketQueue (createdAt DATETIME DEFAULT CURRENT_TIMESTAMP, sender STRING, recipient STRING,
    faceValue BLOB, winProb BLOB, senderNonce INTEGER, recipientRand BLOB, recipientRandHash STRING, sig BLOB PRIMARY KEY,
    creationRound int64, creationRoundBlockHash STRING, paramsExpirationBlock int64, redeemedAt DATETIME, txHash STRING);
  CREATE INDEX IF NOT EXISTS idx_ticketqueue_sender ON ticketQueue(sender);
  CREATE TABLE IF NOT EXISTS blockheaders (number int64, parent STRING, hash STRING PRIMARY KEY, logs BLOB);
  CREATE INDEX IF NOT EXISTS idx_blockheaders_number ON blockheaders(number);
`;

export const goSender = "0x52908400098527886E0F7030069857D2E4169EE7";
export const goRecipient = "0x8617E340B3D01FA5F11F306F4090FD50E238070D";

export type GoDataFolderOptions = {
  /** Default `1`, the only one there is. */
  readonly dbVersion?: string;
  /** The block it saw last. */
  readonly header?: { readonly number: bigint; readonly parentHash: string; readonly hash: string };
};

const someHeader = { number: 1234n, parentHash: `0x${"01".repeat(32)}`, hash: `0x${"02".repeat(32)}` };

/** A data folder as a Go node leaves it: its database with a row of everything, among them a winning ticket that waits. */
export async function makeGoDataFolder(
  folder: string,
  chainId: string,
  { dbVersion = "1", header = someHeader }: GoDataFolderOptions = {},
): Promise<void> {
  await mkdir(join(folder, "keystore"), { recursive: true });
  const db = new DatabaseSync(join(folder, "lpdb.sqlite3"));
  db.exec(schema);
  const run = (sql: string, ...values: (string | number | bigint | Uint8Array)[]) => db.prepare(sql).run(...values);
  run("INSERT INTO kv(key, value, updatedAt) VALUES('dbVersion', ?, '2023-01-02 03:04:05')", dbVersion);
  run("INSERT INTO kv(key, value, updatedAt) VALUES('chainID', ?, '2023-01-02 03:04:05')", chainId);
  run(
    `INSERT INTO orchestrators(createdAt, updatedAt, ethereumAddr, serviceURI, pricePerPixel, activationRound, deactivationRound, stake)
     VALUES('2023-01-02 03:04:05', '2023-02-02 03:04:05', ?, 'https://o.example:8935', 1200, 2500, ?, 123456789)`,
    goRecipient,
    Number.MAX_SAFE_INTEGER,
  );
  run("INSERT INTO unbondingLocks VALUES('2023-01-02 03:04:05', 3, ?, '1000000000000000000', 2600, NULL)", goRecipient);
  run(
    `INSERT INTO ticketQueue(createdAt, sender, recipient, faceValue, winProb, senderNonce, recipientRand, recipientRandHash, sig,
       creationRound, creationRoundBlockHash, paramsExpirationBlock) VALUES('2023-01-02 03:04:05.123456', ?, ?, ?, ?, 7, ?, ?, ?, 2700, ?, 500)`,
    goSender,
    goRecipient,
    new Uint8Array([3, 0x8d, 0x7e, 0xa4, 0xc6, 0x80, 0]),
    new Uint8Array(31).fill(255),
    new Uint8Array([99]),
    `0x${"ab".repeat(32)}`,
    new Uint8Array(65).fill(3),
    `0x${"cd".repeat(32)}`,
  );
  const logs = new TextEncoder().encode("[]");
  run("INSERT INTO blockheaders VALUES(?, ?, ?, ?)", header.number, header.parentHash, header.hash, logs);
  db.close();
}

/** Every row of every table, as another program sees them. */
export function rowsIn(folder: string): Readonly<Record<string, readonly object[]>> {
  const db = new DatabaseSync(join(folder, "lpdb.sqlite3"), { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all() as {
      name: string;
    }[];
    return Object.fromEntries(
      tables.map(({ name }) => [name, db.prepare(`SELECT * FROM ${name} ORDER BY rowid`).all()]),
    );
  } finally {
    db.close();
  }
}
