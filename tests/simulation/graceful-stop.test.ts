import type { SegmentRecord } from "@livepeer-ts/execution";
import { expect, test } from "vitest";
import { offChainWorld, segmentPixels, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const seed = 31;

/** Records of a stream whose gateway is stopped while its last segment has been under way for half its time. */
async function stopMidway(graceMs: number) {
  console.log(`SIM seed=${seed} graceMs=${graceMs}`);
  const { sim, gateway, events, memory } = offChainWorld(seed, 1, { pixelsPerMs: segmentPixels / 1200 });
  publishStream({ sim, gateway }, { count: 3 });
  let refusal = "";
  let stoppedAt = 0;
  sim.schedule(5600, "stop", () => {
    void gateway.stop(graceMs).then(() => {
      stoppedAt = sim.host("watch").clock.mono();
    });
    const request = { protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" } as const;
    void gateway.ingest.publish(request).catch((error: Error) => {
      refusal = error.message;
    });
  });
  let last: Uint8Array | undefined;
  const put = memory.put.bind(memory);
  memory.put = async (path, bytes, options) => {
    if (path.endsWith(`${worldProfiles[0]?.name}/2.ts`)) last = bytes;
    return put(path, bytes, options);
  };
  await sim.run(60_000);
  expect(sim.failures).toEqual([]);
  expect(refusal).toContain("is stopping");
  return { records: events.of<SegmentRecord>("segment.done"), last, stoppedAt };
}

test("a gateway that is stopped delivers what it had taken over, takes nothing more, and does not wait for ever", async () => {
  const graceful = await stopMidway(5000);
  expect(graceful.records.map((record) => [record.seqNo, record.success])).toEqual([
    [0, true],
    [1, true],
    [2, true],
  ]);
  expect(graceful.last).toBeDefined();
  expect(graceful.stoppedAt).toBeLessThan(5600 + 2000);
  const hasty = await stopMidway(50);
  expect(hasty.records.filter((record) => record.success).map((record) => record.seqNo)).toEqual([0, 1]);
});
