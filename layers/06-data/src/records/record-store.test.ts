import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNodeSqlite } from "../adapters/node-sqlite.ts";
import { migrateNodeDatabase } from "../node/migrate.ts";
import { ownMigrations } from "../node/own-schema.ts";
import type { NodeDatabase } from "../ports/node-database.ts";
import { receiptKey, segmentKey, selectionKey, ticketKey } from "./record-keys.ts";
import { createRecordStore, type RecordStore } from "./record-store.ts";

let folder: string;
let db: NodeDatabase;
let store: RecordStore;
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-records-"));
  db = openNodeSqlite({ path: join(folder, "own.sqlite3") });
  await migrateNodeDatabase(db, ownMigrations, 1);
  now = 1000;
  store = createRecordStore({ db, clock: { now: () => now } });
});
afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const selection = (seqNo: number, selectionId: string) =>
  store.emit({
    type: "segment.selection",
    subject: "m",
    data: { manifestId: "m", seqNo, selectionId, chosen: "https://a" },
  });
const done = (seqNo: number, selectionId: string) =>
  store.emit({
    type: "segment.done",
    subject: "m",
    data: { manifestId: "m", seqNo, attempts: [{ selectionId }], receiptHash: "0xAB" },
  });

describe("a node's records", () => {
  it("are found by the segment, the selection, the receipt and every ticket they name, in order", async () => {
    await selection(7, "aa01");
    await store.emit({
      type: "tickets.sent",
      subject: "m",
      data: { manifestId: "m", seqNo: 7, ticketHashes: ["0xT1", "0xT2"] },
    });
    await done(7, "AA01");
    await store.emit({ type: "ticket.redeemed", subject: "0xt2", data: { ticketHash: "0xt2", txHash: "0x99" } });
    await selection(8, "bb02");
    const types = (key: string) => store.find(key, 10).map((record) => record.type);
    expect(types(segmentKey("m", 7))).toEqual(["segment.selection", "tickets.sent", "segment.done"]);
    expect(types(selectionKey("aa01"))).toEqual(["segment.selection", "segment.done"]);
    expect(types(receiptKey("0xab"))).toEqual(["segment.done"]);
    expect(types(ticketKey("0xT2"))).toEqual(["tickets.sent", "ticket.redeemed"]);
    expect(types(ticketKey("0xT1"))).toEqual(["tickets.sent"]);
    expect(store.find(segmentKey("m", 7), 2)).toHaveLength(2);
    expect(store.find(segmentKey("m", 9), 2)).toEqual([]);
    expect(store.list(2, 2).map((record) => [record.seq, record.type, record.at])).toEqual([
      [3, "segment.done", 1000],
      [4, "ticket.redeemed", 1000],
    ]);
  });

  it("go when they are too old, or the oldest when they are too many, with their keys", async () => {
    for (let seqNo = 0; seqNo < 5; seqNo++) {
      now = 1000 + seqNo;
      await selection(seqNo, `a${seqNo}`);
    }
    expect(await store.prune({ storedBefore: 1002, maxBytes: 1e9 })).toBe(2);
    expect(store.list(0, 10).map((record) => record.data["seqNo"])).toEqual([2, 3, 4]);
    expect(store.find(segmentKey("m", 1), 10)).toEqual([]);
    const sizes = db
      .read((sql) => sql.all("SELECT size_bytes FROM node_record"))
      .map((row) => Number(row["size_bytes"]));
    const lastTwo = (sizes[1] ?? 0) + (sizes[2] ?? 0);
    expect(await store.prune({ storedBefore: 0, maxBytes: lastTwo })).toBe(1);
    expect(store.list(0, 10).map((record) => record.data["seqNo"])).toEqual([3, 4]);
    expect(await store.prune({ storedBefore: 0, maxBytes: 0 })).toBe(2);
    expect(db.read((sql) => sql.get("SELECT count(*) AS n FROM node_record_key"))?.["n"]).toBe(0);
  });

  it("are not limited to one batch when many go at once", async () => {
    await Promise.all(Array.from({ length: 2300 }, (_, seqNo) => selection(seqNo, `c${seqNo}`)));
    now = 5000;
    await selection(9999, "last");
    expect(await store.prune({ storedBefore: 2000, maxBytes: 1e9 })).toBe(2300);
    expect(store.list(0, 10)).toHaveLength(1);
  });
});
