import type { SegmentRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { offChainWorld, renditionBytes, sourceBytes, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const segmentCount = 12;

/** A stream of twelve segments; the orchestrator that works at 11.3 s is killed. */
async function killRun(seed: number) {
  const world = offChainWorld(seed, 2);
  const { sim, gateway, events } = world;
  const stored = new Map<string, Uint8Array>();
  const put = world.memory.put.bind(world.memory);
  world.memory.put = async (path, bytes, options) => {
    stored.set(path.split("/").slice(2).join("/"), bytes);
    return put(path, bytes, options);
  };
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  let victim = "";
  sim.schedule(11_300, "kill", () => {
    const last = events.of<{ chosen: string | null }>("segment.selection").at(-1)?.chosen ?? "";
    const index = last.includes("o1.") ? 0 : 1;
    victim = world.orchestrators[index]?.name ?? "";
    world.kill(world.orchestrators[index] as (typeof world.orchestrators)[number]);
  });
  await sim.run(60_000);
  return { world, stored, victim, records: events.of<SegmentRecord>("segment.done") };
}

describe("simulated network", () => {
  it("loses no segment when the orchestrator at work is killed", async () => {
    const seed = 7;
    console.log(`SIM seed=${seed}`);
    const { stored, records, victim, world } = await killRun(seed);
    expect(world.sim.failures).toEqual([]);
    expect(victim).not.toBe("");
    expect(records.map((record) => record.seqNo).sort((a, b) => a - b)).toEqual(
      Array.from({ length: segmentCount }, (_, i) => i),
    );
    expect(records.filter((record) => !record.success)).toEqual([]);
    expect(records.some((record) => record.attempts.length > 1)).toBe(true);
    for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
      for (const profile of worldProfiles) {
        expect(stored.get(`${profile.name}/${seqNo}.ts`)).toEqual(renditionBytes(sourceBytes(seqNo), profile.name));
      }
    }
  });

  it("gives the same trace twice for one seed and another one for another seed", async () => {
    const first = await killRun(7);
    const second = await killRun(7);
    const other = await killRun(8);
    expect(second.world.sim.traceHash).toBe(first.world.sim.traceHash);
    expect(second.world.sim.trace).toEqual(first.world.sim.trace);
    expect(other.world.sim.traceHash).not.toBe(first.world.sim.traceHash);
  });
});
