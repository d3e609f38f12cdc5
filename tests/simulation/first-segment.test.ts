import { type AccessGrant, openAccess } from "@livepeer-ts/execution";
import type { LpError } from "@livepeer-ts/kernel";
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

test("defect 3: a stream that was published under a key is pulled with that key only, also when the access check names it", async () => {
  const pulls = async (publishUrl: string, grant: Partial<AccessGrant>, urls: readonly string[]) => {
    const access = {
      check: async (url: string, signal: AbortSignal) => ({ ...(await openAccess.check(url, signal)), ...grant }),
    };
    const { sim, gateway } = offChainWorld(seed, 1, { access });
    const results: string[] = [];
    sim.schedule(0, "publish and pull", () => {
      const run = async () => {
        await gateway.ingest.publish({ protocol: "rtmp", url: publishUrl, clientAddress: "10.0.0.9" });
        for (const url of urls) {
          const pulled = gateway.ingest.pull?.({ url: `rtmp://g1.test/${url}`, clientAddress: "10.0.0.9" });
          results.push(await Promise.resolve(pulled).then(String, (error: LpError) => error.code));
        }
      };
      void run();
    });
    await sim.run(1000);
    expect(results).toHaveLength(urls.length);
    return results;
  };
  const no = "no_such_stream";
  const withKey = ["movie/sec/ret", "stream/movie/sec/ret?x=1", "movie/other", "movie", "other/sec/ret"];
  expect(await pulls("rtmp://g1.test/live/movie/sec/ret", {}, withKey)).toEqual(["movie", "movie", no, no, no]);
  expect(await pulls("rtmp://g1.test/live/movie", {}, ["live/movie", "movie/any"])).toEqual(["movie", "movie"]);
  const named = ["inner", "inner/k", "inner/own"];
  expect(await pulls("rtmp://g1.test/live/x/k", { manifestId: "inner" }, named)).toEqual([no, no, no]);
  expect(await pulls("rtmp://g1.test/live/x/k", { manifestId: "inner", streamKey: "own" }, named)).toEqual([
    no,
    no,
    "inner",
  ]);
});
