import type { SegmentRecord } from "@livepeer-ts/execution";
import { expect, it } from "vitest";
import { offChainWorld } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const segmentCount = 40;
const brokenUntilMs = 40_000;

it("delivers again soon after orchestrators that failed for long are well again", async () => {
  const seed = 5;
  console.log(`SIM seed=${seed}`);
  let isBroken = true;
  const { sim, gateway, events } = offChainWorld(seed, 2, { isBroken: () => isBroken });
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  sim.schedule(brokenUntilMs, "mend", () => {
    isBroken = false;
  });
  await sim.run(segmentCount * segmentMs + 20_000);
  expect(sim.failures).toEqual([]);
  const records = [...events.of<SegmentRecord>("segment.done")].sort((a, b) => a.seqNo - b.seqNo);
  expect(records.map(({ seqNo }) => seqNo)).toEqual(Array.from({ length: segmentCount }, (_, i) => i));
  const firstGood = Math.ceil((brokenUntilMs - 1000) / segmentMs);
  expect(records.slice(firstGood).filter(({ success }) => !success)).toEqual([]);
  expect(records.slice(0, firstGood - 4).some(({ success }) => success)).toBe(false);
});
