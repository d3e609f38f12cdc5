import { create } from "@bufbuild/protobuf";
import { type Address, type Rational, rational, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { DiscoveredOrchestrator, Discovery } from "../discovery/discover.ts";
import { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { RecordingPayments } from "../testing/index.ts";
import { AuthTokenSchema, OrchestratorInfoSchema, PriceInfoSchema } from "../wire/net_pb.gen.ts";
import type { OrchestratorSession } from "./orchestrator-session.ts";
import type { ScoreFilter } from "./score-filter.ts";
import { defaultSessionPoolOptions, SessionPool, type SessionPoolOptions } from "./session-pool.ts";

const durationMs = 2000;
const nobody: ReadonlySet<string> = new Set();
const uriOf = (name: string) => `https://${name}.test:8935`;
const want = { manifestId: "m", seqNo: 0, attempt: 0, durationMs, lateMs: 1500 };

let sim: Simulation;
let host: SimHost;
let listed: DiscoveredOrchestrator[];
let discoveries: number;
let leftOut: Discovery["leftOut"];

beforeEach(() => {
  sim = new Simulation(4);
  host = sim.host("gateway");
  listed = [];
  discoveries = 0;
  leftOut = [];
});

/** An orchestrator as discovery reports it. */
function orchestrator(
  name: string,
  options: { price?: bigint; stakeWei?: bigint; address?: Address } = {},
): DiscoveredOrchestrator {
  const uri = uriOf(name);
  return {
    entry: { uri, address: options.address, stakeWei: options.stakeWei, score: 1 },
    info: create(OrchestratorInfoSchema, {
      transcoder: uri,
      authToken: create(AuthTokenSchema, { sessionId: name }),
      priceInfo: create(PriceInfoSchema, { pricePerUnit: options.price ?? 1n, pixelsPerUnit: 1n }),
    }),
    latencyMs: 1,
  };
}

function newPool(options: Partial<SessionPoolOptions> = {}, scores?: ScoreFilter): SessionPool {
  return new SessionPool(
    {
      ...defaultSessionPoolOptions,
      weights: { stake: 0, price: 0, random: 1, priceExpFactor: 100 },
      ...options,
    },
    {
      discover: async () => {
        discoveries++;
        return { found: listed, leftOut };
      },
      payments: new RecordingPayments(),
      pulse: new OrchestratorPulse(host.clock),
      clock: host.clock,
      random: host.random,
      logger: silentLogger,
      scores,
    },
  );
}

async function poolOf(names: readonly string[], options: Partial<SessionPoolOptions> = {}): Promise<SessionPool> {
  listed = names.map((name) => orchestrator(name));
  const pool = newPool(options);
  await pool.refresh(host.tasks.signal);
  return pool;
}

const choose = (pool: SessionPool, exclude = nobody) => pool.select(want, exclude);
function chosen(pool: SessionPool, exclude = nobody): OrchestratorSession {
  const { session } = choose(pool, exclude);
  if (session === undefined) throw new Error("nobody was chosen");
  return session;
}
const sleep = (ms: number) => sim.run(sim.now + ms);

/** A segment that comes back after `ms`. */
async function deliver(pool: SessionPool, session: OrchestratorSession, ms: number): Promise<void> {
  const started = pool.begin(session);
  await sleep(ms);
  pool.complete(session, started, durationMs);
}

describe("the orchestrators of a stream", () => {
  it("are asked for once, however many segments wait for them", async () => {
    listed = [orchestrator("a"), orchestrator("b")];
    const pool = newPool();
    expect([pool.size, choose(pool).session]).toEqual([0, undefined]);
    await Promise.all([1, 2, 3].map(() => pool.refresh(host.tasks.signal)));
    expect([discoveries, pool.size]).toEqual([1, 2]);
  });

  it("are looked for again while one is lost, and now and then otherwise", async () => {
    const pool = await poolOf(["a", "b", "c"]);
    expect(pool.wantsRefresh).toBe(false);
    await sleep(59_000);
    expect(pool.wantsRefresh).toBe(false);
    await sleep(2000);
    expect(pool.wantsRefresh).toBe(true);
    await pool.refresh(host.tasks.signal);
    const session = chosen(pool);
    pool.suspend(session, pool.begin(session));
    expect(pool.wantsRefresh).toBe(false);
    await sleep(5001);
    expect(pool.wantsRefresh).toBe(true);
  });

  it("explain why nobody else is there", async () => {
    leftOut = [{ uri: uriOf("x"), reason: "it cannot do everything the job needs" }];
    const pool = await poolOf([]);
    expect(pool.whyNobody).toBe("https://x.test:8935: it cannot do everything the job needs");
    expect(choose(pool)).toMatchObject({ session: undefined, isBusy: false, record: { rule: "none", chosen: null } });
  });
});

describe("the next segment", () => {
  it("goes to the one that was quick enough", async () => {
    const pool = await poolOf(["a", "b", "c"]);
    const first = chosen(pool);
    await deliver(pool, first, 500);
    for (let i = 0; i < 5; i++) {
      const { session, record } = choose(pool);
      expect([session?.uri, record.rule]).toEqual([first.uri, "reuse"]);
      await deliver(pool, first, 500);
    }
  });

  it("tries somebody else when that one was slower than real time, and comes back to the best known", async () => {
    const pool = await poolOf(["a", "b"]);
    const slow = chosen(pool);
    await deliver(pool, slow, 3000);
    const other = chosen(pool);
    expect(other.uri).not.toBe(slow.uri);
    await deliver(pool, other, 2500);
    const { session, record } = choose(pool);
    expect([session?.uri, record.rule]).toEqual([other.uri, "known"]);
  });

  it("is not given to one that has not answered for longer than a segment", async () => {
    const pool = await poolOf(["a", "b"]);
    const first = chosen(pool);
    await deliver(pool, first, 500);
    pool.begin(first);
    await sleep(durationMs - 1);
    expect(choose(pool).record.rule).toBe("reuse");
    await sleep(1);
    expect(choose(pool).record.rule).not.toBe("reuse");
  });

  it("never goes to one that was tried for it already", async () => {
    const pool = await poolOf(["a", "b"]);
    const first = chosen(pool);
    await deliver(pool, first, 100);
    const second = chosen(pool, new Set([first.uri]));
    expect(second.uri).not.toBe(first.uri);
    const { session, record } = choose(pool, new Set([first.uri, second.uri]));
    expect(session).toBeUndefined();
    expect(record.candidates.map(({ excludedBy }) => excludedBy)).toEqual([
      "already tried for this segment",
      "already tried for this segment",
    ]);
  });

  it("waits while everybody is full: one segment at a time until the speed is known, then two", async () => {
    const pool = await poolOf(["a"]);
    const session = chosen(pool);
    const started = pool.begin(session);
    expect(choose(pool)).toMatchObject({ session: undefined, isBusy: true });
    let isFree = false;
    host.tasks.spawn("wait", async (signal) => {
      await pool.whenFree(signal);
      isFree = true;
    });
    await sleep(100);
    expect(isFree).toBe(false);
    pool.complete(session, started, durationMs);
    await sleep(0);
    expect(isFree).toBe(true);
    pool.begin(session);
    expect(choose(pool).session?.uri).toBe(session.uri);
    pool.begin(session);
    expect(choose(pool)).toMatchObject({ session: undefined, isBusy: true });
  });

  it("stops waiting for a free place with the reason of its signal", async () => {
    const pool = await poolOf(["a"]);
    const stop = new AbortController();
    const waiting = pool.whenFree(stop.signal);
    const reason = new Error("the stream ended");
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pool.whenFree(stop.signal)).rejects.toBe(reason);
  });
});

describe("a price limit", () => {
  const withPrices = async (maxPrice: Rational | undefined, options: Partial<SessionPoolOptions> = {}) => {
    listed = [orchestrator("cheap", { price: 5n }), orchestrator("dear", { price: 6n })];
    const pool = newPool({ maxPrice: () => maxPrice, ...options });
    await pool.refresh(host.tasks.signal);
    return pool;
  };

  it("keeps dearer orchestrators out, and says so", async () => {
    const pool = await withPrices(rational(5n));
    for (let i = 0; i < 20; i++) {
      const { session, record } = choose(pool);
      expect(session?.uri).toBe(uriOf("cheap"));
      expect(record.candidates.find(({ uri }) => uri === uriOf("dear"))).toMatchObject({
        excludedBy: "price above the maximum",
        pricePerPixel: "6",
      });
    }
    expect(choose(await withPrices(rational(49n, 10n))).session).toBeUndefined();
  });

  it("may be changed while streams run: it is looked at for every choice", async () => {
    let maxPrice: Rational | undefined = rational(4n);
    listed = [orchestrator("cheap", { price: 5n })];
    const pool = newPool({ maxPrice: () => maxPrice });
    await pool.refresh(host.tasks.signal);
    expect(choose(pool).session).toBeUndefined();
    maxPrice = rational(5n);
    expect(choose(pool).session?.uri).toBe(uriOf("cheap"));
  });

  it("is passed over only when the operator allows it and nobody is cheap enough", async () => {
    const lenient = { ignoreMaxPriceIfNeeded: true };
    const pool = await withPrices(rational(1n), lenient);
    expect(choose(pool).session).toBeDefined();
    expect(choose(await withPrices(rational(5n), lenient)).session?.uri).toBe(uriOf("cheap"));
  });
});

describe("an orchestrator that failed", () => {
  it("is left alone while others are there, and gets another chance after the look after next", async () => {
    const pool = await poolOf(["a", "b"]);
    const failed = chosen(pool);
    pool.suspend(failed, pool.begin(failed));
    expect(pool.size).toBe(1);
    await pool.refresh(host.tasks.signal); // it is found again, but stays suspended
    expect(pool.size).toBe(2);
    for (let i = 0; i < 10; i++) expect(chosen(pool).uri).not.toBe(failed.uri);
    expect(choose(pool).record.candidates.find(({ uri }) => uri === failed.uri)?.excludedBy).toBe(
      "suspended after a failure",
    );
    await pool.refresh(host.tasks.signal);
    const uris = new Set(Array.from({ length: 50 }, () => chosen(pool).uri));
    expect([...uris].sort()).toEqual([uriOf("a"), uriOf("b")]);
  });

  it("is used all the same when nobody else is left", async () => {
    const pool = await poolOf(["a"]);
    const failed = chosen(pool);
    pool.suspend(failed, pool.begin(failed));
    expect(choose(pool).session).toBeUndefined();
    await pool.refresh(host.tasks.signal);
    expect(chosen(pool).uri).toBe(failed.uri);
  });

  it("starts with a new session and an unknown speed when it comes back", async () => {
    const pool = await poolOf(["a"]);
    const before = chosen(pool);
    await deliver(pool, before, 100);
    const [one, two] = [pool.begin(before), pool.begin(before)];
    pool.suspend(before, one);
    expect(pool.isOver(before)).toBe(false); // a segment is still with it
    pool.suspend(before, two); // the same failure, seen twice, counts once
    expect(pool.isOver(before)).toBe(true);
    await pool.refresh(host.tasks.signal);
    await pool.refresh(host.tasks.signal);
    const after = chosen(pool);
    expect(after).not.toBe(before);
    expect([after.latencyScore, after.inFlight, pool.isOver(after)]).toEqual([0, [], false]);
  });

  it("without fault of its own stays in the pool", async () => {
    const pool = await poolOf(["a"]);
    const session = chosen(pool);
    pool.release(session, pool.begin(session));
    expect(chosen(pool)).toBe(session);
    expect(session.latencyScore).toBe(0);
  });
});

describe("drawing again after a number of segments", () => {
  it("gives everybody work, by the drawn chances", async () => {
    const pool = await poolOf(["a", "b", "c"], { redrawSegments: 1 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const { session, record } = choose(pool);
      if (session === undefined) throw new Error("nobody was chosen");
      expect(record.rule).toBe("draw");
      expect(record.candidates.reduce((sum, { probability }) => sum + (probability ?? 0), 0)).toBeCloseTo(1, 9);
      counts.set(session.uri, (counts.get(session.uri) ?? 0) + 1);
      await deliver(pool, session, 100);
    }
    for (const name of ["a", "b", "c"]) expect(counts.get(uriOf(name))).toBeGreaterThan(60);
  });

  it("leaves out who was called off for 4 s, 8 s, 16 s and at last 30 s, and forgives at a result in time", async () => {
    const pool = await poolOf(["a", "b"], { redrawSegments: 1 });
    const [late, well] = pool.sessions as [OrchestratorSession, OrchestratorSession];
    await deliver(pool, well, 500);
    for (const waitMs of [4000, 8000, 16_000, 30_000, 30_000]) {
      const started = pool.begin(late);
      await sleep(1500);
      pool.suspect(late);
      // while it owes an answer nobody gives it more
      for (let i = 0; i < 20; i++) expect(chosen(pool).uri).toBe(well.uri);
      pool.late(late, started, durationMs);
      await sleep(waitMs - 10);
      for (let i = 0; i < 20; i++) expect(chosen(pool).uri).toBe(well.uri);
      await sleep(20);
      const uris = new Set(Array.from({ length: 40 }, () => chosen(pool).uri));
      expect(uris.has(late.uri)).toBe(true);
    }
    await deliver(pool, late, 900);
    const started = pool.begin(late);
    pool.late(late, started, durationMs);
    await sleep(4010);
    expect(new Set(Array.from({ length: 40 }, () => chosen(pool).uri)).has(late.uri)).toBe(true);
  });

  it("gives a late segment to somebody who is idle and was not late himself, or to nobody", async () => {
    const pool = await poolOf(["a", "b", "c"]);
    const [a, b, c] = pool.sessions as [OrchestratorSession, OrchestratorSession, OrchestratorSession];
    const spare = (exclude: OrchestratorSession) => pool.selectHedge(want, new Set([exclude.uri]))?.session?.uri;
    await deliver(pool, b, 900);
    await deliver(pool, c, 500);
    expect(pool.selectHedge(want, new Set([a.uri]))?.record).toMatchObject({ rule: "hedge", chosen: c.uri });
    pool.begin(c);
    expect(spare(a)).toBe(b.uri);
    pool.late(b, pool.begin(b), durationMs);
    expect(spare(a)).toBeUndefined();
    await deliver(pool, b, 300);
    expect(spare(a)).toBe(b.uri);
    pool.suspend(b, pool.begin(b));
    expect(spare(a)).toBeUndefined();
  });

  it("leaves out who is slower than real time, for half a minute, unless all are", async () => {
    const pool = await poolOf(["a", "b"], { redrawSegments: 1 });
    const slow = chosen(pool);
    await deliver(pool, slow, 2500);
    for (let i = 0; i < 10; i++) {
      const session = chosen(pool);
      expect(session.uri).not.toBe(slow.uri);
      await deliver(pool, session, 100);
    }
    expect(chosen(pool, new Set([uriOf("a"), uriOf("b")].filter((uri) => uri !== slow.uri))).uri).toBe(slow.uri);
    await sleep(30_000);
    const uris = new Set(Array.from({ length: 50 }, () => chosen(pool).uri));
    expect(uris.has(slow.uri)).toBe(true);
  });

  it("prefers stake when stake is what counts", async () => {
    listed = [orchestrator("small", { stakeWei: 10n ** 18n }), orchestrator("large", { stakeWei: 99n * 10n ** 18n })];
    const pool = newPool({ redrawSegments: 1, weights: { stake: 1, price: 0, random: 0, priceExpFactor: 100 } });
    await pool.refresh(host.tasks.signal);
    const picks = Array.from({ length: 200 }, () => chosen(pool).uri);
    expect(picks.filter((uri) => uri === uriOf("large")).length).toBeGreaterThan(180);
  });
});

describe("the record of a choice", () => {
  it("names the segment, the weights, everybody who was there and who was chosen", async () => {
    const pool = await poolOf(["a", "b"]);
    const { record } = pool.select({ ...want, seqNo: 8, attempt: 1 }, nobody);
    expect(record).toMatchObject({
      manifestId: "m",
      seqNo: 8,
      attempt: 1,
      rule: "draw",
      weights: { stake: 0, price: 0, random: 1 },
    });
    expect(record.candidates.map(({ uri }) => uri).sort()).toEqual([uriOf("a"), uriOf("b")]);
    expect(record.candidates.some(({ uri }) => uri === record.chosen)).toBe(true);
    expect(record.selectionId).toMatch(/^[0-9a-f]{32}$/);
    expect(choose(pool).record.selectionId).not.toBe(record.selectionId);
  });
});

describe("after any history", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), exclude: fc.subarray(["a", "b", "c", "d"]) }),
    fc.record({
      kind: fc.constant("finish" as const),
      how: fc.constantFrom("complete", "release", "suspend"),
      index: fc.nat(20),
    }),
    fc.record({ kind: fc.constant("sleep" as const), ms: fc.nat(4000) }),
    fc.record({ kind: fc.constant("refresh" as const), seen: fc.subarray(["a", "b", "c", "d"]) }),
  );

  it.each([0, 1])(
    "nobody is chosen who is excluded, full or too dear, and somebody is while one is left (redraw %i)",
    async (redrawSegments) => {
      const prices = { a: 1n, b: 2n, c: 3n, d: 9n };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          sim = new Simulation(1);
          host = sim.host("gateway");
          const pool = newPool({ redrawSegments, maxPrice: () => rational(3n) });
          const underWay: { session: OrchestratorSession; started: number }[] = [];
          for (const now of steps) {
            if (now.kind === "sleep") await sleep(now.ms);
            else if (now.kind === "refresh") {
              listed = now.seen.map((name) => orchestrator(name, { price: prices[name as "a"] }));
              await pool.refresh(host.tasks.signal);
            } else if (now.kind === "finish") {
              const [done] = underWay.splice(now.index % Math.max(1, underWay.length), 1);
              if (done === undefined) continue;
              if (now.how === "complete") pool.complete(done.session, done.started, durationMs);
              else if (now.how === "release") pool.release(done.session, done.started);
              else pool.suspend(done.session, done.started);
            } else {
              const exclude = new Set(now.exclude.map(uriOf));
              const { session, record } = choose(pool, exclude);
              const usable = record.candidates.filter(({ excludedBy }) => excludedBy === null);
              if (session === undefined) {
                expect(usable).toEqual([]);
                continue;
              }
              expect(pool.sessions).toContain(session);
              expect(exclude.has(session.uri)).toBe(false);
              expect(usable.map(({ uri }) => uri)).toContain(session.uri);
              expect(session.uri).not.toBe(uriOf("d"));
              expect(session.inFlight.length).toBeLessThan(2);
              underWay.push({ session, started: pool.begin(session) });
            }
          }
        }),
        { numRuns: 150 },
      );
    },
  );

  it("a better orchestrator that is idle gets the next segment", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 100, max: 6000 })), { maxLength: 20 }),
        async (past) => {
          sim = new Simulation(1);
          host = sim.host("gateway");
          const pool = await poolOf(["a", "b", "c"]);
          const byName = new Map(pool.sessions.map((session) => [session.uri, session]));
          for (const [index, ms] of past)
            await deliver(pool, byName.get(uriOf("abc"[index] as string)) as OrchestratorSession, ms);
          const worst = byName.get(uriOf("a")) as OrchestratorSession;
          const best = byName.get(uriOf("b")) as OrchestratorSession;
          await deliver(pool, byName.get(uriOf("c")) as OrchestratorSession, 6000);
          await deliver(pool, best, 100);
          await deliver(pool, worst, 6000);
          expect(chosen(pool)).toBe(best);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("performance scores", () => {
  const accounts: Readonly<Record<string, Address>> = {
    a: toAddress(`0x${"aa".repeat(20)}`),
    b: toAddress(`0x${"bb".repeat(20)}`),
    c: toAddress(`0x${"cc".repeat(20)}`),
  };

  /** Who is drawn in fifty draws when these are good enough. */
  async function drawn(good: readonly string[], isActive = true): Promise<string[]> {
    listed = Object.entries(accounts).map(([name, address]) => orchestrator(name, { address }));
    const pool = newPool({}, { isActive, isGoodEnough: (account) => good.some((name) => accounts[name] === account) });
    await pool.refresh(host.tasks.signal);
    return [...new Set(Array.from({ length: 50 }, () => chosen(pool).uri))].sort();
  }

  it("keep those with a low one out of the draw, and say so", async () => {
    expect(await drawn(["a", "b"])).toEqual([uriOf("a"), uriOf("b")]);
    const pool = newPool({}, { isActive: true, isGoodEnough: (account) => account === accounts["a"] });
    await pool.refresh(host.tasks.signal);
    const { record } = choose(pool);
    expect(record.rule).toBe("only");
    expect(record.candidates.map(({ excludedBy }) => excludedBy)).toEqual([
      null,
      "performance score below the minimum",
      "performance score below the minimum",
    ]);
  });

  it("leave everybody in when nobody's suffices, and while there are none", async () => {
    const all = Object.keys(accounts).map(uriOf);
    expect(await drawn([])).toEqual(all);
    expect(await drawn(["a"], false)).toEqual(all);
  });
});
