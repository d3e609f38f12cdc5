import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  checksumAddress,
  fromHex,
  type Hex,
  hashSegment,
  maxUint256,
  privateKeyToAddress,
  rational,
  toAddress,
} from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { presetProfiles } from "@livepeer-ts/media";
import { createRemuxBackend } from "@livepeer-ts/media/testing";
import { contractEvent, parseLogs } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { type Devnet, setIntervalMining } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { sampleSum } from "../metrics/exposition.ts";
import { connectionOwners, isAlive } from "../support/connection-owners.ts";
import { NodeProcess, remuxNode } from "../support/node-process.ts";
import { until } from "../support/until.ts";
import { media, type OpenSession, SegmentClient } from "./segment-client.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const password = "a password";
const [orchestratorKey] = developmentKeys.orchestrators;
const identity = privateKeyToAddress(fromHex(orchestratorKey));
const account = privateKeyToAddress(fromHex(developmentKeys.gateway));
const pricePerPixel = 1000n;
const small = presetProfiles("P240p30fps16x9");
/** A second or so of work, see `REMUX_MEGAPIXEL_MS`. */
const large = presetProfiles("P720p60fps16x9");
/** Ten times that, as many outputs as an engine takes: more work than any test waits for. */
const endless = Array.from({ length: 10 }, (_, i) => ({ ...(large[0] as (typeof large)[number]), name: `p${i}` }));

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let port: number;
let orchestrator: NodeProcess;
/** Fee of one small segment, wei. */
let feeWei: bigint;
let ticketEvWei: bigint;
let faceValueWei: bigint;
const clients: SegmentClient[] = [];
const nodes: NodeProcess[] = [];

type Core = { readonly Number: number; readonly Pid: number; readonly Segments: number };
const coresOf = async (node: NodeProcess): Promise<readonly Core[]> =>
  JSON.parse((await node.call("GET", "/status")).text).Cores;
const pidsOf = async (node: NodeProcess) => (await coresOf(node)).map(({ Pid }) => Pid);
const metric = async (name: string) => sampleSum((await orchestrator.call("GET", "/metrics")).text, name) ?? 0;
const rpc = (method: string, ...params: unknown[]) => devnet.chain.session.rpc(method, params);
const head = async () => BigInt((await rpc("eth_blockNumber")) as string);

async function onChain(name: string, key: Hex): Promise<string[]> {
  const data = join(folder, name);
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const chain = ["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller];
  const common = ["-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2", "-monitor"];
  return [...chain, ...common, "-cliAddr", "127.0.0.1:0"];
}

type Winner = { readonly sender: string; readonly sig: string; readonly rand: string };

function winners(): readonly Winner[] {
  const db = new DatabaseSync(join(folder, "orchestrator", "lpdb.sqlite3"), { readOnly: true });
  try {
    const rows = db.prepare("SELECT sender, hex(sig) AS sig, hex(recipientRand) AS rand FROM ticketQueue").all();
    return rows as Winner[];
  } finally {
    db.close();
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-core-test-"));
  port = await freePort();
  const { renditions } = await createRemuxBackend().transcode(
    { sessionId: "s", segment: media, profiles: small },
    new AbortController().signal,
  );
  feeWei = BigInt(renditions[0]?.pixelCount ?? 0) * pricePerPixel;
  // two tickets pay five segments, and not by as little as a wei more than that
  ticketEvWei = 4n * feeWei + 1n;
  faceValueWei = ticketEvWei + 1n;
  anvil = await startAnvil({ blockTimeSec: 0.25 });
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway]);
  await setIntervalMining(devnet.chain.session, 1);
  orchestrator = await NodeProcess.start(
    [
      ...(await onChain("orchestrator", orchestratorKey)),
      ...["-orchestrator", "-transcoder", "-cores", "2", "-serviceAddr", `127.0.0.1:${port}`, "-maxSessions", "100"],
      ...["-startupAvailabilityCheck=false", "-autoAdjustPrice=false", "-pricePerUnit", String(pricePerPixel)],
      ...["-ticketEV", String(ticketEvWei), "-maxFaceValue", String(faceValueWei)],
      ...["-initializeRound", "-initializeRoundMaxDelay", "0s"],
    ],
    { REMUX_MEGAPIXEL_MS: "10" },
    remuxNode,
  );
  nodes.push(orchestrator);
}, 90_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.stop()));
  await Promise.all(nodes.map((node) => node.stop()));
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

