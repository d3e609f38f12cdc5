import type { SegmentRecord, SelectionRecord } from "@livepeer-ts/execution";
import { expect, it } from "vitest";
import { type OffChainWorld, offChainWorld, segmentPixels, type WorldOptions } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const seed = 33;
const segmentMs = 2000;
const segmentCount = 20;
const deadlineMs = 0.75 * segmentMs;

/** Publishes streams whose segments come one after another, spread over a segment's time. */
async function run(streams: number, options: WorldOptions, disturb: (world: OffChainWorld) => void, machines = 3) {
  console.log(`SIM seed=${seed} streams=${streams}`);
  const gatewayOptions = { maxStreams: 100, pool: { redrawSegments: 0 }, ...options.gateway };
  const world = offChainWorld(seed, machines, { ...options, gateway: gatewayOptions });
  const { sim, events } = world;
  for (let n = 0; n < streams; n++) {
    publishStream(world, {
      name: `s${n}`,
      firstMs: 1000 + (n * segmentMs) / streams,
      segmentMs,
      count: segmentCount,
    });
  }
  disturb(world);
  await sim.run(1000 + segmentCount * segmentMs + 90_000);
  expect(sim.failures).toEqual([]);
  const records = events.of<SegmentRecord>("segment.done");
  expect(records).toHaveLength(streams * segmentCount);
  expect(records.filter((record) => !record.success)).toEqual([]);
  const candidates = events.of<SelectionRecord>("segment.selection").flatMap((record) => record.candidates);
  return { records, excluded: new Set(candidates.map(({ excludedBy }) => excludedBy)) };
}

const codes = (records: readonly SegmentRecord[], code: string) =>
  records.flatMap((record) => record.attempts).filter((attempt) => attempt.error?.code === code);

it("an orchestrator that answers no stream any more loses all its segments at the deadline, though few hedges are allowed", async () => {
  const streams = 20;
  let isSilent = false;
  const { records, excluded } = await run(
    streams,
    // quick, and with room for all streams
    { slots: 20, pixelsPerMs: segmentPixels / 50, isFrozen: (machine) => isSilent && machine === "o1" },
    ({ sim }) =>
      sim.schedule(15_000, "freeze", () => {
        isSilent = true;
      }),
  );
  expect(excluded).toContain("answers no stream");
  const moved = codes(records, "orchestrator_silent");
  expect(moved.length).toBeGreaterThan(2);
  // the next attempt of a segment that hung begins a quarter of a segment after its deadline at most
  for (const { attempts } of records.filter((record) => record.attempts.length > 1)) {
    const [first, second] = attempts.toSorted((a, b) => a.startedAt - b.startedAt);
    expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeLessThanOrEqual(deadlineMs + segmentMs / 4);
  }
  // and nobody goes there again and again to find out
  expect(records.filter((record) => record.attempts.length > 1).length).toBeLessThan(2 * streams);
});

it.each([0, 2])(
  "an orchestrator that takes no segment loses it at the deadline, with a single stream and %i hedges",
  async (floor) => {
    let isDeaf = false;
    const { records } = await run(
      1,
      {
        slots: 20,
        pixelsPerMs: segmentPixels / 50,
        isDeaf: (machine) => isDeaf && machine !== "o3",
        gateway: { hedges: { share: 0.001, floor } },
      },
      ({ sim }) => {
        sim.schedule(15_000, "deaf", () => {
          isDeaf = true;
        });
        sim.schedule(25_000, "hears again", () => {
          isDeaf = false;
        });
      },
    );
    expect(codes(records, "orchestrator_silent").length).toBeGreaterThan(0);
    for (const { attempts } of records.filter((record) => record.attempts.length > 1)) {
      const startedAt = attempts.map((attempt) => attempt.startedAt).sort((a, b) => a - b);
      for (const [i, at] of startedAt.entries()) {
        expect(at - (startedAt[i - 1] ?? at)).toBeLessThanOrEqual(deadlineMs + segmentMs / 4);
      }
    }
  },
);

it("an orchestrator that takes no segment loses it at the deadline to those who are known to be slow, when nobody else is there", async () => {
  let isDeaf = false;
  const { records } = await run(
    1,
    {
      slots: 20,
      costMs: (machine) => (machine === "o1" ? 50 : 1.2 * segmentMs),
      isDeaf: (machine) => isDeaf && machine === "o1",
    },
    ({ sim }) => {
      for (const [fromMs, toMs] of [
        [7000, 8900], // finds out that one of the others is slow
        [15_000, 16_900],
        [23_000, 24_900],
        [31_000, 32_900],
      ] as const) {
        sim.schedule(fromMs, "deaf", () => {
          isDeaf = true;
        });
        sim.schedule(toMs, "hears again", () => {
          isDeaf = false;
        });
      }
    },
  );
  const left = codes(records, "orchestrator_silent");
  expect(left.length).toBeGreaterThan(1);
  for (const { latencyMs } of left) expect(latencyMs).toBeLessThanOrEqual(deadlineMs + segmentMs / 4);
  expect(codes(records, "timeout")).toEqual([]);
});

