import type { SegmentRecord } from "@livepeer-ts/execution";
import { expect, test } from "vitest";
import { offChainWorld, segmentPixels } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const segmentCount = 60;

/** Records of a stream through two orchestrators that take `workMs` for each segment. */
async function streamWith(workMs: number): Promise<SegmentRecord[]> {
  const seed = 11;
  console.log(`SIM seed=${seed} workMs=${workMs}`);
  const { sim, gateway, events } = offChainWorld(seed, 2, { pixelsPerMs: segmentPixels / workMs });
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  await sim.run(1000 + segmentCount * segmentMs + 60_000);
  expect(sim.failures).toEqual([]);
  return events.of<SegmentRecord>("segment.done");
}

test("machines that are just fast enough together lose nothing", async () => {
  const records = await streamWith(3600);
  expect(records.length).toBe(segmentCount);
  expect(records.filter((record) => !record.success)).toEqual([]);
}, 60_000);

test("machines that are too slow still deliver what they can, instead of working for deadlines that have passed", async () => {
  const workMs = 5000;
  const records = await streamWith(workMs);
  const possible = Math.floor((2 * segmentCount * segmentMs) / workMs);
  expect(records.length).toBe(segmentCount);
  expect(records.filter((record) => record.success).length).toBeGreaterThanOrEqual(0.9 * possible);
}, 60_000);
