import type { SegmentRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { offChainWorld, segmentPixels, type WorldOptions } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const seed = 21;

type Run = {
  readonly records: readonly SegmentRecord[];
  /** `machine seqNo` of every transcoding that was begun. */
  readonly begun: readonly string[];
  readonly hedged: readonly SegmentRecord[];
};

async function stream(segmentCount: number, orchestratorCount: number, options: WorldOptions): Promise<Run> {
  console.log(`SIM seed=${seed}`);
  const begun: string[] = [];
  const world = offChainWorld(seed, orchestratorCount, {
    ...options,
    onTranscode: (machine, seqNo) => begun.push(`${machine} ${seqNo}`),
  });
  const { sim, gateway, events } = world;
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  await sim.run(1000 + segmentCount * segmentMs + 90_000);
  expect(sim.failures).toEqual([]);
  const records = events.of<SegmentRecord>("segment.done");
  expect(records).toHaveLength(segmentCount);
  return { records, begun, hedged: records.filter((record) => record.attempts.length > 1) };
}

const lostAttempts = (records: readonly SegmentRecord[]) =>
  records.flatMap((record) => record.attempts).filter((attempt) => attempt.error?.code === "hedge_lost");

describe("a late segment", () => {
  it("goes to a second orchestrator too, and whoever froze is called off and left alone", async () => {
    let victim: string | undefined;
    const { records, hedged } = await stream(12, 2, {
      isFrozen(machine, seqNo) {
        if (seqNo === 4) victim ??= machine;
        return machine === victim;
      },
    });
    expect(records.filter((record) => !record.success)).toEqual([]);
    const [record] = hedged as [SegmentRecord];
    expect(record.seqNo).toBe(4);
    expect(hedged.length).toBeLessThanOrEqual(2); // it is tried again after 4 s, and then not so soon
    const [loser, winner] = record.attempts.toSorted((a, b) => a.startedAt - b.startedAt);
    expect(loser?.error?.code).toBe("hedge_lost");
    expect(winner?.error).toBeNull();
    expect(record.uri).toBe(winner?.uri);
    // three quarters of the segment, and the way there
    expect((winner?.startedAt ?? 0) - (loser?.startedAt ?? 0)).toBeLessThan(0.8 * segmentMs);
    expect(record.totalMs).toBeLessThan(2 * segmentMs);
  });

  it("stays where it is when hedging is off", async () => {
    const { hedged, begun } = await stream(12, 2, {
      pixelsPerMs: segmentPixels / 1700,
      gateway: { stream: { hedgeAfter: 0 } },
    });
    expect(hedged).toEqual([]);
    expect(begun).toHaveLength(12);
  });

  it("is hedged no more often than the budget allows", async () => {
    const segmentCount = 90;
    // one of three always takes too long, and would be forgiven at once
    const { records, begun } = await stream(segmentCount, 3, {
      pixelsPerMs: segmentPixels / 600,
      isFrozen: (machine) => machine === "o1",
      gateway: {
        pool: { redrawSegments: 1, slowRetryMs: 1, maxInFlight: 16 },
      },
    });
    expect(records.filter((record) => !record.success)).toEqual([]);
    const hedges = lostAttempts(records).length;
    expect(hedges).toBeGreaterThan(0);
    expect(hedges).toBeLessThanOrEqual(Math.ceil((segmentCount * segmentMs) / 60_000) * 2);
    expect(begun.length).toBeGreaterThan(segmentCount);
  });

  it("is no reason to give machines that are all too slow still more to do", async () => {
    const tooSlow = { pixelsPerMs: segmentPixels / (2 * segmentMs) };
    const plain = await stream(60, 3, { ...tooSlow, gateway: { stream: { hedgeAfter: 0 } } });
    const hedging = await stream(60, 3, tooSlow);
    expect(hedging.begun.length).toBeLessThanOrEqual(1.1 * plain.begun.length);
    const delivered = (run: Run) => run.records.filter((record) => record.success).length;
    expect(delivered(hedging)).toBeGreaterThanOrEqual(delivered(plain));
  });
});
