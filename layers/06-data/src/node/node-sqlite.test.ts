import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNodeSqlite } from "../adapters/node-sqlite.ts";
import type { NodeDatabase } from "../ports/node-database.ts";
import { parseSqliteTime, prepareLivepeerDatabase, sqliteTime } from "./livepeer-schema.ts";
import { migrateNodeDatabase } from "./migrate.ts";
import { ownMigrations } from "./own-schema.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lp-sqlite-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the node database", () => {
  let db: NodeDatabase;
  beforeEach(async () => {
    db = openNodeSqlite({ path: join(directory, "test.sqlite3") });
    await db.tx((tx) => tx.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)"));
  });
  afterEach(() => db.close());

  it("undoes a transaction that throws and keeps the others of the same commit", async () => {
    const results = await Promise.allSettled([
      db.tx((tx) => tx.run("INSERT INTO t VALUES(1, 'a')")),
      db.tx((tx) => {
        tx.run("INSERT INTO t VALUES(2, 'b')");
        throw new Error("no");
      }),
      db.tx((tx) => tx.run("INSERT INTO t VALUES(3, 'c')")),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(db.read((sql) => sql.all("SELECT id FROM t ORDER BY id")).map((row) => row.id)).toEqual([1, 3]);
  });

  it("keeps 63-bit integers exact", async () => {
    const big = 2n ** 63n - 1n;
    await db.tx((tx) => tx.run("INSERT INTO t VALUES(?, NULL)", big));
    expect(db.read((sql) => sql.get("SELECT id FROM t"))?.id).toBe(big);
  });

  it("shows another connection what a resolved transaction wrote", async () => {
    await db.tx((tx) => tx.run("INSERT INTO t VALUES(7, ?)", new Uint8Array([1, 2])));
    const other = new DatabaseSync(join(directory, "test.sqlite3"), { readOnly: true });
    expect(other.prepare("SELECT v FROM t WHERE id = 7").get()).toMatchObject({ v: new Uint8Array([1, 2]) });
    other.close();
  });

  it("commits what may be late with the next one that may not, before it, and by itself when none comes", async () => {
    const other = new DatabaseSync(join(directory, "test.sqlite3"), { readOnly: true });
    const ids = () =>
      other
        .prepare("SELECT id FROM t ORDER BY rowid")
        .all()
        .map((row) => row["id"]);
    const insert = (id: number, withinMs: number) =>
      db.tx((tx) => tx.run("INSERT INTO t VALUES(?, NULL)", id), { withinMs });
    const order: number[] = [];
    const late = insert(1, 60_000).then(() => order.push(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ids()).toEqual([]);
    await insert(2, 0).then(() => order.push(2));
    await late;
    expect([ids(), order]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await insert(3, 1);
    expect(ids()).toEqual([1, 2, 3]);
    const last = insert(4, 60_000);
    await db.close();
    await last;
    expect(ids()).toEqual([1, 2, 3, 4]);
    other.close();
  });

  it("says that the disk is full, undoes the change, and heals when there is room", async () => {
    const pages = Number(db.read((sql) => sql.get("PRAGMA page_count"))?.page_count);
    db.read((sql) => sql.get(`PRAGMA max_page_count = ${pages}`));
    await expect(db.tx((tx) => tx.run("INSERT INTO t VALUES(1, ?)", new Uint8Array(1_000_000)))).rejects.toMatchObject({
      code: "disk_full",
      retryable: true,
    });
    expect(db.read((sql) => sql.all("SELECT id FROM t"))).toEqual([]);
    db.read((sql) => sql.get("PRAGMA max_page_count = 100000"));
    await db.tx((tx) => tx.run("INSERT INTO t VALUES(1, ?)", new Uint8Array(1_000_000)));
  });

  it("says that another process holds the file", async () => {
    const path = join(directory, "test.sqlite3");
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN IMMEDIATE");
    const impatient = openNodeSqlite({ path, busyMs: 20 });
    await expect(impatient.tx((tx) => tx.run("INSERT INTO t VALUES(1, NULL)"))).rejects.toMatchObject({
      code: "database_busy",
    });
    holder.exec("ROLLBACK");
    holder.close();
    await impatient.tx((tx) => tx.run("INSERT INTO t VALUES(1, NULL)"));
    await impatient.close();
  });

  it("refuses a file that is no database", async () => {
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(directory, "bad.sqlite3"), "x".repeat(8192));
    expect(() => openNodeSqlite({ path: join(directory, "bad.sqlite3") })).toThrowError(
      expect.objectContaining({ code: "database_corrupt" }),
    );
  });

  it("finishes what was begun before it closes, then refuses", async () => {
    const last = db.tx((tx) => tx.run("INSERT INTO t VALUES(9, NULL)"));
    await db.close();
    await last;
    await expect(db.tx(() => 1)).rejects.toMatchObject({ code: "database_closed" });
  });
});

describe("the schemas", () => {
  it("makes go-livepeer's tables with version 1 and refuses another chain with its sentence", async () => {
    const path = join(directory, "lpdb.sqlite3");
    const db = openNodeSqlite({ path });
    await prepareLivepeerDatabase(db, { chainId: 31337n, now: 0 });
    await prepareLivepeerDatabase(db, { chainId: 31337n, now: 0 });
    const tables = db.read((sql) => sql.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"));
    expect(tables.map((row) => row.name)).toEqual([
      "blockheaders",
      "kv",
      "orchestrators",
      "ticketQueue",
      "unbondingLocks",
    ]);
    expect(Number(db.read((sql) => sql.get("SELECT value FROM kv WHERE key = 'dbVersion'"))?.value)).toBe(1);
    await expect(prepareLivepeerDatabase(db, { chainId: 5n, now: 0 })).rejects.toThrowError(
      "expecting chainID of 31337, but got 5. Did you change networks without changing network name or datadir?",
    );
    await db.tx((tx) => tx.run("UPDATE kv SET value = '2' WHERE key = 'dbVersion'"));
    await expect(prepareLivepeerDatabase(db, { now: 0 })).rejects.toThrowError("DB Too New");
    await db.close();
  });

  it("applies our own steps once and refuses a newer schema", async () => {
    const db = openNodeSqlite({ path: join(directory, "own.sqlite3") });
    await migrateNodeDatabase(db, ownMigrations, 1);
    await migrateNodeDatabase(db, ownMigrations, 2);
    await db.tx((tx) => tx.run("INSERT INTO schema_version VALUES(99, 3)"));
    await expect(migrateNodeDatabase(db, ownMigrations, 4)).rejects.toMatchObject({ code: "database_too_new" });
    await db.close();
  });

  it("uses no clock and no randomness of the database in our own steps", () => {
    for (const migration of ownMigrations) {
      for (const statement of migration.statements) {
        expect(statement).not.toMatch(/current_(timestamp|date|time)|datetime\(|random|now\(/i);
      }
    }
  });

  it("reads both programs' times", () => {
    expect(sqliteTime(1_700_000_000_123)).toBe("2023-11-14 22:13:20.123");
    expect(parseSqliteTime("2023-11-14 22:13:20.123")).toBe(1_700_000_000_123);
    expect(parseSqliteTime("2023-11-14 22:13:20")).toBe(1_700_000_000_000);
    expect(parseSqliteTime("2023-11-14T22:13:20Z")).toBe(1_700_000_000_000);
    expect(parseSqliteTime("2023-11-14 22:13:20.123456789+00:00")).toBe(1_700_000_000_123);
  });
});
