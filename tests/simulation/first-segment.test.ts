import { expect, test } from "vitest";
import { offChainWorld, sourceBytes } from "./off-chain-world.ts";

const seed = 30;

test("orchestrators are looked for while the first segment is still coming in, and only once", async () => {
  console.log(`SIM seed=${seed}`);
  const { sim, gateway } = offChainWorld(seed, 2);
  const asked = () => sim.trace.filter((line) => line.includes("GetOrchestrator")).length;
  let stream: Awaited<ReturnType<typeof gateway.ingest.publish>> | undefined;
  sim.schedule(0, "publish", () => {
    const request = { protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" } as const;
    void gateway.ingest.publish(request).then((opened) => {
      stream = opened;
    });
  });
  await sim.run(1900);
  const before = asked();
  expect(before).toBeGreaterThan(0);
  sim.schedule(100, "source", () => {
    const segment = { seqNo: 0, bytes: sourceBytes(0), durationMs: 2000, container: "mpegts" as const };
    void stream?.segment(segment, { width: 1280, height: 720 });
  });
  await sim.run(6000);
  expect(asked()).toBe(before);
  expect(gateway.registry.output("sim")?.masterPlaylist()).toContain("sim/P240p30fps16x9.m3u8");
  expect(sim.failures).toEqual([]);
});
