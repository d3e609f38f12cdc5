import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeContainer, runnerCommand } from "@livepeer-ts/compute/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examine, readDoctorFlags } from "../../node/src/doctor/doctor.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess } from "../support/node-process.ts";
import { until } from "../support/until.ts";

let folder: string;
let machine: NodeProcess;
let gateway: NodeProcess;
let gatewayUrl: string;
let address: FakeContainer;
let models: readonly object[];
const calls = () => join(folder, "calls");
const hold = () => join(folder, "hold");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-ai-machine-"));
  const runnerPort = await freePort();
  const pipeline = "text-to-image";
  address = new FakeContainer({ PIPELINE: pipeline, MODEL_ID: "stub/there", AUTH_TOKEN: "known" }, runnerPort);
  const settings = { RUNNER_CALLS: calls(), RUNNER_HOLD: hold() };
  models = [
    { pipeline, model_id: "stub/warm", warm: true, command: runnerCommand, optimization_flags: settings },
    { pipeline, model_id: "stub/cold", command: runnerCommand, optimization_flags: settings },
    { pipeline, model_id: "stub/there", url: `http://127.0.0.1:${runnerPort}`, token: "known", capacity: 2 },
  ];
  const port = await freePort();
  const httpPort = await freePort();
  gatewayUrl = `http://127.0.0.1:${httpPort}`;
  [machine, gateway] = await Promise.all([
    NodeProcess.start([
      ...["-orchestrator", "-transcoder", "-aiWorker", "-aiModels", JSON.stringify(models), "-monitor"],
      ...["-serviceAddr", `127.0.0.1:${port}`, "-dataDir", join(folder, "o"), "-startupAvailabilityCheck=false"],
      // two places on a processor: one for the warm runner, one for the other
      ...["-drainTimeout", "1m", "-aiRunnerContainersPerGPU", "2"],
    ]),
    NodeProcess.start([
      ...["-gateway", "-orchAddr", `127.0.0.1:${port}`, "-dataDir", join(folder, "g")],
      ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([machine, gateway].map((node) => node?.stop()));
  await address?.stop(0);
  await rm(folder, { recursive: true, force: true });
});

async function picture(modelId: string): Promise<number> {
  const answer = await fetch(`${gatewayUrl}/text-to-image`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "a stub", model_id: modelId, width: 64, height: 64 }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

type Model = { readonly ModelID: string; readonly State: string; readonly InUse: number };
const modelsOf = async (node: NodeProcess) =>
  (JSON.parse((await node.call("GET", "/status")).text) as { AIModels: readonly Model[] }).AIModels;

async function doneJobs(): Promise<readonly number[]> {
  const text = await readFile(calls(), "utf8").catch(() => "");
  return text.trim().split("\n").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("an orchestrator with runners beside its transcoder", () => {
  it("does jobs on warm models, on cold ones that it starts for them, and at addresses", async () => {
    await until("the warm model and the address are ready", async () => {
      const states = (await modelsOf(machine)).map(({ State }) => State);
      return states.join() === "ready,cold,ready";
    });
    expect(await picture("stub/warm")).toBe(200);
    expect(await picture("stub/there")).toBe(200);
    expect(await picture("stub/cold")).toBe(200);
    expect((await modelsOf(machine)).map(({ State, InUse }) => [State, InUse])).toEqual([
      ["ready", 0],
      ["ready", 0],
      ["ready", 0],
    ]);
    const [warm, cold] = await doneJobs();
    expect(warm).not.toBe(cold);
    expect((await machine.call("GET", "/readyz")).status).toBe(200);
    const { text } = await machine.call("GET", "/metrics");
    expect(text).toMatch(/^livepeer_ai_container_idle\{[^}]*model_name="stub\/cold"[^}]*\} 1$/m);
    expect(text).toMatch(/^livepeer_ai_gpus_idle\{[^}]*model_name="stub\/warm"[^}]*\} 0$/m);
  });

  it("is told by the doctor what of its models cannot be run", async () => {
    const pipeline = "text-to-image";
    const bad = [
      { pipeline, model_id: "a", command: ["no-such-runner"] },
      { pipeline, model_id: "b", url: `http://127.0.0.1:${await freePort()}` },
      { pipeline, model_id: "c" },
      { ...models[2], token: "another" },
      { pipeline, model_id: "d", driver: "kubernetes" },
    ];
    const kept = process.env["DOCKER_HOST"];
    process.env["DOCKER_HOST"] = "unix:///nowhere/docker.sock";
    try {
      const args = ["-aiWorker", "-orchSecret", "s", "-orchAddr", "127.0.0.1:1", "-aiModels", JSON.stringify(bad)];
      const { checks } = await examine(readDoctorFlags([...args, "-dataDir", join(folder, "d")], {}));
      const found = checks.find(({ check }) => check === "runners")?.findings ?? [];
      expect(found.map(({ code }) => code).sort()).toEqual([
        "no_cluster",
        "no_container_engine",
        "runner_program_missing",
        "runner_refuses",
        "runner_unreachable",
      ]);
      expect(JSON.stringify(found)).not.toContain("another");
    } finally {
      if (kept === undefined) delete process.env["DOCKER_HOST"];
      else process.env["DOCKER_HOST"] = kept;
    }
  });

  it("is not ready while a warm model is not there, and says why", async () => {
    const broken = [{ pipeline: "llm", model_id: "m", warm: true, command: ["no-such-runner"] }];
    const node = await NodeProcess.start([
      ...["-orchestrator", "-aiModels", JSON.stringify(broken), "-serviceAddr", `127.0.0.1:${await freePort()}`],
      ...["-dataDir", join(folder, "broken"), "-startupAvailabilityCheck=false"],
    ]);
    try {
      let text = "";
      await until("the start has failed", async () => {
        text = (await node.call("GET", "/readyz")).text;
        return text.includes("no-such-runner");
      });
      expect(JSON.parse(text)).toMatchObject({
        ready: false,
        reasons: [
          {
            code: "runner_not_ready",
            sentence: expect.stringContaining("The model m of llm is not ready: there is no program no-such-runner"),
          },
        ],
      });
    } finally {
      await node.stop();
    }
  });

  it("finishes what runs when it is told to end, takes nothing new, and leaves no runner", async () => {
    const before = (await doneJobs()).length;
    await writeFile(hold(), "");
    const job = picture("stub/warm");
    await until("the runner has the job", async () => (await doneJobs()).length > before);
    const stopped = machine.stop();
    await until("nothing new is taken", async () =>
      (await machine.call("GET", "/status")).text.includes('"Draining":true'),
    );
    expect((await machine.call("GET", "/status")).text).not.toContain("AIOffers");
    await rm(hold());
    expect(await job).toBe(200);
    expect(await stopped).toBe(0);
    const runners = [...new Set(await doneJobs())];
    expect(runners).toHaveLength(2);
    expect(runners.map(isAlive)).toEqual([false, false]);
    expect(address.code).toBeUndefined();
  });
});
