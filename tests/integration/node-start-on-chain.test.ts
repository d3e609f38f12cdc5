import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromHex, type Hex } from "@livepeer-ts/kernel";
import { roundsManagerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { type Devnet, mineBlocks } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeGoDataFolder, rowsIn } from "../../node/src/roles/testing/go-data-folder.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { until } from "../support/until.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const main = fileURLToPath(new URL("../../node/src/main.ts", import.meta.url));
const password = "a password";
const [orchestratorKey] = developmentKeys.orchestrators;

let anvil: Anvil;
let devnet: Devnet;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-on-chain-"));
  anvil = await startAnvil();
  devnet = await stakedDevnet(anvil, []);
}, 60_000);
afterAll(async () => {
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a node until `whenReady` has done its work. */
async function run(args: readonly string[], whenReady?: () => Promise<void>): Promise<{ code: number; log: string }> {
  const channel = whenReady === undefined ? [] : (["ipc"] as const);
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "ignore", "pipe", ...channel] });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const closed = once(child, "close") as Promise<[number]>;
  try {
    if (whenReady !== undefined) {
      const first = await Promise.race([once(child, "message"), closed.then(() => undefined)]);
      if (first === undefined) throw new Error(`the node ended: ${log}`);
      await whenReady();
    }
  } finally {
    if (whenReady !== undefined) child.kill("SIGTERM");
  }
  return { code: (await closed)[0], log };
}

async function withKey(data: string, key: Hex): Promise<string[]> {
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const chain = ["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller];
  return [...chain, "-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2"];
}

const isInitialized = () =>
  devnet.chain.session.read(roundsManagerAbi, devnet.addresses.RoundsManager, "currentRoundInitialized", []);

describe("a node on a chain", () => {
  it("initializes rounds when it is asked for nothing else", async () => {
    const flags = await withKey(join(folder, "duties"), developmentKeys.gateway);
    const { code, log } = await run([...flags, "-initializeRound", "-initializeRoundMaxDelay", "0s"], async () => {
      await mineBlocks(devnet.chain.session, 60n);
      await until("the round is initialized", isInitialized);
    });
    expect(code, log).toBe(0);
  }, 90_000);

  it("goes on where a Go node stopped: with its keystore, its last block and its ticket", async () => {
    const data = join(folder, "go");
    const block = (await devnet.chain.session.rpc("eth_getBlockByNumber", ["latest", false])) as Record<string, string>;
    const header = {
      number: BigInt(block["number"] ?? 0),
      parentHash: block["parentHash"] ?? "",
      hash: block["hash"] ?? "",
    };
    await makeGoDataFolder(data, "31337", { header });
    const before = rowsIn(data);
    const flags = await withKey(data, orchestratorKey);
    const port = await freePort();
    const { code, log } = await run(
      [...flags, "-orchestrator", "-transcoder", "-pricePerUnit", "1", "-serviceAddr", `127.0.0.1:${port}`],
      async () => {
        await mineBlocks(devnet.chain.session, 1n);
        await until("the node has seen the new block", () => {
          const [last] = rowsIn(data)["blockheaders"]?.slice(-1) ?? [];
          return BigInt((last as { number: number }).number) > header.number;
        });
      },
    );
    expect(code, log).toBe(0);
    expect(log).toContain("-serviceAddr is not the URI that is registered on the chain");
    const { blockheaders: _now, ...rest } = rowsIn(data);
    const { blockheaders: _then, ...others } = before;
    expect(rest).toEqual(others);
  }, 90_000);

  it("refuses a chain that was reset under its data directory, and says what to do", async () => {
    const data = join(folder, "reset");
    const header = { number: 3n, parentHash: `0x${"11".repeat(32)}`, hash: `0x${"22".repeat(32)}` };
    await makeGoDataFolder(data, "31337", { header });
    const flags = await withKey(data, orchestratorKey);
    const { code, log } = await run([...flags, "-redeemer", "-httpAddr", "127.0.0.1:0"]);
    expect(code).toBe(1);
    expect(log).toMatch(
      /block 3 \(0x2222\w+\), the last one this node saw, is not on the chain: the chain was reset or -ethUrl points to another one; start with a new data directory/,
    );
  }, 90_000);

  it("refuses a chain that the network's name does not stand for, and a data directory of another one", async () => {
    const data = join(folder, "other");
    await makeGoDataFolder(data, "42161");
    const args = ["-gateway", "-ethUrl", anvil.rpcUrl, "-ethPassword", password, "-dataDir", data];
    const [name, database] = await Promise.all([
      run([...args, "-network", "mainnet"]),
      run([...args, "-network", "mine", "-ethController", devnet.addresses.Controller]),
    ]);
    expect(name.code).toBe(1);
    expect(name.log).toMatch(
      /\nnode does not support chainID = 31337 right now: -network mainnet is chain 1, [^\n]+\n$/,
    );
    expect(database.code).toBe(1);
    expect(database.log).toMatch(/\nexpecting chainID of 42161, but got 31337\. Did you change networks [^\n]+\n$/);
  }, 90_000);
});
