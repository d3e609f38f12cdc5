import type { SegmentRecord } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { type OffChainWorld, offChainWorld } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const seed = 57;
const segmentMs = 2000;

/** Publishes a stream of `count` segments from `startMs` on. */
function publish(world: OffChainWorld, name: string, startMs: number, count: number): void {
  publishStream(world, { name, publishMs: startMs, firstMs: startMs + 500, segmentMs, count });
}

const delivered = ({ events }: OffChainWorld, manifestId: string) =>
  events.of<SegmentRecord>("segment.done").filter((record) => record.manifestId === manifestId);

describe("a node that drains", () => {
  it("as an orchestrator keeps the sessions it has, and takes new ones when it drains no more", async () => {
    console.log(`SIM seed=${seed}`);
    const world = offChainWorld(seed, 1);
    const [role] = world.orchestratorRoles;
    const drain = (refuses: boolean) => () => {
      if (role !== undefined) role.sessions.refusesNew = refuses;
    };
    publish(world, "before", 0, 10);
    world.sim.schedule(6000, "drain", drain(true));
    publish(world, "meanwhile", 7000, 2);
    world.sim.schedule(20_000, "undrain", drain(false));
    publish(world, "after", 21_000, 3);
    await world.sim.run(60_000);
    expect(world.sim.failures).toEqual([]);
    const outcomes = ["before", "meanwhile", "after"].map((name) =>
      delivered(world, name).map(({ success }) => success),
    );
    expect(outcomes).toEqual([Array(10).fill(true), Array(2).fill(false), Array(3).fill(true)]);
  });

  it("as an orchestrator that is about to end sends gateways elsewhere, and no segment is lost", async () => {
    const world = offChainWorld(seed, 2, { gateway: { pool: { redrawSegments: 0 } } });
    publish(world, "sim", 0, 10);
    let ending: OffChainWorld["orchestratorRoles"][number] | undefined;
    world.sim.schedule(7000, "end", () => {
      ending = world.orchestratorRoles.find(({ sessions }) => sessions.size === 1);
      if (ending !== undefined) ending.sessions.refusesAll = true;
    });
    await world.sim.run(40_000);
    expect(ending?.sessions.queuedCount).toBe(0);
    const records = delivered(world, "sim");
    expect(records.map(({ success }) => success)).toEqual(Array(10).fill(true));
    expect(new Set(records.slice(-3).map(({ uri }) => uri)).size).toBe(1);
    expect(records.at(-1)?.uri).not.toBe(records[0]?.uri);
  });

  it("as a transcoder leaves its sessions to another one, comes back, and comes with another capacity", async () => {
    const begun: string[] = [];
    const world = offChainWorld(seed, 1, {
      transcodersEach: 2,
      onTranscode: (machine, seqNo) => void begun.push(`${machine} ${seqNo}`),
    });
    const [pool] = world.orchestratorRoles;
    publish(world, "sim", 1000, 10);
    let busy = -1;
    world.sim.schedule(6000, "leave", () => {
      busy = begun.at(-1)?.startsWith("o1t1") ? 0 : 1;
      world.transcoderRoles[busy]?.setAway(true);
    });
    let whileAway: number | undefined;
    world.sim.schedule(14_000, "look", () => {
      whileAway = pool?.transcoders?.peers.length;
    });
    world.sim.schedule(15_000, "come back", () => {
      world.transcoderRoles[busy]?.setAway(false);
      world.transcoderRoles[busy]?.setCapacity(7);
    });
    await world.sim.run(40_000);
    expect(world.sim.failures).toEqual([]);
    expect(delivered(world, "sim").map(({ success }) => success)).toEqual(Array(10).fill(true));
    expect(whileAway).toBe(1);
    expect(pool?.transcoders?.peers.map(({ capacity }) => capacity).sort()).toEqual([2, 7]);
    // every segment was worked on once: none was under way when it left
    expect(begun.length).toBe(10);
    expect(begun.slice(4, 9).filter((line) => line.startsWith(`o1t${busy + 1}`))).toEqual([]);
  });

  it("as a gateway refuses new streams with what to do, and goes on with the ones it has", async () => {
    const world = offChainWorld(seed, 1);
    publish(world, "sim", 0, 6);
    let refusal = "";
    world.sim.schedule(5000, "drain", () => {
      world.gateway.registry.refusesNew = true;
      void world.gateway.ingest
        .publish({ protocol: "rtmp", url: "rtmp://g1.test/live/late", clientAddress: "10.0.0.9" })
        .catch((error: Error) => {
          refusal = error.message;
        });
    });
    await world.sim.run(30_000);
    expect(refusal).toMatch(/takes no new streams.*\/undrain/);
    expect(delivered(world, "sim").map(({ success }) => success)).toEqual(Array(6).fill(true));
  });
});
