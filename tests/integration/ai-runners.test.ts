import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { runnerCommand } from "@livepeer-ts/compute/testing";
import { bigEndianToBigInt, type Hex, toAddress } from "@livepeer-ts/kernel";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import type { Devnet } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { NodeProcess } from "../support/node-process.ts";
import { putPriceFeed } from "../support/price-feed-contract.ts";
import { until } from "../support/until.ts";
import { nodeChainFlags } from "./node-chain-flags.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const livepeerMain = join(import.meta.dirname, "..", "..", "node", "src", "main.ts");
const secret = "shared";
const priceFeed = toAddress("0x00000000000000000000000000000000000feed5");
const dollarsPerEther = 2000n;
/** Expected value of a ticket; its face value is a wei more, so that practically every one wins. */
const ticketWei = 1_000_000_000_000n;
const faceValueWei = ticketWei + 1n;
const [weiModel, dollarModel] = ["stub/wei", "stub/dollar"];
/** 64×64 pixels in one picture. */
const units = 4096n;

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let orchestrator: NodeProcess;
let gateway: NodeProcess;
let gatewayUrl: string;
let orchestratorPort: number;
const workers: NodeProcess[] = [];

const chainFlags = (name: string, key: Hex) => nodeChainFlags(join(folder, name), key, anvil, devnet);

/** A worker with one runner of each model; each has a file for its jobs, and holds them while a file of its own is there. */
function startWorker(name: string): Promise<NodeProcess> {
  const model = (model_id: string) => ({
    ...{ pipeline: "text-to-image", model_id, warm: true, command: runnerCommand },
    optimization_flags: { RUNNER_CALLS: callsOf(name), RUNNER_HOLD: holdOf(name) },
  });
  return NodeProcess.start([
    ...["-aiWorker", "-orchAddr", `127.0.0.1:${orchestratorPort}`, "-orchSecret", secret],
    ...["-dataDir", join(folder, name), "-aiModels", JSON.stringify([model(weiModel), model(dollarModel)])],
  ]);
}

const callsOf = (worker: string) => join(folder, `${worker}.calls`);
const holdOf = (worker: string) => join(folder, `${worker}.hold`);

/** Process ids of the runners that did a worker's jobs, in order. */
async function calls(worker: string): Promise<readonly number[]> {
  const text = await readFile(callsOf(worker), "utf8").catch(() => "");
  return text.trim().split("\n").filter(Boolean).map(Number);
}

type Status = {
  readonly RegisteredAIWorkersNumber?: number;
  readonly AIOffers?: readonly { readonly Warm: boolean; readonly Capacity: number }[];
  readonly AIModels?: readonly { readonly ModelID: string; readonly State: string; readonly Problem: string }[];
};
const status = async (node: NodeProcess) => JSON.parse((await node.call("GET", "/status")).text) as Status;

async function untilReady(worker: NodeProcess): Promise<void> {
  await until("the worker's runners are ready", async () => {
    const { AIModels = [] } = await status(worker);
    return AIModels.length === 2 && AIModels.every(({ State }) => State === "ready");
  });
}

async function untilOffered(workerCount: number): Promise<void> {
  await until("the orchestrator offers both models of all workers", async () => {
    const { AIOffers = [] } = await status(orchestrator);
    return AIOffers.length === 2 && AIOffers.every(({ Warm, Capacity }) => Warm && Capacity === workerCount);
  });
}

type Picture = { readonly status: number; readonly text: string; readonly requestId: string };

async function picture(modelId: string): Promise<Picture> {
  const answer = await fetch(`${gatewayUrl}/text-to-image`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt: "a stub", model_id: modelId, width: 64, height: 64 }),
  });
  const requestId = answer.headers.get("livepeer-request-id") ?? "";
  return { status: answer.status, text: await answer.text(), requestId };
}