it("whoever was late once helps again later", async () => {
  let frozen: string | undefined;
  const { records } = await run(
    1,
    {
      slots: 20,
      pixelsPerMs: segmentPixels / 50,
      isFrozen: (machine) => machine === frozen,
      gateway: { hedges: { share: 1, floor: 20 } },
    },
    ({ sim }) => {
      for (const [i, atMs] of [7000, 13_000, 19_000, 25_000, 31_000, 37_000].entries()) {
        sim.schedule(atMs, "freeze", () => {
          frozen = `o${(i % 3) + 1}`;
        });
        sim.schedule(atMs + 4000, "thaw", () => {
          frozen = undefined;
        });
      }
    },
  );
  expect(records.filter(({ attempts }) => attempts.length > 1).length).toBeGreaterThan(2);
  for (const { totalMs } of records) expect(totalMs).toBeLessThan(deadlineMs + segmentMs / 2);
});

it("a late segment whose helper takes nothing goes on to the next one", async () => {
  let isOut = false;
  const { records } = await run(
    2,
    {
      slots: 20,
      pixelsPerMs: segmentPixels / 50,
      // its streams are at work there when it stops; the helper stops as well, and nobody knows
      isFrozen: (machine) => isOut && machine === "o1",
      isDeaf: (machine) => isOut && machine === "o2",
    },
    ({ sim }) => {
      sim.schedule(15_000, "out", () => {
        isOut = true;
      });
      sim.schedule(23_000, "back", () => {
        isOut = false;
      });
    },
  );
  const helped = records.filter(({ attempts }) => attempts.length > 2);
  expect(helped.length).toBeGreaterThan(0);
  for (const { totalMs } of records) expect(totalMs).toBeLessThan(2 * deadlineMs + segmentMs / 4);
});

it("a helper that takes nothing is replaced, and the segment is not hedged once more", async () => {
  let isOut = false;
  const hasStopped = (machine: string) => isOut && machine !== "o2";
  const { records } = await run(
    8,
    {
      slots: 20,
      pixelsPerMs: segmentPixels / 50,
      isFrozen: hasStopped,
      isDeaf: (machine) => isOut && machine === "o2",
      gateway: { hedges: { share: 1, floor: 100 } },
    },
    ({ sim }) => {
      sim.schedule(15_000, "out", () => {
        isOut = true;
      });
      sim.schedule(20_000, "back", () => {
        isOut = false;
      });
    },
    6,
  );
  const begun = records.map(({ attempts, receivedAt }) =>
    attempts.filter(({ startedAt }) => startedAt - receivedAt < 2 * deadlineMs + segmentMs / 4),
  );
  expect(Math.max(...begun.map((attempts) => attempts.length))).toBe(3);
});

it("a helper that takes nothing is replaced in less than a quarter of the deadline", async () => {
  let isOut = false;
  const { records } = await run(
    8,
    { slots: 20, pixelsPerMs: segmentPixels / 50, isDeaf: (machine) => isOut && machine !== "o4" },
    ({ sim }) => {
      sim.schedule(15_000, "out", () => {
        isOut = true;
      });
      sim.schedule(18_000, "back", () => {
        isOut = false;
      });
    },
    4,
  );
  const helpers = records
    .flatMap(({ attempts }) => attempts.toSorted((a, b) => a.startedAt - b.startedAt).slice(1))
    .filter(({ error }) => error?.code === "orchestrator_silent");
  expect(helpers.length).toBeGreaterThan(0);
  for (const { latencyMs } of helpers) expect(latencyMs).toBeLessThan(deadlineMs / 4);
});

it("orchestrators that all become twice too slow are not called silent", async () => {
  let isSlow = false;
  const { records } = await run(15, { slots: 15, costMs: () => (isSlow ? 2 * segmentMs : 50) }, ({ sim }) =>
    sim.schedule(15_000, "slow down", () => {
      isSlow = true;
    }),
  );
  const begun = records.reduce((sum, { attempts }) => sum + attempts.length, 0);
  expect(begun).toBeLessThanOrEqual(1.1 * records.length);
});

it("nobody is called silent where hedging is off, however long the work takes", async () => {
  let isSlow = false;
  const costMs = (machine: string) => (isSlow && machine === "o1" ? 1200 : 50);
  const gateway = { stream: { hedgeAfter: 0 } };
  const { excluded } = await run(30, { slots: 30, costMs, gateway }, ({ sim }) =>
    sim.schedule(15_000, "slow down", () => {
      isSlow = true;
    }),
  );
  expect(excluded).not.toContain("answers no stream");
});

it("an orchestrator that was started again and knows its sessions no more is asked anew, not left", async () => {
  const { records } = await run(1, { pixelsPerMs: segmentPixels / 50 }, (world) =>
    world.sim.schedule(14_900, "restart all", () => {
      world.orchestrators.forEach((host, index) => {
        world.kill(host);
        world.restart(index);
      });
    }),
  );
  const refused = records.filter(({ attempts }) =>
    attempts.some(({ error }) => error?.message === "invalid auth token"),
  );
  expect(refused).toHaveLength(1);
  const [first, second] = refused[0]?.attempts ?? [];
  expect(second?.error).toBeNull();
  expect(second?.uri).toBe(first?.uri);
});
