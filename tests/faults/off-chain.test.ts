import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishClip } from "@livepeer-ts/media/adapters";
import { makeCounterClip } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { clipSize, type FaultWorld } from "./fault-world.ts";
import { describeFullDisk } from "./full-disk.ts";
import { describeIngestFaults } from "./ingest-faults.ts";
import { type GatewayProcess, OffChainNetwork } from "./off-chain-network.ts";
import { describeOrchestratorFaults } from "./orchestrator-faults.ts";
import { describePushFaults } from "./push-faults.ts";
import { RunningStream } from "./running-stream.ts";
import { SmallDisk } from "./small-disk.ts";
import { SpoilingOrchestrator } from "./spoiling-orchestrator.ts";
import { describeTranscoderFaults } from "./transcoder-faults.ts";

/** A stream without its gateway may be called active for this long. */
const activeLimitMs = 60_000;

const scratch = await mkdtemp(join(tmpdir(), "livepeer-faults-disk-"));
const disk = SmallDisk.mount(join(scratch, "disk"));
if (disk === undefined) console.warn("SKIPPED: the full-disk test mounts a small disk, which takes root");

let world: FaultWorld | undefined;
let spoiler: SpoilingOrchestrator | undefined;
/** Resolves with the ms from the death of a gateway until its stream is no longer active. */
let goneAfterMs: Promise<number>;

const theWorld = () => {
  if (world === undefined) throw new Error("the network did not start");
  return world;
};

/** Kills a gateway that carries a stream, and watches from then on what the platform says of the stream. */
async function killGatewayOnAir(network: OffChainNetwork, gateway: GatewayProcess, clip: string): Promise<number> {
  const stream = await network.createStream("its gateway dies");
  const publisher = publishClip({ clip, rtmpUrl: `${gateway.rtmpUrl}/${stream.streamKey}` });
  await until("the stream is active", async () => (await network.readStream(stream)).isActive);
  gateway.child.kill("SIGKILL");
  const killedAt = performance.now();
  expect((await publisher.exited).code).not.toBe(0);
  await until("it is not active", async () => !(await network.readStream(stream)).isActive, activeLimitMs + 10_000);
  return performance.now() - killedAt;
}

beforeAll(async () => {
  const folder = join(scratch, "media");
  const clip = join(scratch, "clip.mp4");
  await makeCounterClip({ ...clipSize, path: clip, fps: 25, seconds: 20, bitrateBps: 400_000 });
  spoiler = await SpoilingOrchestrator.start();
  const network = await OffChainNetwork.start({
    orchestrators: 2,
    transcoders: 2,
    others: [spoiler.address],
    gatewayFolders: [disk?.folder ?? join(scratch, "gateway-0"), join(scratch, "gateway-1")],
  });
  const [gateway, doomed] = network.gateways as [GatewayProcess, GatewayProcess];
  const main = new RunningStream(gateway, await network.createStream("all the time"), { clip, folder });
  world = { network, folder: scratch, clip, main, spoiler, disk };
  goneAfterMs = killGatewayOnAir(network, doomed, clip);
  goneAfterMs.catch(() => {}); // judged in the last test
  await main.goesOn();
}, 120_000);

afterAll(async () => {
  await world?.main.publisher.stop();
  await world?.network.stop();
  await spoiler?.stop();
  disk?.unmount();
  await rm(scratch, { recursive: true, force: true });
}, 60_000);

describeFullDisk(theWorld, disk !== undefined);
describeIngestFaults(theWorld);
describePushFaults(theWorld);
describeTranscoderFaults(theWorld);
describeOrchestratorFaults(theWorld);

describe("through all of this", () => {
  it("the stream that ran all the time lost nothing, and nothing was left out of its record", async () => {
    const { network, main } = theWorld();
    const { lost, gaps, segments } = await main.finish(network);
    expect({ lost, gaps }).toEqual({ lost: 0, gaps: 0 });
    expect((await network.readStream(main.stream)).sourceSegments).toBe(segments);
  }, 90_000);

  it("a stream whose gateway was killed is not active a minute later", async () => {
    expect(await goneAfterMs).toBeLessThanOrEqual(activeLimitMs);
  }, 90_000);
});
