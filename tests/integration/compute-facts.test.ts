import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { offChainSigner } from "@livepeer-ts/economics";
import { computeFactsOf, OrchestratorClient } from "@livepeer-ts/execution";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess } from "../support/node-process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-facts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What an orchestrator with these flags tells a gateway. */
async function toldBy(...flags: string[]) {
  const service = `127.0.0.1:${await freePort()}`;
  const net = new NodeNet();
  const common = [
    "-serviceAddr",
    service,
    "-dataDir",
    join(folder, service.replace(":", "-")),
    "-cliAddr",
    "127.0.0.1:0",
  ];
  const node = await NodeProcess.start(["-orchestrator", "-transcoder", ...common, ...flags]);
  try {
    const client = new OrchestratorClient({ net, clock: systemClock(), signer: offChainSigner });
    const signal = AbortSignal.timeout(10_000);
    return await client.getInfo(`https://${service}`, undefined, {
      ignoreCapacityCheck: true,
      timeoutMs: 8000,
      signal,
    });
  } finally {
    await net.stop();
    await node.stop();
  }
}

it("an orchestrator tells what its flags say, over the real protocol", async () => {
  const facts = computeFactsOf(await toldBy("-nodeRegion", "eu-west", "-nodePower", "450", "-advertiseCompute"));
  expect(facts).toMatchObject({ region: "eu-west", powerWatts: { value: 450, source: "operator", ageSec: 0 } });
  expect(facts?.hardware).toMatchObject({ cpuCount: cpus().length });
  expect(facts?.bandwidthBps).toBeUndefined(); // nothing came in yet
});

it("and tells nothing without them", async () => {
  const info = await toldBy();
  expect(info.transcoder).not.toBe("");
  expect(info.$unknown ?? []).toEqual([]);
});
