import { SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient } from "@livepeer-ts/economics";
import { type NodeSigner, parseOrchestratorOptions, startOrchestrator } from "@livepeer-ts/execution";
import { testSigner } from "@livepeer-ts/execution/testing";
import { noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { type SimHost, SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { startAvailabilityCheck } from "./availability-check.ts";

const serviceUri = "https://o.test:8935";
const signer = testSigner(7);

let sim: Simulation;
let net: SimNet;
let host: SimHost;
let lines: { at: number; message: string; error: unknown }[];

beforeEach(() => {
  sim = new Simulation(1);
  net = new SimNet(sim);
  host = sim.host("o");
  lines = [];
  const keep = (message: string, fields: object = {}) =>
    void lines.push({ at: sim.now, message, error: (fields as { error?: string }).error });
  const logger = { ...silentLogger, info: keep, warn: keep };
  startAvailabilityCheck(serviceUri, { ...host, net: net.port(host), logger, signer }, host.tasks);
});

/** An orchestrator with this key answers at the service URI. */
function listen(who: NodeSigner): void {
  const role = startOrchestrator(parseOrchestratorOptions({ serviceUri }), {
    ...host,
    net: net.port(host),
    logger: silentLogger,
    metrics: noMetrics,
    signer: who,
    recipient: acceptAllPaymentRecipient,
    receipts: undefined,
    backend: undefined,
    slots: new SlotPool({ slots: 1 }),
  });
  net.mount(serviceUri, host, role.handler);
}

describe("an orchestrator that looks at itself from outside", () => {
  it("warns, less and less often, until it is reached, and then no more", async () => {
    await sim.run(10_000);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines[0]?.at).toBeGreaterThanOrEqual(2000);
    for (const { message } of lines)
      expect(message).toMatch(/^this orchestrator does not reach itself: check -serviceAddr/);
    listen(signer);
    await sim.run(400_000);
    const last = lines.pop();
    expect(last?.message).toBe("this orchestrator is reached under its service URI");
    const before = lines.length;
    await sim.run(2_000_000);
    expect(lines).toHaveLength(before);
    expect(sim.failures).toEqual([]);
  });

  it("does not take another node for itself", async () => {
    listen(testSigner(8));
    await sim.run(3000);
    expect(lines).toMatchObject([{ error: "another node answers there" }]);
  });

  it("stops with the node", async () => {
    await sim.run(1000);
    const stopped = host.tasks.stop();
    await sim.run(100_000);
    await stopped;
    expect(lines).toEqual([]);
    expect(sim.failures).toEqual([]);
  });
});