type PlacedClient = { readonly client: SegmentClient; readonly session: OpenSession; readonly pid: number };

/** A client whose one connection is with a process; which one says the system. */
async function connect(node: NodeProcess, servicePort: number, isPaying: boolean): Promise<PlacedClient> {
  const pids = await pidsOf(node);
  const before = connectionOwners(servicePort, pids);
  const payer = { key: developmentKeys.gateway, round: devnet.round, lastSeenL1Block: head };
  const client = new SegmentClient({
    url: `https://127.0.0.1:${servicePort}`,
    ...(isPaying ? { payer } : {}),
  });
  clients.push(client);
  const session = await client.open();
  const after = connectionOwners(servicePort, pids);
  const pid = pids.find((candidate) => (after.get(candidate) ?? 0) > (before.get(candidate) ?? 0));
  if (pid === undefined) throw new Error("no process has the connection");
  return { client, session, pid };
}

/** Two clients whose connections are with different processes. */
async function connectApart(): Promise<readonly [PlacedClient, PlacedClient]> {
  const first = await connect(orchestrator, port, true);
  for (let i = 0; i < 10; i++) {
    const second = await connect(orchestrator, port, true);
    if (second.pid !== first.pid) return [first, second];
  }
  throw new Error("all connections go to one process");
}

/** Pays for as many pixels as `tickets` tickets are worth. */
async function pay({ payment }: OpenSession, tickets: bigint) {
  const paid = await payment?.pay(rational((tickets * ticketEvWei * 8n) / (10n * pricePerPixel)));
  if (paid === undefined || BigInt(paid.tickets.length) !== tickets) throw new Error("another number of tickets");
  return paid.header;
}

