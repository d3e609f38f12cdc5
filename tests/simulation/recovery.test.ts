import type { SegmentRecord } from "@livepeer-ts/execution";
import { expect, it } from "vitest";
import { offChainWorld, sourceBytes } from "./off-chain-world.ts";

const segmentMs = 2000;
const segmentCount = 40;
const brokenUntilMs = 40_000;

it("delivers again soon after orchestrators that failed for long are well again", async () => {
  const seed = 5;
  console.log(`SIM seed=${seed}`);
  let isBroken = true;
  const { sim, gateway, events } = offChainWorld(seed, 2, { isBroken: () => isBroken });
  let stream: Awaited<ReturnType<typeof gateway.ingest.publish>> | undefined;
  sim.schedule(0, "publish", () => {
    const request = { protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" } as const;
    void gateway.ingest.publish(request).then((opened) => {
      stream = opened;
    });
  });
  for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
    sim.schedule(1000 + seqNo * segmentMs, `source ${seqNo}`, () => {
      const segment = { seqNo, bytes: sourceBytes(seqNo), durationMs: segmentMs, container: "mpegts" } as const;
      void stream?.segment(segment, { width: 1280, height: 720 });
    });
  }
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
