import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LpError, type NodeEvent, noMetrics, silentLogger, type Tasks } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openNodeSqlite } from "../adapters/node-sqlite.ts";
import { migrateNodeDatabase } from "../node/migrate.ts";
import { ownMigrations } from "../node/own-schema.ts";
import type { EventDelivery } from "../ports/event-delivery.ts";
import type { NodeDatabase } from "../ports/node-database.ts";
import { createEventSpool } from "./event-spool.ts";
import type { EventSpoolOptions } from "./options.ts";

let directory: string;
let db: NodeDatabase;
let tasks: Tasks;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lp-spool-"));
  db = openNodeSqlite({ path: join(directory, "own.sqlite3") });
  await migrateNodeDatabase(db, ownMigrations, 0);
  tasks = createTasks("test", silentLogger);
});
afterEach(async () => {
  await tasks.stop();
  await db.close();
  await rm(directory, { recursive: true, force: true });
});

function spoolWith(delivery: EventDelivery, options: EventSpoolOptions = {}, database = db) {
  return createEventSpool(
    { minBackoffMs: 1, maxBackoffMs: 5, ...options },
    { db: database, delivery, clock: systemClock(), random: systemRandom(), logger: silentLogger, metrics: noMetrics },
  );
}
const never = new AbortController().signal;
const event = (n: number, type = "segment.done") => ({ type, subject: `s${n % 2}`, data: { n } });

describe("the event spool", () => {
  it("delivers in order, in batches, and forgets what was acknowledged", async () => {
    const batches: NodeEvent[][] = [];
    const spool = spoolWith({ deliver: async (events) => void batches.push([...events]) }, { batchEvents: 4 });
    await Promise.all(Array.from({ length: 10 }, (_, n) => spool.emit(event(n))));
    spool.start(tasks);
    await spool.drained(never);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(batches.flat().map((delivered) => delivered.data.n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(batches.flat().map((delivered) => delivered.id)).size).toBe(10);
    expect(batches[0]?.[0]?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(spool.waiting()).toEqual({ events: 0, bytes: 0 });
  });

  it("sends the same events again, in the same order, until they are taken", async () => {
    const seen: unknown[] = [];
    let refusals = 3;
    const spool = spoolWith({
      async deliver(events) {
        seen.push(events.map((delivered) => delivered.data.n));
        if (refusals-- > 0) throw new LpError({ code: "event_delivery_refused", message: "no", retryable: true });
      },
    });
    await spool.emit(event(1));
    await spool.emit(event(2));
    spool.start(tasks);
    await spool.drained(never);
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it("delivers what arrives while it runs", async () => {
    const seen: unknown[] = [];
    const spool = spoolWith({ deliver: async (events) => void seen.push(...events.map((d) => d.data.n)) });
    spool.start(tasks);
    for (let n = 0; n < 5; n++) {
      await spool.emit(event(n));
      await spool.drained(never);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it("makes room by dropping the oldest telemetry and never drops money", async () => {
    const kept: unknown[] = [];
    const spool = spoolWith(
      { deliver: async (events) => void kept.push(...events.map((d) => d.data.n)) },
      { maxBytes: 900 },
    );
    await spool.emit(event(0, "ticket.won"));
    for (let n = 1; n <= 20; n++) await spool.emit(event(n, "segment.selection"));
    await spool.emit(event(21, "tickets.sent"));
    expect(spool.waiting().bytes).toBeLessThanOrEqual(900);
    spool.start(tasks);
    await spool.drained(never);
    expect(kept[0]).toBe(0);
    expect(kept.at(-1)).toBe(21);
    expect(kept).toContain(20);
    expect(kept).not.toContain(1);
  });

  it("refuses money clearly when only money waits and there is no room", async () => {
    const spool = spoolWith({ deliver: async () => {} }, { maxBytes: 300 });
    let refusal: unknown;
    let stored = 0;
    for (let n = 0; n < 10 && refusal === undefined; n++) {
      await spool.emit(event(n, "ticket.won")).then(
        () => stored++,
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ code: "event_spool_full", retryable: true });
    expect(spool.waiting().events).toBe(stored);
    spool.start(tasks);
    await spool.drained(never);
    await spool.emit(event(1, "ticket.won"));
  });

  it("goes on from memory while the disk is full, within a limit, and stores again when there is room", async () => {
    let isFull = false;
    const small: NodeDatabase = {
      ...db,
      tx: (fn) =>
        isFull ? Promise.reject(new LpError({ code: "disk_full", message: "no room", retryable: true })) : db.tx(fn),
    };
    const seen: unknown[] = [];
    let isAway = true;
    const deliver = async (events: readonly NodeEvent[]) => {
      if (isAway) throw new LpError({ code: "event_delivery_refused", message: "away", retryable: true });
      seen.push(...events.map((delivered) => delivered.data.n));
    };
    const spool = spoolWith({ deliver }, { maxUnstoredBytes: 250 }, small);
    await spool.emit(event(0));
    isFull = true;
    for (const n of [1, 2, 3]) await spool.emit(event(n));
    await expect(spool.emit({ ...event(4), data: { n: "x".repeat(200) } })).rejects.toMatchObject({
      code: "event_spool_full",
    });
    spool.start(tasks);
    isAway = false;
    while (seen.length < 4) await systemClock().sleep(1);
    expect(spool.waiting().events).toBe(1); // delivered, and there was no room to note it
    isFull = false;
    await spool.emit(event(5));
    await spool.drained(never);
    expect(seen).toEqual([0, 1, 2, 3, 5]);
    expect(db.read((sql) => sql.get("SELECT count(*) AS n FROM spooled_event"))).toEqual({ n: 0 });
  });

  it("refuses an event that is too large", async () => {
    const spool = spoolWith({ deliver: async () => {} }, { maxEventBytes: 100 });
    await expect(spool.emit({ type: "a", subject: "b", data: { text: "x".repeat(200) } })).rejects.toMatchObject({
      code: "event_too_large",
    });
  });

  it("has every acknowledged event after kill -9 between emit and delivery", async () => {
    const path = join(directory, "killed.sqlite3");
    const child = spawn(
      process.execPath,
      [new URL("../testing/processes/spool-writer.ts", import.meta.url).pathname, path],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let printed = "";
    child.stdout.setEncoding("utf8");
    for await (const chunk of child.stdout) {
      printed += chunk;
      if (printed.split("\n").length > 30 && !child.killed) child.kill("SIGKILL");
    }
    if (child.signalCode === null && child.exitCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    const acknowledged = printed.split("\n").length - 1;
    const reopened = openNodeSqlite({ path });
    try {
      await migrateNodeDatabase(reopened, ownMigrations, 0);
      const seen: NodeEvent[] = [];
      const spool = createEventSpool(
        {},
        {
          db: reopened,
          delivery: { deliver: async (events) => void seen.push(...events) },
          clock: systemClock(),
          random: systemRandom(),
          logger: silentLogger,
          metrics: noMetrics,
        },
      );
      spool.start(tasks);
      await spool.drained(never);
      expect(seen.length).toBeGreaterThanOrEqual(acknowledged);
      expect(seen.map((delivered) => delivered.data.n)).toEqual(seen.map((_, n) => n));
      expect(seen[0]?.data.faceValueWei).toBe((10n ** 30n).toString());
      await tasks.stop();
    } finally {
      await reopened.close();
    }
  });
});
