import type { SegmentRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { offChainWorld, renditionBytes, sourceBytes, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const segmentCount = 12;

/**
 * A stream of twelve segments over one orchestrator with two transcoders. The one at work on segment `killDuring` is killed; the one at
 * work on segment `freezeAt` never answers again.
 */
async function run(seed: number, { killDuring, freezeAt }: { killDuring?: number; freezeAt?: number } = {}) {
  const begun: string[] = [];
  let frozen: string | undefined;
  const world = offChainWorld(seed, 1, {
    transcodersEach: 2,
    isFrozen(machine, seqNo) {
      if (seqNo === freezeAt) frozen ??= machine;
      return machine === frozen;
    },
    onTranscode(machine, seqNo) {
      const isFirst = begun.every((line) => !line.endsWith(` ${seqNo}`));
      begun.push(`${machine} ${seqNo}`);
      const victim = world.transcoders.find((host) => host.name === machine);
      if (seqNo === killDuring && isFirst && victim !== undefined) sim.schedule(1, "kill", () => world.kill(victim));
    },
  });
  const { sim, gateway, events } = world;
  const stored = new Map<string, Uint8Array>();
  const put = world.memory.put.bind(world.memory);
  world.memory.put = async (path, bytes, options) => {
    stored.set(path.split("/").slice(2).join("/"), bytes);
    return put(path, bytes, options);
  };
  publishStream({ sim, gateway }, { publishMs: 1000, firstMs: 2000, segmentMs, count: segmentCount });
  await sim.run(90_000);
  return { world, stored, begun, records: events.of<SegmentRecord>("segment.done") };
}

/** All segments delivered as they should be, and the gateway asked nobody twice. */
function expectWhole({ world, stored, records }: Awaited<ReturnType<typeof run>>): void {
  expect(world.sim.failures).toEqual([]);
  expect(records.map((record) => record.seqNo).sort((a, b) => a - b)).toEqual(
    Array.from({ length: segmentCount }, (_, i) => i),
  );
  expect(records.filter((record) => !record.success)).toEqual([]);
  expect(records.filter((record) => record.attempts.length > 1)).toEqual([]);
  for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
    for (const profile of worldProfiles) {
      expect(stored.get(`${profile.name}/${seqNo}.ts`)).toEqual(renditionBytes(sourceBytes(seqNo), profile.name));
    }
  }
}

describe("remote transcoders", () => {
  const seed = 5;

  it("deliver a whole stream", async () => {
    console.log(`SIM seed=${seed}`);
    const result = await run(seed);
    expectWhole(result);
    expect(result.begun).toHaveLength(segmentCount);
  });

  it("lose nothing when the one at work is killed: its segment is done by the other, and the gateway notices nothing", async () => {
    console.log(`SIM seed=${seed}`);
    const result = await run(seed, { killDuring: 5 });
    expectWhole(result);
    expect(result.begun).toHaveLength(segmentCount + 1);
  });

  it("lose nothing when the one at work freezes: the other gets its segment soon, and the session", async () => {
    console.log(`SIM seed=${seed}`);
    const result = await run(seed, { freezeAt: 5 });
    expectWhole(result);
    expect(result.begun).toHaveLength(segmentCount + 1);
    const record = result.records.find((other) => other.seqNo === 5);
    expect(record?.totalMs).toBeLessThan(1.25 * segmentMs);
    const machines = new Set(
      result.begun.filter((line) => Number(line.split(" ")[1]) > 5).map((line) => line.split(" ")[0]),
    );
    expect(machines.size).toBe(1);
  });
});
