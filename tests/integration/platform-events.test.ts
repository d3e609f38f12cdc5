import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEventSpool, createHttpEventDelivery, migrateNodeDatabase, ownMigrations } from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import { openPlatformDatabase } from "@livepeer-ts/data/platform-db";
import { type HttpHandler, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import {
  createTasks,
  type HttpHost,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { startPlatform } from "@livepeer-ts/platform";
import { expect, it } from "vitest";

const cacheDir = new URL("../../.cache/test-platform", import.meta.url).pathname;

it("events emitted while the platform is away arrive once and in order when it is back, lost answers included", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lp-events-"));
  const clock = systemClock();
  const tasks = createTasks("test", silentLogger);
  const net = new NodeNet();
  const database = await openPlatformDatabase({ cacheDir, now: 1, logger: silentLogger });
  const spoolDatabase = openNodeSqlite({ path: join(directory, "own.sqlite3") });
  await migrateNodeDatabase(spoolDatabase, ownMigrations, 0);
  const platform = await startPlatform(
    { internalToken: "t", gatewayUrl: "http://127.0.0.1:1", firstAccount: { email: "a@b" }, version: "test" },
    {
      database,
      chain: undefined,
      net,
      clock,
      random: systemRandom(),
      tasks,
      logger: silentLogger,
      files: undefined,
      local: undefined,
      gateway: undefined,
    },
  );
  // A front that takes every other delivery to the platform and then loses the answer.
  let deliveries = 0;
  const lossy: HttpHandler = async (request) => {
    const response = await platform.handler(request);
    if (deliveries++ % 2 === 1) return response;
    return { status: 502, header: new Headers(), body: (async function* () {})() };
  };
  let host: HttpHost | undefined;
  try {
    const placeholder = await startHttpHost({ port: 0 }, lossy, silentLogger);
    const { port } = placeholder;
    await placeholder.stop();
    const spool = createEventSpool(
      { batchEvents: 3, minBackoffMs: 5, maxBackoffMs: 20 },
      {
        db: spoolDatabase,
        delivery: createHttpEventDelivery(
          { url: `http://127.0.0.1:${port}/internal/events`, token: "t", source: "gateway" },
          { net, clock },
        ),
        clock,
        random: systemRandom(),
        logger: silentLogger,
        metrics: noMetrics,
      },
    );
    spool.start(tasks);
    for (let n = 0; n < 20; n++) await spool.emit({ type: "tickets.received", subject: `s${n % 2}`, data: { n } });
    expect(spool.waiting().events).toBe(20);
    host = await startHttpHost({ port }, lossy, silentLogger);
    await spool.drained(tasks.signal);
    expect(deliveries).toBeGreaterThan(7);
    const log = await platform.log.read(0n, 100);
    expect(log.map((event) => event.data["n"])).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(new Set(log.map((event) => event.source))).toEqual(new Set(["gateway"]));
  } finally {
    await host?.stop();
    await tasks.stop();
    await platform.stop();
    await spoolDatabase.close();
    await database.close();
    await net.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
