import type { ComputeFacts } from "@livepeer-ts/compute";
import { anyPlace, type PlaceRules, type SegmentRecord, type SelectionRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { offChainWorld, sourceBytes, type WorldOptions } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const seed = 11;
const segmentMs = 2000;
const segmentCount = 6;
const megabits = (value: number): NonNullable<ComputeFacts["bandwidthBps"]> => ({
  value: value * 1e6,
  source: "operator",
  ageSec: 0,
});

/** What three orchestrators say: one in Europe, one in America on a slow line, one that says nothing. */
const said: readonly (ComputeFacts | undefined)[] = [
  { region: "eu-west", bandwidthBps: megabits(1000) },
  { region: "us-east", bandwidthBps: megabits(50) },
  undefined,
];

/** A stream of six segments with these rules. */
async function run(place: Partial<PlaceRules>, options: WorldOptions = {}, killAt?: number) {
  console.log(`SIM seed=${seed}`);
  const world = offChainWorld(seed, said.length, {
    factsOf: (index) => said[index],
    gateway: { pool: { redrawSegments: 1, place: { ...anyPlace, ...place } } },
    ...options,
  });
  const { sim, gateway, events } = world;
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  if (killAt !== undefined)
    sim.schedule(killAt, "kill", () => world.kill(world.orchestrators[0] as (typeof world.orchestrators)[number]));
  await sim.run(60_000);
  expect(sim.failures).toEqual([]);
  const selections = events.of<SelectionRecord>("segment.selection");
  return {
    records: events.of<SegmentRecord>("segment.done"),
    selections,
    chosen: new Set(selections.map((record) => record.chosen)),
    reasons: Object.fromEntries(
      (selections[0]?.candidates ?? []).map(({ uri, excludedBy }) => [uri.slice(8, 10), excludedBy]),
    ),
  };
}

describe("where work is done", () => {
  it("is anywhere by default", async () => {
    const { chosen, reasons } = await run({});
    expect(chosen.size).toBe(3);
    expect(reasons).toEqual({ o1: null, o2: null, o3: null });
  });

  it("is in a required region only, and records say why others are left out", async () => {
    const { chosen, reasons, records } = await run({ requiredRegions: ["us-east"] });
    expect([...chosen]).toEqual(["https://o2.test:8935"]);
    expect(reasons).toEqual({
      o1: "region eu-west is not a required one",
      o2: null,
      o3: "says no region, one is required",
    });
    expect(records.length).toBe(segmentCount);
    expect(records.every(({ success }) => success)).toBe(true);
  });

  it("is nowhere when nobody meets the demand", async () => {
    const { chosen, records } = await run({ requiredRegions: ["asia"] });
    expect([...chosen]).toEqual([null]);
    expect(records.some(({ success }) => success)).toBe(false);
  });

  it("is where the line is quick enough", async () => {
    const { chosen, reasons } = await run({ minBandwidthBps: 100e6 });
    expect([...chosen]).toEqual(["https://o1.test:8935"]);
    expect(reasons).toEqual({
      o1: null,
      o2: "bandwidth below the minimum",
      o3: "says no bandwidth, a least one is required",
    });
  });

  it("is in a preferred region, and elsewhere once nobody is there", async () => {
    const alive = await run({ preferredRegions: ["eu-west"] });
    expect([...alive.chosen]).toEqual(["https://o1.test:8935"]);
    expect(alive.reasons).toEqual({
      o1: null,
      o2: "outside the preferred regions",
      o3: "outside the preferred regions",
    });
    const { records, chosen } = await run({ preferredRegions: ["eu-west"] }, {}, 6500);
    expect(chosen.size).toBeGreaterThan(1);
    expect(records.filter(({ success }) => success).length).toBe(segmentCount);
  });

  it("is measured by the segments that come in", async () => {
    const measured: { sizeBytes: number; durationMs: number }[] = [];
    await run({}, { bandwidth: { add: (sizeBytes, durationMs) => measured.push({ sizeBytes, durationMs }) } });
    expect(measured.length).toBeGreaterThanOrEqual(segmentCount);
    expect(new Set(measured.map(({ sizeBytes }) => sizeBytes))).toEqual(new Set([sourceBytes(0).length]));
    expect(measured.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  });
});
