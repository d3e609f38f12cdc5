import type { NodeMigration } from "./migrate.ts";

/** Schema of `livepeer-ts.sqlite3`, our tables beside go-livepeer's file. 63-bit numbers are stored as they are; larger ones as text. */
export const ownMigrations: readonly NodeMigration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE receipt_epoch (
        orchestrator TEXT NOT NULL, epoch INTEGER NOT NULL, started_at INTEGER NOT NULL,
        PRIMARY KEY (orchestrator, epoch)
      ) WITHOUT ROWID`,
      `CREATE TABLE receipt (
        id INTEGER PRIMARY KEY, side TEXT NOT NULL, orchestrator TEXT NOT NULL, session TEXT NOT NULL,
        epoch INTEGER NOT NULL, idx INTEGER NOT NULL, hash TEXT NOT NULL, encoded BLOB NOT NULL, signature BLOB NOT NULL,
        stored_at INTEGER NOT NULL, UNIQUE (side, orchestrator, session, epoch, idx)
      )`,
      "CREATE INDEX receipt_by_time ON receipt(side, stored_at)",
      `CREATE TABLE intent (
        sender TEXT NOT NULL, id TEXT NOT NULL, nonce INTEGER NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL,
        record TEXT NOT NULL, PRIMARY KEY (sender, id)
      ) WITHOUT ROWID`,
      "CREATE INDEX intent_by_state ON intent(sender, state, nonce)",
      "CREATE TABLE ticket_hash (sig BLOB PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID",
      "CREATE INDEX ticket_hash_by_hash ON ticket_hash(hash)",
      "CREATE TABLE header_l1 (hash TEXT PRIMARY KEY, l1_block INTEGER NOT NULL) WITHOUT ROWID",
      `CREATE TABLE spooled_event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, subject TEXT NOT NULL,
        at INTEGER NOT NULL, data TEXT NOT NULL, size_bytes INTEGER NOT NULL, keep INTEGER NOT NULL
      )`,
      "CREATE INDEX spooled_event_droppable ON spooled_event(keep, seq)",
    ],
  },
  {
    version: 2,
    statements: [
      `CREATE TABLE node_record (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, subject TEXT NOT NULL, at INTEGER NOT NULL,
        data TEXT NOT NULL, size_bytes INTEGER NOT NULL
      )`,
      "CREATE TABLE node_record_key (key TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID",
      "CREATE INDEX node_record_key_by_seq ON node_record_key(seq)",
    ],
  },
  {
    version: 3,
    statements: ["CREATE TABLE signer_spend (day TEXT PRIMARY KEY, wei TEXT NOT NULL) WITHOUT ROWID"],
  },
  {
    version: 4,
    statements: [
      "ALTER TABLE signer_spend ADD COLUMN ids INTEGER NOT NULL DEFAULT 0",
      "CREATE TABLE signer_spend_by_id (day TEXT NOT NULL, id TEXT NOT NULL, wei TEXT NOT NULL, PRIMARY KEY (day, id)) WITHOUT ROWID",
    ],
  },
];