/** What `livepeer explain` says of a job with so many winners; records come a little after the answer. */
async function explained(requestId: string, winners: bigint): Promise<string> {
  const folders = ["g", "o"].flatMap((name) => ["--data-dir", join(folder, name)]);
  const args = [livepeerMain, "explain", "job", requestId, ...folders];
  let said = "";
  await until(`job ${requestId} and ${winners} winners are recorded`, async () => {
    said = (await promisify(execFile)(process.execPath, args).catch(() => ({ stdout: "" }))).stdout;
    return said.includes(`job ${requestId}: `) && said.match(/ticket 0x\w+ won /g)?.length === Number(winners);
  });
  return said;
}

/** Face values of the winning tickets in the orchestrator's database, wei. */
function won(): bigint {
  const database = new DatabaseSync(join(folder, "o", "lpdb.sqlite3"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT faceValue FROM ticketQueue").all() as { faceValue: Uint8Array }[];
    return rows.reduce((sum, { faceValue }) => sum + bigEndianToBigInt(faceValue), 0n);
  } finally {
    database.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-ai-runners-"));
  anvil = await startAnvil({ blockTimeSec: 1 });
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway]);
  await putPriceFeed(anvil.rpcUrl, priceFeed, dollarsPerEther);
  const [own, paying] = await Promise.all([
    chainFlags("o", developmentKeys.orchestrators[0]),
    chainFlags("g", developmentKeys.gateway),
  ]);
  orchestratorPort = await freePort();
  const prices = [
    { pipeline: "text-to-image", model_id: weiModel, warm: true, price_per_unit: 1_000_000_000 },
    // 1.5e-9 ether
    { pipeline: "text-to-image", model_id: dollarModel, warm: true, price_per_unit: "3e-6USD" },
  ];
  const httpPort = await freePort();
  gatewayUrl = `http://127.0.0.1:${httpPort}`;
  [orchestrator, gateway] = await Promise.all([
    NodeProcess.start([
      ...["-orchestrator", "-orchSecret", secret, ...own, "-serviceAddr", `127.0.0.1:${orchestratorPort}`],
      ...["-pricePerUnit", "1", "-autoAdjustPrice=false", "-startupAvailabilityCheck=false", "-reward=false"],
      // tickets this small are worth redeeming only where that costs nearly nothing
      ...["-redeemGas", "1", "-ticketEV", String(ticketWei), "-maxFaceValue", String(faceValueWei)],
      ...["-priceFeedAddr", priceFeed, "-aiModels", JSON.stringify(prices)],
    ]),
    NodeProcess.start([
      ...["-gateway", ...paying, "-orchAddr", `127.0.0.1:${orchestratorPort}`],
      ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]),
  ]);
  workers.push(await startWorker("first"));
}, 120_000);

