import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { bigEndianToBigInt, type Hex, readBody, toAddress, utf8 } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import { type Devnet, devnetDeployParams } from "@livepeer-ts/protocol/deploy";
import { defineApp, runnerRecord, type ServedApp, serveApp } from "@livepeer-ts/sdk/app";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { NodeProcess } from "../support/node-process.ts";
import { putPriceFeed } from "../support/price-feed-contract.ts";
import { until } from "../support/until.ts";
import { nodeChainFlags } from "./node-chain-flags.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const root = join(import.meta.dirname, "..", "..");
const environment = join(root, ".tools", "python-client");
const isThere = existsSync(join(environment, "ready"));
if (!isThere) process.stderr.write("SKIPPED: the Python client of live runners is not installed (npm test does it)\n");

const secret = "shared";
const priceFeed = toAddress("0x00000000000000000000000000000000000feed5");
/** Expected value of a ticket; its face value is a wei more, so that practically every one wins. */
const ticketWei = 1_000_000_000_000n;
const faceValueWei = ticketWei + 1n;

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let orchestratorUrl: string;
let signerUrl: string;
let gatewayUrl: string;
/** Of a gateway whose key is at the signer. */
let remoteGatewayUrl: string;
const net = new NodeNet();
const nodes: NodeProcess[] = [];
const servers: Server[] = [];
let served: ServedApp | undefined;
let client: ChildProcess | undefined;

const chainFlags = (name: string, key: Hex) => nodeChainFlags(join(folder, name), key, anvil, devnet);