describe("an orchestrator on two cores", () => {
  it("does segments in both processes, and hands out each result at either", async () => {
    const done = new Map<number, number>();
    const before = new Map((await coresOf(orchestrator)).map(({ Pid, Segments }) => [Pid, Segments]));
    for (let i = 0; i < 4; i++) {
      const { client, session, pid } = await connect(orchestrator, port, true);
      const answer = await client.send(session, small, await pay(session, 1n));
      expect(answer).toMatchObject({ status: 200 });
      done.set(pid, (done.get(pid) ?? 0) + 1);
      if (!("results" in answer)) continue;
      const [result] = answer.results;
      const hashes = new Set<string>();
      for (const other of clients) {
        const { status, bytes } = await other.download(result?.url ?? "");
        expect([status, bytes[0]]).toEqual([200, 0x47]);
        hashes.add(Buffer.from(await hashSegment(bytes, systemClock())).toString("hex"));
      }
      expect(hashes.size).toBe(1);
    }
    expect(done.size).toBe(2);
    for (const { Pid, Segments } of await coresOf(orchestrator)) {
      expect(Segments - (before.get(Pid) ?? 0)).toBe(done.get(Pid));
    }
    // figures of core processes arrive a moment after the segment
    await until("one scrape has the sum", async () => (await metric("livepeer_segment_transcoded_total")) === 4);
  });

  it("keeps one balance per session, to the wei, whichever process takes the segment", async () => {
    const wonBefore = winners().length;
    const [one, other] = await connectApart();
    const { session } = one;
    const tickets = 2n;
    const params = session.info.ticketParams;
    const asNumber = (bytes: Uint8Array | undefined) => BigInt(`0x${Buffer.from(bytes ?? []).toString("hex")}`);
    // in units of a wei / (2^256 - 1): exact
    let balance = tickets * asNumber(params?.faceValue) * asNumber(params?.winProb);
    let expected = 0;
    for (; balance >= ticketEvWei * maxUint256; balance -= feeWei * maxUint256) expected++;
    expect(expected).toBe(5);

    const answers = [await one.client.send(session, small, await pay(session, tickets))];
    for (let i = 1; answers.at(-1)?.status === 200; i++) {
      answers.push(await (i % 2 === 0 ? one : other).client.send(session, small));
    }
    expect(answers.pop()).toEqual({ status: 400, text: "Insufficient balance" });
    expect(answers).toHaveLength(expected);
    // nearly every ticket wins
    expect(winners()).toHaveLength(wonBefore + Number(tickets));
  });

  it("takes a ticket once, also when it comes again in the other process", async () => {
    const [one, other] = await connectApart();
    const payment = await pay(one.session, 1n);
    const count = winners().length + 1;
    expect(await one.client.send(one.session, small, payment)).toMatchObject({ status: 200 });
    expect(await other.client.send(one.session, small, payment)).toEqual({
      status: 400,
      text: expect.stringMatching(/^invalid ticket senderNonce/),
    });
    expect(winners()).toHaveLength(count);
  });

  it("has no more sessions than -maxSessions in all", async () => {
    const [one, other] = await connectApart();
    const running = JSON.parse((await orchestrator.call("GET", "/readyz")).text).capacity.running as number;
    const set = (count: number) => orchestrator.call("POST", "/setMaxSessions", { maxSessions: String(count) });
    await set(running + 1);
    expect(await one.client.send(one.session, small, await pay(one.session, 1n))).toMatchObject({ status: 200 });
    const refused = await other.client.send(other.session, small, await pay(other.session, 1n));
    expect(refused).toEqual({ status: 403, text: "OrchestratorCapped" });
    await set(100);
    expect(await other.client.send(other.session, small, await pay(other.session, 1n))).toMatchObject({ status: 200 });
  });

  it("loses a killed process's segments only: they break off, its session goes on elsewhere, another takes its place", async () => {
    const [one, other] = await connectApart();
    const taken = Promise.withResolvers<void>();
    const count = winners().length;
    const sent = one.client.send(one.session, endless, await pay(one.session, 2n), taken.resolve);
    sent.catch(() => {});
    await taken.promise;
    process.kill(one.pid, "SIGKILL");
    await expect(sent).rejects.toMatchObject({ code: "net_reset", retryable: true });
    // its tickets were accepted: they pay for what the session does next, and are kept once
    expect(await other.client.send(one.session, small)).toMatchObject({ status: 200 });
    expect(winners()).toHaveLength(count + 2);
    await until("another process serves", async () => {
      const pids = await pidsOf(orchestrator);
      return pids.length === 2 && !pids.includes(one.pid);
    });
    const fresh = (await pidsOf(orchestrator)).filter((pid) => pid !== other.pid);
    for (let i = 0; i < 10; i++) {
      const { client, session, pid } = await connect(orchestrator, port, true);
      if (!fresh.includes(pid)) continue;
      expect(await client.send(session, small, await pay(session, 1n))).toMatchObject({ status: 200 });
      expect(orchestrator.log).toContain("a core process has ended");
      expect(await metric("livepeer_core_process_ends_total")).toBe(1);
      return;
    }
    throw new Error("the new process gets no connection");
  });
});

