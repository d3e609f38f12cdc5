import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Address, fromHex, type Hex, privateKeyToAddress, toAddress, zeroHash } from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { contractEvent, parseLogs } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { type Devnet, setIntervalMining } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { until } from "../support/until.ts";
import { PayingGateway } from "./paying-gateway.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const password = "a password";
const secret = "between the two";
const [orchestratorKey] = developmentKeys.orchestrators;
const [gasKey] = developmentKeys.delegators;
const identity = privateKeyToAddress(fromHex(orchestratorKey));
/** Signs for the orchestrator and owns nothing. */
const hotKey: Hex = `0x${"5a".repeat(32)}`;
const hotAddress = privateKeyToAddress(fromHex(hotKey));
/** Nearly each ticket wins. */
const faceValueWei = 40_000_000_000n;
const evWei = faceValueWei - 1n;
const pixelsPerPayment = 38_000_000n;

let anvil: Anvil;
let devnet: Devnet;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-redeemer-"));
  anvil = await startAnvil({ blockTimeSec: 0.25 });
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway]);
  await setIntervalMining(devnet.chain.session, 1);
}, 60_000);
afterAll(async () => {
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rpc = (method: string, ...params: unknown[]) => devnet.chain.session.rpc(method, params);
const head = async () => BigInt((await rpc("eth_blockNumber")) as string);
const balance = async (address: Address) => BigInt((await rpc("eth_getBalance", address, "latest")) as string);

async function nodeFlags(name: string, key: Hex): Promise<string[]> {
  const data = join(folder, name);
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const chain = ["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller];
  const common = ["-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2", "-ethOrchAddr", identity];
  return [...chain, ...common];
}

/** A role that is killed and started again. */
class MortalRole {
  readonly #name: string;
  readonly #args: readonly string[];
  #child: ChildRole | undefined;
  #starts = 0;

  constructor(name: string, args: readonly string[]) {
    this.#name = name;
    this.#args = args;
  }

  async start(): Promise<void> {
    const logFile = join(folder, `${this.#name}-${this.#starts++}.log`);
    this.#child = await ChildRole.start({ name: this.#name, args: this.#args, logFile });
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }
}

type Row = { sig: Uint8Array; redeemedAt: string | null; txHash: string | null };

function winnersIn(name: string): ReadonlyMap<string, Row> {
  const db = new DatabaseSync(join(folder, name, "lpdb.sqlite3"), { readOnly: true });
  try {
    const rows = db.prepare("SELECT sig, redeemedAt, txHash FROM ticketQueue").all() as Row[];
    return new Map(rows.map((row) => [Buffer.from(row.sig).toString("hex"), row]));
  } finally {
    db.close();
  }
}

/** What the contract paid to the orchestrator, and for which tickets. */
async function paidOut(fromBlock: bigint) {
  const filter = {
    address: devnet.addresses.TicketBroker,
    fromBlock: `0x${fromBlock.toString(16)}`,
    toBlock: "latest",
  };
  const logs = parseLogs(await rpc("eth_getLogs", filter));
  const redeemed = logs.flatMap((log) => contractEvent(ticketBrokerAbi, "WinningTicketRedeemed", log) ?? []);
  const transfers = logs.flatMap((log) => contractEvent(ticketBrokerAbi, "WinningTicketTransfer", log) ?? []);
  for (const { recipient } of transfers) expect(toAddress(recipient)).toBe(identity);
  return {
    tickets: redeemed.map(({ senderNonce, recipientRand }) => `${recipientRand}/${senderNonce}`),
    totalWei: transfers.reduce((sum, { amount }) => sum + amount, 0n),
  };
}

async function depositWei(): Promise<bigint> {
  const [{ deposit }] = (await devnet.chain.session.read(
    ticketBrokerAbi,
    devnet.addresses.TicketBroker,
    "getSenderInfo",
    [privateKeyToAddress(fromHex(developmentKeys.gateway))],
  )) as readonly [{ deposit: bigint }, unknown];
  return deposit;
}

describe("an orchestrator and its redeemer, each a process", () => {
  it("lose and duplicate no winner, whichever is killed when; the orchestrator's key needs no ETH", async () => {
    const seed = Number(process.env["REDEEMER_SEED"] ?? 7);
    console.log(`REDEEMER_SEED=${seed}`);
    const random = simRandom(seed);
    const [redeemerPort, orchestratorPort] = [await freePort(), await freePort()];
    const redeemer = new MortalRole("redeemer", [
      ...(await nodeFlags("redeemer", gasKey)),
      ...["-redeemer", "-httpAddr", `127.0.0.1:${redeemerPort}`, "-redeemerSecret", secret],
      ...["-initializeRound", "-initializeRoundMaxDelay", "0s"],
    ]);
    const orchestrator = new MortalRole("orchestrator", [
      ...(await nodeFlags("orchestrator", hotKey)),
      ...["-orchestrator", "-transcoder", "-serviceAddr", `127.0.0.1:${orchestratorPort}`],
      ...["-redeemerAddr", `127.0.0.1:${redeemerPort}`, "-redeemerSecret", secret, "-startupAvailabilityCheck=false"],
      ...["-pricePerUnit", "1000", "-autoAdjustPrice=false"],
      ...["-ticketEV", String(evWei), "-maxFaceValue", String(faceValueWei)],
    ]);
    const gateway = new PayingGateway(`https://127.0.0.1:${orchestratorPort}`, developmentKeys.gateway, devnet);
    const [from, depositBefore, gasBefore] = [
      await head(),
      await depositWei(),
      await balance(privateKeyToAddress(fromHex(gasKey))),
    ];
    try {
      await Promise.all([redeemer.start(), orchestrator.start()]);
      for (let kill = 0; kill < 3; kill++) {
        const victim = kill % 2 === 0 ? redeemer : orchestrator;
        const other = victim === redeemer ? orchestrator : redeemer;
        const killAfter = 2 + Math.floor(random.unit() * 6);
        let killing: Promise<void> | undefined;
        for (let payment = 0; payment < 10; payment++) {
          const paying = gateway.pay(pixelsPerPayment, await head());
          // in the middle of a payment, at no particular point of it
          if (payment === killAfter) killing = victim.kill();
          await paying;
        }
        await killing;
        // both down at once, at times
        if (random.unit() < 0.3) {
          await other.kill();
          await other.start();
        }
        await victim.start();
        await until("payments go on", async () => gateway.pay(pixelsPerPayment, await head()));
      }
      await until("each winner is with the redeemer", () => {
        const rows = [...winnersIn("orchestrator").values()];
        return rows.every(({ redeemedAt, txHash }) => redeemedAt !== null && txHash === zeroHash);
      });
      // sessions of an orchestrator that was killed; nothing else is ever refused
      expect(gateway.refusals.filter((text) => text !== "invalid auth token")).toEqual([]);
      const won = [...winnersIn("orchestrator").keys()].sort();
      expect(won.length).toBeGreaterThanOrEqual(gateway.acknowledged);
      expect(won.length).toBeLessThanOrEqual(gateway.sent);
      expect(gateway.acknowledged).toBeGreaterThan(15);
      expect([...winnersIn("redeemer").keys()].sort()).toEqual(won);

      await rpc("anvil_mine", "0x29");
      // also while it sends them
      await until("the first are redeemed", async () => (await paidOut(from)).tickets.length > 0, 90_000);
      await redeemer.kill();
      await redeemer.start();
      await until(
        "all are redeemed",
        () => [...winnersIn("redeemer").values()].every(({ redeemedAt }) => redeemedAt !== null),
        90_000,
      );
      const paid = await paidOut(from);
      expect(new Set(paid.tickets).size).toBe(paid.tickets.length);
      expect(paid.tickets).toHaveLength(won.length);
      expect(paid.totalWei).toBe(BigInt(won.length) * faceValueWei);
      expect(depositBefore - (await depositWei())).toBe(paid.totalWei);
      expect([...winnersIn("redeemer").values()].filter(({ txHash }) => txHash === zeroHash)).toEqual([]);
      expect(await balance(hotAddress)).toBe(0n);
      expect(await balance(privateKeyToAddress(fromHex(gasKey)))).toBeLessThan(gasBefore);
    } finally {
      await gateway.stop();
      await orchestrator.stop();
      await redeemer.stop();
    }
  }, 300_000);

  it("ask the chain less than once a second while nothing happens", async () => {
    const methods: string[] = [];
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const calls = [JSON.parse(body.toString())].flat() as { method: string }[];
      methods.push(calls.map(({ method }) => method).join("+"));
      const answer = await fetch(anvil.rpcUrl, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      response.setHeader("content-type", "application/json").end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, "127.0.0.1", resolve);
    });
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const flags = (await nodeFlags("idle", gasKey)).map((flag) => (flag === anvil.rpcUrl ? url : flag));
    const args = [...flags, "-blockPollingInterval", "5", "-redeemer", "-httpAddr", "127.0.0.1:0"];
    const redeemer = new MortalRole("idle", args);
    try {
      await redeemer.start();
      const polls = () => methods.filter((method) => method.includes("eth_getBlockByNumber")).length;
      const before = polls();
      await until("the next look at the chain", () => polls() > before);
      const [from, asked] = [performance.now(), methods.length];
      // a look may ask for two blocks: more than one look in any case
      await until("further looks", () => polls() > before + 5);
      const seconds = (performance.now() - from) / 1000;
      expect(seconds).toBeGreaterThan(5); // the blocks came all the same, one a second
      expect((methods.length - asked) / seconds, methods.slice(asked).join(" ")).toBeLessThanOrEqual(1);
    } finally {
      await redeemer.stop();
      proxy.close();
    }
  }, 90_000);
});
