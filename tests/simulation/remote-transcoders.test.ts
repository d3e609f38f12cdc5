import type { SegmentRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { offChainWorld, renditionBytes, sourceBytes, worldProfiles } from "./off-chain-world.ts";

const segmentMs = 2000;
const segmentCount = 12;

/** A stream of twelve segments over one orchestrator with two transcoders; `killDuring`: the one at work on this segment is killed. */
async function run(seed: number, killDuring?: number) {
  const begun: string[] = [];
  const world = offChainWorld(seed, 1, {
    transcodersEach: 2,
    onTranscode(machine, seqNo) {
      const isFirst = begun.every((line) => !line.endsWith(` ${seqNo}`));
      begun.push(`${machine} ${seqNo}`);
      const victim = world.transcoders.find((host) => host.name === machine);
      if (seqNo === killDuring && isFirst && victim !== undefined) sim.schedule(1, "kill", () => world.kill(victim));
    },
  });
  const { sim, gateway, events } = world;
  const stored = new Map<string, Uint8Array>();
  const put = world.blobs.put.bind(world.blobs);
  world.blobs.put = async (path, bytes, type) => {
    stored.set(path.split("/").slice(2).join("/"), bytes);
    return put(path, bytes, type);
  };
  let stream: Awaited<ReturnType<typeof gateway.ingest.publish>> | undefined;
  sim.schedule(1000, "publish", () => {
    void gateway.ingest
      .publish({ protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" })
      .then((opened) => {
        stream = opened;
      });
  });
  for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
    sim.schedule(2000 + seqNo * segmentMs, `source ${seqNo}`, () => {
      void stream?.segment(
        { seqNo, bytes: sourceBytes(seqNo), durationMs: segmentMs, container: "mpegts" },
        { width: 1280, height: 720 },
      );
    });
  }
  await sim.run(90_000);
  return { world, stored, begun, records: events.of<SegmentRecord>("segment.done") };
}

describe("remote transcoders", () => {
  it("deliver a whole stream, and lose nothing when the one at work is killed", async () => {
    const seed = 5;
    console.log(`SIM seed=${seed}`);
    for (const killDuring of [undefined, 5]) {
      const { world, stored, begun, records } = await run(seed, killDuring);
      expect(world.sim.failures).toEqual([]);
      expect(records.map((record) => record.seqNo).sort((a, b) => a - b)).toEqual(
        Array.from({ length: segmentCount }, (_, i) => i),
      );
      expect(records.filter((record) => !record.success)).toEqual([]);
      expect(begun).toHaveLength(killDuring === undefined ? segmentCount : segmentCount + 1);
      // the orchestrator gives the segment to its other transcoder: the gateway notices nothing
      expect(records.filter((record) => record.attempts.length > 1)).toEqual([]);
      for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
        for (const profile of worldProfiles) {
          expect(stored.get(`${profile.name}/${seqNo}.ts`)).toEqual(renditionBytes(sourceBytes(seqNo), profile.name));
        }
      }
    }
  });
});