describe("two gateways with one account", () => {
  it("pay one orchestrator at the same time, each in sessions of its own, and every ticket is worth its face", async () => {
    const ladder = join(folder, "ladder.json");
    await writeFile(ladder, JSON.stringify([{ name: "low", width: 426, height: 240, bitrate: 400_000, fps: 30 }]));
    const before = new Set(winners().map(({ sig }) => sig));
    const gateways = await Promise.all(
      ["left", "right"].map(async (name) => {
        const http = await freePort();
        const args = ["-gateway", "-orchAddr", `127.0.0.1:${port}`, "-transcodingOptions", ladder];
        const listen = ["-httpAddr", `127.0.0.1:${http}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`];
        const node = await NodeProcess.start([...(await onChain(name, developmentKeys.gateway)), ...args, ...listen]);
        nodes.push(node);
        return { name, node, url: `http://127.0.0.1:${http}` };
      }),
    );
    const segments = 6;
    await Promise.all(
      gateways.map(async ({ name, url }) => {
        for (let seqNo = 0; seqNo < segments; seqNo++) {
          const answer = await fetch(`${url}/live/${name}/${seqNo}.ts`, {
            method: "PUT",
            headers: { accept: "multipart/mixed", "content-duration": "2000" },
            body: new Uint8Array(media.bytes),
          });
          const body = Buffer.from(await answer.arrayBuffer());
          expect(answer.status, body.toString("utf8", 0, 300)).toBe(200);
          expect(body.includes("Rendition-Name: low")).toBe(true);
        }
      }),
    );
    let sent = 0;
    for (const { node } of gateways) {
      const own = sampleSum((await node.call("GET", "/metrics")).text, "livepeer_tickets_sent") ?? 0;
      expect(own).toBeGreaterThan(0);
      sent += own;
    }
    const won = winners().filter(({ sig }) => !before.has(sig));
    expect(won).toHaveLength(sent);
    expect(new Set(won.map(({ sender }) => sender))).toEqual(new Set([checksumAddress(account)]));
    expect(new Set(won.map(({ rand }) => rand)).size).toBeGreaterThanOrEqual(2);

    // what the chain says was paid, for these and all before
    const all = winners().length;
    await rpc("anvil_mine", "0x29");
    await until("all are redeemed", async () => (await paidOut()).count === all);
    expect(await paidOut()).toEqual({ count: all, distinct: all, totalWei: BigInt(all) * faceValueWei });
  }, 120_000);

  async function paidOut() {
    const filter = { address: devnet.addresses.TicketBroker, fromBlock: "0x0", toBlock: "latest" };
    const logs = parseLogs(await rpc("eth_getLogs", filter));
    const redeemed = logs.flatMap((log) => contractEvent(ticketBrokerAbi, "WinningTicketRedeemed", log) ?? []);
    const transfers = logs.flatMap((log) => contractEvent(ticketBrokerAbi, "WinningTicketTransfer", log) ?? []);
    for (const { recipient } of transfers) expect(toAddress(recipient)).toBe(identity);
    return {
      count: transfers.length,
      distinct: new Set(redeemed.map(({ recipientRand, senderNonce }) => `${recipientRand}/${senderNonce}`)).size,
      totalWei: transfers.reduce((sum, { amount }) => sum + amount, 0n),
    };
  }
});

describe("the end", () => {
  it("waits for what is worked on, also when the signal reaches every process", async () => {
    const one = await connect(orchestrator, port, true);
    const pids = [orchestrator.pid, ...(await pidsOf(orchestrator))];
    const taken = Promise.withResolvers<void>();
    const sent = one.client.send(one.session, large, await pay(one.session, 1n), taken.resolve);
    await taken.promise;
    for (const pid of pids) process.kill(pid, "SIGTERM");
    expect(await sent).toMatchObject({ status: 200 });
    expect(await orchestrator.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("of the process that keeps the books ends all of them, with a sentence; before, remote transcoders work through any", async () => {
    const servicePort = await freePort();
    const secret = ["-orchSecret", "between us", "-dataDir"];
    const node = await NodeProcess.start(
      [
        ...[
          "-orchestrator",
          ...secret,
          join(folder, "remote"),
          "-cores",
          "2",
          "-serviceAddr",
          `127.0.0.1:${servicePort}`,
        ],
        ...["-cliAddr", "127.0.0.1:0", "-maxSessions", "auto"],
      ],
      {},
      remuxNode,
    );
    nodes.push(node);
    const transcoder = await NodeProcess.start(
      [
        "-transcoder",
        ...secret,
        join(folder, "transcoder"),
        "-orchAddr",
        `127.0.0.1:${servicePort}`,
        "-cliAddr",
        "127.0.0.1:0",
      ],
      {},
      remuxNode,
    );
    nodes.push(transcoder);
    await until("the transcoder is there", async () => {
      return JSON.parse((await node.call("GET", "/status")).text).RegisteredTranscodersNumber === 1;
    });
    const served = new Set<number>();
    for (let i = 0; i < 10 && served.size < 2; i++) {
      const { client, session, pid } = await connect(node, servicePort, false);
      const answer = await client.send(session, small);
      expect(answer).toMatchObject({ status: 200 });
      if (!("results" in answer)) continue;
      const { status, bytes } = await client.download(answer.results[0]?.url ?? "");
      expect([status, bytes[0]]).toEqual([200, 0x47]);
      served.add(pid);
    }
    expect(served.size).toBe(2);
    const pids = await pidsOf(node);
    node.kill("SIGKILL");
    await until("no process is left", () => !pids.some(isAlive));
    expect(node.log).toContain("the process that keeps the books is gone: this one ends");
  });
});