/** Winning tickets in the orchestrator's database. */
function wonCount(): number {
  const database = new DatabaseSync(join(folder, "o", "lpdb.sqlite3"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT faceValue FROM ticketQueue").all() as { faceValue: Uint8Array }[];
    for (const { faceValue } of rows) expect(bigEndianToBigInt(faceValue)).toBe(faceValueWei);
    return rows.length;
  } finally {
    database.close();
  }
}

/** Winning tickets for the offer that the last of them was for. A payment of an earlier session may still have come in. */
function lastPaymentCount(): number {
  const database = new DatabaseSync(join(folder, "o", "lpdb.sqlite3"), { readOnly: true });
  try {
    const last = "SELECT recipientRandHash FROM ticketQueue ORDER BY rowid DESC LIMIT 1";
    const row = database.prepare(`SELECT count(*) AS n FROM ticketQueue WHERE recipientRandHash = (${last})`).get();
    return Number(row?.["n"]);
  } finally {
    database.close();
  }
}

/** A request to the orchestrator, whose certificate is its own. */
async function ask(
  method: string,
  path: string,
  body = "",
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await net.request({
    method,
    url: `${orchestratorUrl}${path}`,
    header: new Headers({ authorization: secret }),
    ...(body === "" ? {} : { body: utf8(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: answer.status, text: new TextDecoder().decode(await readBody(answer.body, 1_000_000)) };
}

/** An application's URL. */
async function serve(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function heartbeat(record: Readonly<Record<string, unknown>>): Promise<void> {
  expect((await ask("POST", "/runners/heartbeat", JSON.stringify(record))).text).toContain("runner_id");
}

/** Registers an application that answers with events, for 5·10^11 wei a second; it is there for 20 seconds. */
async function offerEvents(app: string, onCall: (response: ServerResponse) => void = () => {}): Promise<void> {
  const url = await serve(
    createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      onCall(response);
    }),
  );
  await heartbeat({ runner_url: url, app, price_info: { price: 3.6, currency: "usd", unit: "hour" } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-live-runners-"));
  anvil = await startAnvil({ blockTimeSec: 0.25 });
  const { ticketBroker } = devnetDeployParams;
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway], {
    ...devnetDeployParams,
    ticketBroker: { ...ticketBroker, unlockPeriod: 1n },
  });
  await putPriceFeed(anvil.rpcUrl, priceFeed, 2000n);
  const [own, paying, signing] = await Promise.all([
    chainFlags("o", developmentKeys.orchestrators[0]),
    chainFlags("g", developmentKeys.gateway),
    chainFlags("s", developmentKeys.gateway),
  ]);
  const [port, httpPort, signerPort, remotePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  orchestratorUrl = `https://127.0.0.1:${port}`;
  [gatewayUrl, signerUrl, remoteGatewayUrl] = [
    `http://127.0.0.1:${httpPort}`,
    `http://127.0.0.1:${signerPort}`,
    `http://127.0.0.1:${remotePort}`,
  ];
  nodes.push(
    ...(await Promise.all([
      NodeProcess.start([
        ...["-orchestrator", "-orchSecret", secret, "-useLiveRunners", ...own, "-serviceAddr", `127.0.0.1:${port}`],
        ...["-pricePerUnit", "1", "-autoAdjustPrice=false", "-startupAvailabilityCheck=false", "-reward=false"],
        // tickets this small are worth redeeming only where that costs nearly nothing
        ...["-redeemGas", "1", "-ticketEV", String(ticketWei), "-maxFaceValue", String(faceValueWei)],
        ...["-priceFeedAddr", priceFeed, "-livePaymentInterval", "1s"],
      ]),
      NodeProcess.start([
        ...["-gateway", ...paying, "-orchAddr", `127.0.0.1:${port}`],
        ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
        ...["-livePaymentInterval", "2s"],
      ]),
      NodeProcess.start(["-remoteSigner", ...signing, "-httpAddr", `127.0.0.1:${signerPort}`]),
    ])),
  );
  nodes.push(
    await NodeProcess.start([
      ...["-gateway", "-remoteSignerUrl", signerUrl, "-orchAddr", `127.0.0.1:${port}`],
      ...["-httpAddr", `127.0.0.1:${remotePort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
      ...["-livePaymentInterval", "2s", "-dataDir", join(folder, "r")],
    ]),
  );
}, 120_000);

afterAll(async () => {
  client?.kill();
  await net.stop();
  await served?.stop(0);
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await Promise.all(nodes.map((node) => node.stop()));
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("other people's applications on a chain", () => {
  it.skipIf(!isThere)(
    "are paid by the published Python SDK through a remote signer, by the second and at once",
    async () => {
      const script = join(root, "tests", "clients", "python", "paid_live_client.py");
      client = spawn(join(environment, "bin", "python"), [script, orchestratorUrl, secret, signerUrl], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = createInterface({ input: client.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
      const next = async () => JSON.parse(String((await lines.next()).value)) as Record<string, unknown>;
      const begun = await next();
      expect(begun).toMatchObject({ path: "/a" });
      // ten seconds of 5·10^11 wei were paid in advance
      const first = wonCount();
      expect(first).toBeGreaterThanOrEqual(5);
      await until("the session is paid for again", () => Promise.resolve(wonCount() > first));
      const listed = JSON.parse((await ask("GET", "/discovery")).text) as {
        runners: { app: string; capacity_used: number; price_info: unknown }[];
      }[];
      const hourly = listed[0]?.runners.find(({ app }) => app === "demo/hourly");
      expect(hourly).toMatchObject({
        capacity_used: 1,
        price_info: { price: 500_000_000_000, currency: "wei", unit: "seconds" },
      });
      client.stdin?.write("\n");
      expect(await next()).toEqual({ released: false });
      client.stdin?.write("\n");
      expect(await next()).toEqual({ path: "/" });
      // 0.008 dollars are 4·10^12 wei
      expect(lastPaymentCount()).toBe(4);
    },
    60_000,
  );

  it("are paid by a gateway, for jobs of a capability that a worker has registered", async () => {
    const url = await serve(createServer((_request, response) => response.end("done")));
    const registration = JSON.stringify({ name: "cap", url, capacity: 1, price_per_unit: 20_000_000_000 });
    expect((await ask("POST", "/capability/register", registration)).text).toBe("ok");
    const before = wonCount();
    const livepeer = Buffer.from(
      JSON.stringify({ request: "{}", parameters: "{}", capability: "cap", timeout_seconds: 30 }),
    ).toString("base64");
    const job = () => fetch(`${gatewayUrl}/process/request/x`, { method: "POST", headers: { livepeer }, body: "{}" });
    const done = await job();
    expect([done.status, await done.text()]).toEqual([200, "done"]);
    // a minute in advance, 1.2·10^12 wei, is two tickets; what one second leaves of them is enough for the next job
    expect(wonCount() - before).toBe(2);
    expect(BigInt(done.headers.get("livepeer-balance") ?? "0")).toBe(2n * ticketWei - 20_000_000_000n);
    expect((await job()).status).toBe(200);
    expect(wonCount() - before).toBe(2);
  }, 60_000);

  it("are called through a gateway at a fixed price, with its own key and with a remote signer", async () => {
    const app = defineApp({
      name: "demo/fixed",
      price: { amount: "0.008", currency: "usd", per: "request" },
      inputs: {},
      run: () => ({ done: true }),
    });
    served = await serveApp(app);
    await heartbeat(runnerRecord(app, served.url, undefined));
    for (const url of [gatewayUrl, remoteGatewayUrl]) {
      const before = wonCount();
      const done = await fetch(`${url}/apps/demo%2Ffixed/app`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect([done.status, await done.text()]).toEqual([200, '{"done":true}\n']);
      // 0.008 dollars are 4·10^12 wei
      expect(done.headers.get("livepeer-fee-wei")).toBe("4000000000000");
      expect(wonCount() - before).toBe(4);
    }
  }, 30_000);

  it("are paid by a gateway for as long as a session lasts, which loses nothing", async () => {
    const hourlyWei = 500_000_000_000n;
    let stream: ServerResponse | undefined;
    await offerEvents("demo/long", (response) => {
      stream = response;
    });
    for (const gateway of [gatewayUrl, remoteGatewayUrl]) {
      const before = wonCount();
      const begun = await fetch(`${gateway}/apps/demo%2Flong/session`, { method: "POST" });
      const session = (await begun.json()) as { app_url: string; control_url: string };
      const startedAt = performance.now();
      const answer = await fetch(`${session.app_url}/events`);
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      let heard = "";
      let wanted = "";
      // four seconds were paid in advance, and an interval is two
      for (let i = 0; performance.now() - startedAt < 5000; i++) {
        const event = `data: ${i}\n\n`;
        wanted += event;
        stream?.write(event);
        while (heard.length < wanted.length) heard += Buffer.from((await reader.read()).value ?? []).toString();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(heard).toBe(wanted);
      await reader.cancel();
      const stopped = await fetch(`${session.control_url}/stop`, { method: "POST" });
      const feeWei = BigInt(stopped.headers.get("livepeer-fee-wei") ?? "0");
      const tookSec = BigInt(Math.floor((performance.now() - startedAt) / 1000));
      expect(stopped.status).toBe(204);
      // a moment of the last second may be the client's own
      expect(feeWei).toBeGreaterThanOrEqual((tookSec - 1n) * hourlyWei);
      expect(feeWei).toBeLessThanOrEqual((tookSec + 3n) * hourlyWei);
      const paidWei = BigInt(wonCount() - before) * ticketWei;
      expect(paidWei).toBeGreaterThanOrEqual(tookSec * hourlyWei);
      // what was paid in advance, and what one call of a signer keeps in reserve
      expect(paidWei).toBeLessThanOrEqual((tookSec + 3n + 4n) * hourlyWei + 2n * ticketWei);
      await until("the place is free", async () => {
        const [{ runners }] = JSON.parse((await ask("GET", "/discovery")).text) as [
          { runners: { app: string; capacity_used: number }[] },
        ];
        return runners.find(({ app }) => app === "demo/long")?.capacity_used === 0;
      });
    }
  }, 60_000);

  it("lose their session with a reason when the gateway's deposit is on its way out", async () => {
    await offerEvents("demo/poor");
    const begun = await fetch(`${gatewayUrl}/apps/demo%2Fpoor/session`, { method: "POST" });
    const session = (await begun.json()) as { app_url: string };
    const answer = await fetch(session.app_url);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let isCut = false;
    void reader.read().catch(() => {
      isCut = true;
    });
    const unlocked = await nodes[1]?.call("POST", "/unlock");
    expect([unlocked?.status, unlocked?.text]).toEqual([200, expect.any(String)]);
    // the deposit leaves one round later, and nobody else initializes rounds here
    await until("the session ends", async () => {
      await nodes[0]?.call("POST", "/initializeRound");
      return isCut;
    });
    const late = await fetch(session.app_url);
    expect([late.status, late.headers.get("livepeer-reason")]).toEqual([404, "insufficient_balance"]);
    const { error } = (await late.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("session_ended");
    expect(error.message).toContain("set to unlock soon");
    const next = await fetch(`${gatewayUrl}/apps/demo%2Fpoor/session`, { method: "POST" });
    expect(next.status).toBe(503);
    expect(await next.json()).toMatchObject({ error: { code: "payment_failed" } });
  }, 60_000);
});