afterAll(async () => {
  await Promise.all([...workers, orchestrator, gateway].map((node) => node?.stop()));
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("a worker with runners of its own", () => {
  it("does jobs that are paid at the price of each model, in wei and in dollars", async () => {
    await untilReady(workers[0] as NodeProcess);
    await untilOffered(1);
    expect((await status(orchestrator)).RegisteredAIWorkersNumber).toBe(1);
    let before = won();
    expect(before).toBe(0n);
    for (const [modelId, weiPerUnit] of [
      [weiModel, 1_000_000_000n],
      [dollarModel, 1_500_000_000n],
    ] as const) {
      const answer = await picture(modelId);
      expect(answer, gateway.log).toMatchObject({ status: 200 });
      const [image] = (JSON.parse(answer.text) as { images: { url: string }[] }).images;
      const bytes = await fetch(new URL(image?.url ?? "", gatewayUrl)).then((found) => found.arrayBuffer());
      expect(Buffer.from(bytes).subarray(1, 4).toString()).toBe("PNG");
      const fee = units * weiPerUnit;
      // whole tickets: what is over is credit
      const tickets = (fee + ticketWei - 1n) / ticketWei;
      expect(won() - before).toBe(tickets * faceValueWei);
      const said = await explained(answer.requestId, tickets);
      expect(said).toMatch(/job \w+: done by /);
      expect(said).toContain(`price      ${fee} wei for ${units} units`);
      before = won();
    }
    const { text } = await gateway.call("GET", "/getNetworkCapabilities");
    const [{ capabilities_prices: offered }] = (
      JSON.parse(text) as { orchestrators: [{ capabilities_prices: unknown[] }] }
    ).orchestrators;
    expect(offered).toEqual([
      { pricePerUnit: 1_000_000_000, pixelsPerUnit: 1, capability: 27, constraint: weiModel },
      { pricePerUnit: 1_500_000_000, pixelsPerUnit: 1, capability: 27, constraint: dollarModel },
    ]);
    const pools = JSON.parse((await gateway.call("GET", "/getAISessionPoolsInfo")).text) as Record<string, object>;
    expect(pools[`27_${weiModel}`]).toMatchObject({
      warm: { size: 1, in_use: 0, orchestrators: [{ url: `https://127.0.0.1:${orchestratorPort}`, in_flight: 0 }] },
      cold: { size: 0 },
      suspended: { current_count: 0 },
    });
  });

  it("starts a runner again that was killed", async () => {
    const [killed] = await calls("first");
    if (killed === undefined) throw new Error("no runner has done a job");
    process.kill(killed, "SIGKILL");
    await until("the runner's end is seen", async () => {
      const { AIModels = [] } = await status(workers[0] as NodeProcess);
      return AIModels.some(({ Problem }) => Problem.includes("SIGKILL"));
    });
    await untilReady(workers[0] as NodeProcess);
    await untilOffered(1);
    expect((await picture(weiModel)).status).toBe(200);
    const after = (await calls("first")).at(-1);
    expect(after).not.toBe(killed);
  });

  it("loses its job to another worker when its process dies, and ends what it left at the next start", async () => {
    workers.push(await startWorker("second"));
    await untilReady(workers[1] as NodeProcess);
    await untilOffered(2);
    const before = { first: (await calls("first")).length, second: (await calls("second")).length };
    await Promise.all(["first", "second"].map((name) => writeFile(holdOf(name), "")));
    const job = picture(weiModel);
    const isAt = async (name: "first" | "second") => (await calls(name)).length > before[name];
    await until("a runner has the job", async () => (await isAt("first")) || (await isAt("second")));
    const [loser, other] = (await isAt("first")) ? (["first", "second"] as const) : (["second", "first"] as const);
    const index = loser === "first" ? 0 : 1;
    (workers[index] as NodeProcess).kill("SIGKILL");
    await (workers[index] as NodeProcess).ended;
    await rm(holdOf(other));
    expect(await job).toMatchObject({ status: 200 });
    expect(await calls(other)).toHaveLength(before[other] + 1);

    const left = (await calls(loser)).at(-1);
    if (left === undefined) throw new Error("no runner has done a job");
    expect(isAlive(left)).toBe(true);
    workers[index] = await startWorker(loser);
    await untilReady(workers[index] as NodeProcess);
    expect(isAlive(left)).toBe(false);
    // and nothing is left of those that end in order
    await rm(holdOf(loser));
    await untilOffered(2);
    expect(await (workers[index] as NodeProcess).stop()).toBe(0);
    expect((await picture(dollarModel)).status).toBe(200);

    // without anybody to do it the job fails, and what it cost is not hidden
    await writeFile(holdOf(other), "");
    const [count, paid] = [(await calls(other)).length, won()];
    const lost = picture(dollarModel);
    await until("the last runner has the job", async () => (await calls(other)).length > count);
    (workers[1 - index] as NodeProcess).kill("SIGKILL");
    const { status: answered, requestId } = await lost;
    expect(answered).toBeGreaterThanOrEqual(500);
    const tickets = (won() - paid) / faceValueWei;
    expect(tickets).toBeGreaterThan(0n);
    const said = await explained(requestId, tickets);
    expect(said).toMatch(/job \w+: FAILED after /);
    expect(said).toContain(`${tickets} tickets worth`);
    // what it left behind ends with its next start
    workers[1 - index] = await startWorker(other);
    await untilReady(workers[1 - index] as NodeProcess);
  });
});
