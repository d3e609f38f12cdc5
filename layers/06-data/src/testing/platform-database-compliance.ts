import { type Clock, type NodeEvent, silentLogger } from "@livepeer-ts/kernel";
import { createTasks, systemClock } from "@livepeer-ts/kernel/adapters";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEventLog } from "../events/event-log.ts";
import { createNetworkFollower } from "../network/network-follower.ts";
import { isUniqueViolation, type PlatformDatabase } from "../platform-db/platform-database.ts";

const tables = [
  "account",
  "api_token",
  "stream",
  "event_log",
  "broadcast",
  "segment",
  "selection",
  "ticket",
  "orchestrator_figure",
  "round",
  "round_reward",
  "projection_snapshot",
];

/** Empties every table of the platform's database. */
export async function truncatePlatform(database: PlatformDatabase): Promise<void> {
  await sql.raw(`truncate ${tables.join(", ")} restart identity cascade`).execute(database.db);
}

const maxUint256 = 2n ** 256n - 1n;
let counter = 0;
const event = (type: string, subject: string, data: Record<string, unknown>, at = 1_000): NodeEvent => ({
  id: (counter++).toString(16).padStart(32, "0"),
  type,
  subject,
  at,
  data,
});

/** What the platform's database and the event log on it must do, whatever the engine. */
export function describePlatformDatabaseCompliance(name: string, open: () => Promise<PlatformDatabase>): void {
  describe(`the platform's database on ${name}`, () => {
    let database: PlatformDatabase;
    const clock: Clock = systemClock();
    beforeAll(async () => {
      database = await open();
    }, 60_000);
    afterAll(() => database?.close());
    beforeEach(() => truncatePlatform(database));

    const addStream = async () => {
      await database.db.insertInto("account").values({ id: "u", email: "a@b", created_at: 1 }).execute();
      await database.db
        .insertInto("stream")
        .values({
          id: "s1",
          account_id: "u",
          created_by_token_name: null,
          name: "one",
          creator_id: null,
          stream_key: "key",
          playback_id: "m1",
          profiles: "[]",
          created_at: 1,
        })
        .execute();
    };
    const stream = () => database.db.selectFrom("stream").selectAll().where("id", "=", "s1").executeTakeFirstOrThrow();

    it("keeps 256-bit numbers, 64-bit numbers, JSON and booleans as they were", async () => {
      await database.db
        .insertInto("ticket")
        .values({
          hash: "0x1",
          sender: null,
          recipient: "0x2",
          face_value_wei: maxUint256,
          seq_no: 2n ** 62n,
          tx_hash: null,
          given_up: null,
        })
        .execute();
      const row = await database.db.selectFrom("ticket").selectAll().executeTakeFirstOrThrow();
      expect(row.face_value_wei).toBe(maxUint256);
      expect(row.seq_no).toBe(2n ** 62n);
      const total = await database.db
        .selectFrom("ticket")
        .select((column) => column.fn.sum<bigint>("face_value_wei").as("total"))
        .executeTakeFirstOrThrow();
      expect(total.total).toBe(maxUint256);
      await addStream();
      await database.db
        .updateTable("stream")
        .set({
          user_tags: JSON.stringify({ a: [1, "x"], b: null }),
          profiles: JSON.stringify([{ name: "p" }]),
          record: true,
        })
        .execute();
      expect(await stream()).toMatchObject({
        user_tags: { a: [1, "x"], b: null },
        profiles: [{ name: "p" }],
        record: true,
        deleted: false,
        source_segments_duration: 0,
        source_segments: 0n,
      });
    });

    it("undoes a failed transaction and keeps simultaneous ones apart", async () => {
      await database.db.insertInto("account").values({ id: "base", email: "base", created_at: 1 }).execute();
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, (_, i) =>
          database.db.transaction().execute(async (tx) => {
            await tx
              .insertInto("account")
              .values({ id: `t${i}`, email: `t${i}`, created_at: i })
              .execute();
            const seen = await tx.selectFrom("account").select("id").where("id", "=", `t${i}`).execute();
            expect(seen.length).toBe(1);
            if (i % 2 === 1) throw new Error("undo");
          }),
        ),
      );
      expect(results.map((result) => result.status)).toEqual([
        "fulfilled",
        "rejected",
        "fulfilled",
        "rejected",
        "fulfilled",
        "rejected",
      ]);
      const rows = await database.db.selectFrom("account").select("id").orderBy("id").execute();
      expect(rows.map((row) => row.id)).toEqual(["base", "t0", "t2", "t4"]);
    });

    it("names a taken unique value", async () => {
      const insert = () => database.db.insertInto("account").values({ id: "x", email: "x", created_at: 1 }).execute();
      await insert();
      const error = await insert().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isUniqueViolation(error)).toBe(true);
    });

    it("reports how many rows a statement changed", async () => {
      await addStream();
      const result = await database.db
        .updateTable("stream")
        .set({ name: "two" })
        .where("id", "=", "s1")
        .executeTakeFirst();
      expect(result.numUpdatedRows).toBe(1n);
      const none = await database.db
        .updateTable("stream")
        .set({ name: "two" })
        .where("id", "=", "zz")
        .executeTakeFirst();
      expect(none.numUpdatedRows).toBe(0n);
    });

    it("logs an event once, however often it is delivered", async () => {
      const log = createEventLog({ database, clock });
      const heard: bigint[] = [];
      log.subscribe((logged) => heard.push(logged.seq));
      const events = [event("a", "x", { n: 1 }), event("b", "x", { n: 2 })];
      expect(await log.append("node", events)).toBe(2);
      expect(await log.append("node", [...events, event("c", "x", { n: 3 })])).toBe(1);
      const read = await log.read(0n, 10);
      expect(read.map((logged) => logged.data["n"])).toEqual([1, 2, 3]);
      expect(read.map((logged) => logged.seq)).toEqual(heard);
      expect(await log.read(read[1]?.seq ?? 0n, 10)).toHaveLength(1);
    });

    it("tells listeners in the order of the log when many nodes deliver at once", async () => {
      const log = createEventLog({ database, clock });
      const heard: bigint[] = [];
      log.subscribe((logged) => heard.push(logged.seq));
      await Promise.all(
        Array.from({ length: 8 }, (_, i) => log.append(`node${i}`, [event("a", "x", { i }), event("b", "x", { i })])),
      );
      expect(heard.length).toBe(16);
      expect(heard).toEqual(heard.toSorted((a, b) => (a < b ? -1 : 1)));
    });

    it("sets a stream active with its first segment, not with its key, and idle at its end", async () => {
      await addStream();
      const log = createEventLog({ database, clock });
      const about = { manifestId: "m1", streamId: "s1" };
      await log.append("g", [event("stream.started", "m1", { ...about, protocol: "rtmp", profiles: [] }, 5_000)]);
      expect(await stream()).toMatchObject({ is_active: false, last_seen: 0n, source_segments: 0n });
      await log.append("g", [
        event("stream.segment", "m1", { ...about, seqNo: 0, durationMs: 2000, sizeBytes: 500_000 }, 7_000),
      ]);
      expect(await stream()).toMatchObject({
        is_active: true,
        active_since: 5_000n,
        last_seen: 7_000n,
        source_segments: 1n,
        source_segments_duration: 2,
        source_bytes: 500_000n,
        ingest_rate: 250_000,
      });
      await log.append("g", [
        event("segment.done", "m1", {
          ...about,
          seqNo: 0,
          durationMs: 2000,
          totalMs: 900,
          success: true,
          orchestrator: "0xAb",
          attempts: [{ orchestrator: "0xAb", uri: "u", latencyMs: 800, startedAt: 1, ticketCount: 2, error: null }],
          renditions: [
            { name: "p0", sizeBytes: 100 },
            { name: "p1", sizeBytes: 50 },
          ],
        }),
        event("stream.ended", "m1", { ...about, reason: "publisher left" }, 9_000),
      ]);
      expect(await stream()).toMatchObject({
        is_active: false,
        active_since: null,
        last_seen: 9_000n,
        transcoded_segments: 2n,
        transcoded_bytes: 150n,
        transcoded_segments_duration: 4,
      });
      const broadcast = await database.db.selectFrom("broadcast").selectAll().executeTakeFirstOrThrow();
      expect(broadcast).toMatchObject({ ended_at: 9_000n, received_segments: 1n, delivered_segments: 1n });
      const figure = await database.db.selectFrom("orchestrator_figure").selectAll().executeTakeFirstOrThrow();
      expect(figure).toMatchObject({ address: "0xab", delivered_segments: 1n, failed_attempts: 0n });
    });

    it("follows a ticket from sent to redeemed, in whatever order both sides report", async () => {
      const log = createEventLog({ database, clock });
      const money = { sender: "0xG", recipient: "0xO", faceValueWei: maxUint256.toString() };
      await log.append("o", [event("ticket.won", "h1", { ...money, ticketHash: "h1" }, 20)]);
      await log.append("g", [
        event(
          "tickets.sent",
          "m1",
          {
            ...money,
            ticketHashes: ["h1", "h2"],
            winProb: "7",
            manifestId: "m1",
            seqNo: 4,
          },
          10,
        ),
      ]);
      await log.append("o", [
        event("ticket.redeemed", "h1", { ...money, ticketHash: "h1", txHash: "0xt", givenUp: null }, 30),
      ]);
      const tickets = await database.db.selectFrom("ticket").selectAll().orderBy("hash").execute();
      expect(tickets).toMatchObject([
        {
          hash: "h1",
          sender: "0xg",
          sent_at: 10n,
          won_at: 20n,
          settled_at: 30n,
          tx_hash: "0xt",
          seq_no: 4n,
          win_prob: 7n,
        },
        { hash: "h2", won_at: null, settled_at: null },
      ]);
      expect(await database.db.selectFrom("orchestrator_figure").selectAll().executeTakeFirst()).toMatchObject({
        tickets_won: 1n,
        tickets_redeemed: 1n,
        redeemed_wei: maxUint256,
      });
    });

    it("drops nothing of a batch whose payloads are not what they should be", async () => {
      const log = createEventLog({ database, clock });
      const types = ["stream.started", "stream.segment", "stream.ended", "segment.done", "segment.selection"];
      const more = [
        "tickets.sent",
        "tickets.received",
        "ticket.won",
        "ticket.redeemed",
        "round.initialized",
        "reward.called",
      ];
      const bad = {
        manifestId: 5,
        seqNo: "x",
        attempts: "no",
        renditions: [1, null],
        ticketHashes: [null, 3],
        round: -1,
        reason: "nul \0 and half \ud800",
        attempt: 1e300,
        sizeBytes: 1e300,
        durationMs: -5,
      };
      const events = [...types, ...more].flatMap((type) => [event(type, "m", {}), event(type, "m", bad)]);
      expect(await log.append("odd", events)).toBe(events.length);
    });

    it("prunes what is old or too much, and keeps winners that wait for their money", async () => {
      const log = createEventLog({ database, clock });
      await log.append("g", [
        event("tickets.sent", "m", { ticketHashes: ["lost"], recipient: "0xo", faceValueWei: "1" }, 1),
        event("ticket.won", "won", { ticketHash: "won", recipient: "0xo", faceValueWei: "1" }, 1),
        ...Array.from({ length: 20 }, (_, n) => event("x", "m", { n, pad: "x".repeat(1_000) })),
      ]);
      expect(await log.prune({ storedBefore: 0, maxBytes: 10_000 })).toBeGreaterThan(10);
      const left = await log.read(0n, 100);
      expect(left.at(-1)?.data["n"]).toBe(19);
      expect(left.length).toBeLessThan(11);
      expect(await log.prune({ storedBefore: clock.now() + 1_000, maxBytes: 10_000 })).toBe(left.length);
      const tickets = await database.db.selectFrom("ticket").select("hash").execute();
      expect(tickets.map((row) => row.hash)).toEqual(["won"]);
    });

    it("gives the same picture after a restart and after rebuilding it from the log", async () => {
      const log = createEventLog({ database, clock });
      const deps = { database, log, chain: undefined, clock, logger: silentLogger };
      const tasks = createTasks("test", silentLogger);
      try {
        const first = createNetworkFollower({}, deps);
        await first.start(tasks);
        const piece = (seqNo: number) => [
          event("stream.segment", "m1", { manifestId: "m1", seqNo, durationMs: 2000, sizeBytes: 1000, frameCount: 60 }),
          event("segment.done", "m1", {
            manifestId: "m1",
            seqNo,
            durationMs: 2000,
            totalMs: 500,
            success: true,
            uri: "https://o1",
            feeWei: "7/3",
            attempts: [{ uri: "https://o1", startedAt: 1, latencyMs: 400, ticketCount: 1, error: null }],
            renditions: [],
          }),
        ];
        await log.append("g", [event("stream.started", "m1", { manifestId: "m1", protocol: "rtmp", profiles: [] })]);
        for (let seqNo = 0; seqNo < 3; seqNo++) await log.append("g", piece(seqNo));
        await first.save();
        for (let seqNo = 3; seqNo < 5; seqNo++) await log.append("g", piece(seqNo));
        expect(first.current().pieces.map((known) => known.state)).toEqual(Array(5).fill("delivered"));

        const second = createNetworkFollower({}, deps);
        await second.start(tasks);
        expect(second.current()).toEqual(first.current());
        await second.rebuild();
        expect(second.current()).toEqual(first.current());
      } finally {
        await tasks.stop();
      }
    });
  });
}
