import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, fromHex, type Hex, weiPerEther } from "@livepeer-ts/kernel";
import { controllerAbi, serviceRegistryAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bondOrchestrator, bringUpDevnet, type Devnet, startNextRound } from "@livepeer-ts/protocol/deploy";
import { encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DoctorReport, examine, readDoctorFlags } from "../../node/src/doctor/doctor.ts";
import { textOf } from "../../node/src/doctor/doctor-command.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { type Rewrite, RewritingFront } from "../contracts/support/rewriting-front.ts";
import { SmallDisk } from "../faults/small-disk.ts";
import { NodeProcess } from "../support/node-process.ts";

const password = "a password";
const [orchestratorKey, otherKey] = developmentKeys.orchestrators;
/** Owns nothing. */
const poorKey: Hex = `0x${"5b".repeat(32)}`;

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let service: string;
let node: NodeProcess;
let orchestratorArgs: string[];
let count = 0;
const fronts: RewritingFront[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-doctor-chain-"));
  anvil = await startAnvil();
  service = `127.0.0.1:${await freePort()}`;
  const staked = { amountWei: 100n * weiPerEther, rewardCut: 0n, feeShare: 0n };
  devnet = await bringUpDevnet({
    rpcUrl: anvil.rpcUrl,
    deployerKey: developmentKeys.deployer,
    orchestrators: [{ key: orchestratorKey, serviceUri: `https://${service}`, ...staked }],
    gateways: [{ key: developmentKeys.gateway, depositWei: weiPerEther, reserveWei: weiPerEther }],
  });
  orchestratorArgs = [...(await onChain(orchestratorKey)), ...orchestratorFlags];
  node = await NodeProcess.start([...orchestratorArgs, "-serviceAddr", service, "-cliAddr", "127.0.0.1:0"]);
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await Promise.all(fronts.map((front) => front.stop()));
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

const orchestratorFlags = [
  "-orchestrator",
  "-transcoder",
  "-pricePerUnit",
  "1",
  "-autoAdjustPrice=false",
  "-reward=false",
];

async function newFolder(): Promise<string> {
  const path = join(folder, String(count++));
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Chain flags of a node with this key, in a data directory of its own. */
async function onChain(key: Hex | undefined, ...more: string[]): Promise<string[]> {
  const data = await newFolder();
  if (key !== undefined)
    await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const chain = ["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller];
  return [...chain, "-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2", ...more];
}

const dataOf = (args: readonly string[]) => args[args.indexOf("-dataDir") + 1] as string;

/** An orchestrator that does not run. */
async function stopped(key: Hex | undefined, ...more: string[]): Promise<string[]> {
  const own = [...orchestratorFlags, "-serviceAddr", `127.0.0.1:${await freePort()}`];
  return [...(await onChain(key)), ...own, "-cliAddr", `127.0.0.1:${await freePort()}`, ...more];
}

/** Free addresses for a gateway. */
async function gatewayAddresses(): Promise<string[]> {
  const [http, rtmp, admin] = await Promise.all([freePort(), freePort(), freePort()]);
  return ["-httpAddr", `127.0.0.1:${http}`, "-rtmpAddr", `127.0.0.1:${rtmp}`, "-cliAddr", `127.0.0.1:${admin}`];
}

async function gateway(key: Hex | undefined, ...more: string[]): Promise<string[]> {
  return ["-gateway", ...(await onChain(key)), ...(await gatewayAddresses()), ...more];
}

const look = (args: readonly string[]): Promise<DoctorReport> => examine(readDoctorFlags(args, {}));
const findingsOf = (report: DoctorReport) => report.checks.flatMap(({ findings }) => findings);
const codes = async (args: readonly string[]) => findingsOf(await look(args)).map(({ code }) => code);

async function front(rewrite: Rewrite): Promise<string> {
  const made = await RewritingFront.start(anvil.rpcUrl, rewrite);
  fronts.push(made);
  return made.rpcUrl;
}

/** Makes the chain answer with another id, and its last block with a time `ahead` s from now. */
function rewritten(chainId: number, aheadSec: number): Rewrite {
  return (method, result) => {
    if (method === "eth_chainId") return `0x${chainId.toString(16)}`;
    if (!method.startsWith("eth_getBlockBy") || typeof result !== "object" || result === null) return result;
    return { ...result, timestamp: `0x${Math.round(Date.now() / 1000 + aheadSec).toString(16)}` };
  };
}

async function send(key: Hex, to: Address, call: Parameters<typeof encodeFunctionData>[0]): Promise<void> {
  await devnet.chain.session.send(privateKeyToAccount(key), { what: "prepare", to, data: encodeFunctionData(call) });
}

/** What `work` does on the chain is undone. */
async function undone(work: () => Promise<void>): Promise<void> {
  const id = await devnet.chain.session.rpc("evm_snapshot", []);
  try {
    await work();
  } finally {
    await devnet.chain.session.rpc("evm_revert", [id]);
  }
}

describe("a good set-up on a chain", () => {
  it("has no finding: an orchestrator that runs, and a gateway that does not yet", async () => {
    const running = await look([...orchestratorArgs, "-serviceAddr", service, "-admin", `127.0.0.1:${node.adminPort}`]);
    expect(findingsOf(running)).toEqual([]);
    expect(running.checks.find(({ check }) => check === "service address")?.result).toBe("ok");
    const paying = await look(await gateway(developmentKeys.gateway, "-maxPricePerUnit", "2"));
    expect(findingsOf(paying)).toEqual([]);
    expect(paying.checks.find(({ check }) => check === "funds")?.result).toBe("ok");
    expect(await codes(["-admin", `127.0.0.1:${node.adminPort}`])).toEqual([]);
  }, 60_000);
});

describe("keys", () => {
  it("tells a wrong password, keys that others read, and none at all, and makes none", async () => {
    expect(await codes(await gateway(developmentKeys.gateway, "-ethPassword", "wrong"))).toContain("keystore_locked");
    const open = await gateway(developmentKeys.gateway);
    const [file] = await readdir(join(dataOf(open), "keystore"));
    await chmod(join(dataOf(open), "keystore", file as string), 0o644);
    expect(await codes(open)).toEqual(["keystore_readable"]);
    const empty = await gateway(undefined);
    expect(await codes(empty)).toContain("keystore_empty");
    expect(await readdir(dataOf(empty))).toEqual([]);
  }, 60_000);
});

describe("the chain", () => {
  it("tells RPC that is away, of another chain, or of several", async () => {
    const closed = `http://127.0.0.1:${await freePort()}/key-s3cr3t`;
    const away = await look(await gateway(developmentKeys.gateway, "-ethUrl", closed));
    expect(findingsOf(away).map(({ code }) => code)).toContain("rpc_unreachable");
    expect(textOf(away)).not.toContain("s3cr3t");
    const named = (await gateway(developmentKeys.gateway, "-network", "mainnet")).filter(
      (word) => word !== "-ethController" && word !== devnet.addresses.Controller,
    );
    expect(await codes(named)).toContain("wrong_chain");
    const two = `${anvil.rpcUrl},${await front(rewritten(5, 0))}`;
    expect(await codes(await gateway(developmentKeys.gateway, "-ethUrl", two))).toContain("rpc_different_chains");
  }, 60_000);

  it("tells a head that is old, one from the future, and a single provider", async () => {
    const found = async (rewrite: Rewrite) =>
      codes(await gateway(developmentKeys.gateway, "-ethUrl", await front(rewrite)));
    expect(await found(rewritten(5, -1000))).toEqual(["rpc_stale"]);
    expect(await found(rewritten(5, 1000))).toEqual(["clock_behind"]);
    expect(await found(rewritten(5, 0))).toEqual(["rpc_single"]);
  }, 60_000);

  it("tells contracts that are not there, and a protocol that is paused", async () => {
    const nothing = `0x${"99".repeat(20)}`;
    expect(await codes(await gateway(developmentKeys.gateway, "-ethController", nothing))).toContain(
      "contracts_missing",
    );
    await undone(async () => {
      await send(developmentKeys.deployer, devnet.addresses.Controller, { abi: controllerAbi, functionName: "pause" });
      expect(await codes(await gateway(developmentKeys.gateway))).toEqual(["protocol_paused"]);
    });
  }, 60_000);
});

describe("the account of an orchestrator", () => {
  it("tells one without ether, and one that is not registered", async () => {
    expect(await codes(await stopped(poorKey))).toEqual(["ether_low", "orchestrator_not_registered"]);
    const [finding] = findingsOf(await look(await stopped(otherKey)));
    expect(finding?.what).toContain("is not registered as an orchestrator");
  }, 60_000);

  it("tells a service URI that differs, and one that is missing", async () => {
    expect(await codes(await stopped(orchestratorKey))).toEqual(["service_uri_differs"]);
    await undone(async () => {
      const call = { abi: serviceRegistryAbi, functionName: "setServiceURI", args: [""] } as const;
      await send(orchestratorKey, devnet.addresses.ServiceRegistry, call);
      expect(await codes(await stopped(orchestratorKey))).toEqual(["service_uri_missing"]);
    });
  }, 60_000);

  it("tells one that is bonded and not active yet", async () => {
    await undone(async () => {
      const staked = { amountWei: 10n * weiPerEther, rewardCut: 0n, feeShare: 0n };
      await bondOrchestrator(devnet.chain, { key: otherKey, serviceUri: `https://${service}`, ...staked });
      expect(await codes(await stopped(otherKey, "-serviceAddr", service))).toContain("orchestrator_inactive");
    });
  }, 60_000);

  it("tells an address that nobody answers at, and one where another node does", async () => {
    const admin = ["-admin", `127.0.0.1:${node.adminPort}`];
    const closed = await codes([...orchestratorArgs, "-serviceAddr", `127.0.0.1:${await freePort()}`, ...admin]);
    expect(closed).toEqual(["service_uri_differs", "service_unreachable"]);
    const stranger = [...(await onChain(poorKey)), ...orchestratorFlags, "-serviceAddr", service, ...admin];
    expect(await codes(stranger)).toContain("service_someone_else");
  }, 60_000);

  it("says what the running node says of itself", async () => {
    await node.call("POST", "/drain");
    try {
      const report = await look(["-admin", `127.0.0.1:${node.adminPort}`]);
      expect(findingsOf(report)).toMatchObject([{ code: "node_draining", severity: "warning" }]);
    } finally {
      await node.call("POST", "/undrain");
    }
    const asGateway = await gateway(developmentKeys.gateway, "-admin", `127.0.0.1:${node.adminPort}`);
    expect(await codes(asGateway)).toEqual(["other_role"]);
  }, 60_000);
});

describe("the money of a gateway", () => {
  it("tells missing funds", async () => {
    expect(await codes(await gateway(poorKey, "-orchAddr", service))).toEqual([
      "no_deposit",
      "no_reserve",
      "no_orchestrator_answers",
    ]);
  }, 60_000);

  it("tells funds that are too small for the tickets that may be sent, and a withdrawal", async () => {
    const dear = ["-maxTicketEV", String(2n * weiPerEther), "-maxTotalEV", String(3n * weiPerEther)];
    expect(await codes(await gateway(developmentKeys.gateway, ...dear))).toEqual(["deposit_low", "reserve_low"]);
    await undone(async () => {
      await send(developmentKeys.gateway, devnet.addresses.TicketBroker, {
        abi: ticketBrokerAbi,
        functionName: "unlock",
      });
      const { TicketBroker } = devnet.addresses;
      const rounds = await devnet.chain.session.read(ticketBrokerAbi, TicketBroker, "unlockPeriod", []);
      for (let i = 0n; i < rounds; i++) await startNextRound(devnet.chain);
      expect(await codes(await gateway(developmentKeys.gateway))).toContain("funds_unlocked");
    });
  }, 60_000);

  it("tells prices above the highest one, and orchestrators that are silent beside one that is not", async () => {
    expect(await codes(await gateway(developmentKeys.gateway, "-maxPricePerUnit", "0.5"))).toEqual([
      "all_above_max_price",
    ]);
    const two = `${service},127.0.0.1:${await freePort()}`;
    expect(await codes(await gateway(developmentKeys.gateway, "-orchAddr", two))).toEqual(["orchestrators_silent"]);
  }, 60_000);
});

describe("helpers on other machines", () => {
  it("tells a redeemer and a remote signer that are away", async () => {
    const closed = `127.0.0.1:${await freePort()}`;
    expect(await codes(await stopped(orchestratorKey, "-redeemerAddr", closed))).toContain("redeemer_away");
    const args = ["-gateway", ...(await gatewayAddresses()), "-dataDir", await newFolder(), "-orchAddr", service];
    expect(await codes([...args, "-remoteSignerUrl", `http://${closed}`])).toContain("remote_signer_away");
  }, 60_000);
});

it("tells a disk that is nearly full", async (context) => {
  const disk = SmallDisk.mount(await newFolder());
  if (disk === undefined) return context.skip("mounting takes root");
  try {
    await chmod(disk.folder, 0o700);
    const args = ["-transcoder", "-orchAddr", service, "-orchSecret", "x", "-cliAddr", `127.0.0.1:${await freePort()}`];
    const [finding] = findingsOf(await look([...args, "-dataDir", disk.folder]));
    expect(finding).toMatchObject({ code: "disk_full", severity: "error" });
    expect(finding?.what).toContain("16 MiB are free");
  } finally {
    disk.unmount();
  }
});
