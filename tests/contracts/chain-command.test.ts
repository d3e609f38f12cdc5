import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex, toHex } from "@livepeer-ts/kernel";
import { devnet } from "@livepeer-ts/protocol";
import { livepeerTokenAbi, multicall3Abi, serviceRegistryAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  aiServiceRegistryAddress,
  type ChainSession,
  devnetDeployParams,
  mineBlocks,
  multicall3Address,
  openChainSession,
  planDeployment,
} from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChainCommand } from "../../node/src/chain/chain-command.ts";
import { DroppingProxy } from "./support/dropping-proxy.ts";
import { run } from "./support/forge.ts";
import { RewritingFront } from "./support/rewriting-front.ts";
import { testAccount } from "./support/test-accounts.ts";

const ether = 10n ** 18n;
const deployer = testAccount(0);
const [plan, nobodyKey] = [planDeployment(deployer.address, 0, devnetDeployParams), toHex(new Uint8Array(32).fill(9))];

let anvil: Anvil;
let session: ChainSession;
let folder: string;

beforeAll(async () => {
  anvil = await startAnvil();
  session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 31337);
  folder = await mkdtemp(join(tmpdir(), "chain-command-"));
}, 30_000);

afterAll(async () => {
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What a command says to programs. */
async function json(args: string, rpcUrl = anvil.rpcUrl): Promise<Record<string, unknown>> {
  const { text, exitCode } = await runChainCommand([...args.split(" "), "--json", "--rpc", rpcUrl], () => {});
  const answer = JSON.parse(text) as Record<string, unknown>;
  expect(exitCode === 0, text).toBe(answer["error"] === undefined);
  return answer;
}

async function failure(args: string, rpcUrl = anvil.rpcUrl): Promise<{ code: string; message: string }> {
  return (await json(args, rpcUrl))["error"] as { code: string; message: string };
}

describe("livepeer chain", () => {
  test("says what is not there before a deployment", async () => {
    expect(await json("accounts")).toMatchObject({ isDeployed: false, accounts: expect.any(Array) });
    expect(await failure("status")).toMatchObject({
      code: "contract_missing",
      message: expect.stringContaining("livepeer chain deploy"),
    });
    expect(await failure("deploy --chain-id 5")).toMatchObject({
      code: "deploy_wrong_chain",
      message: expect.stringMatching(/serves chain 31337, .* for chain 5/),
    });
    await writeFile(join(folder, "nobody"), `${nobodyKey}\n`);
    expect(await failure(`deploy --key-file ${join(folder, "nobody")}`)).toMatchObject({
      code: "deploy_unfunded",
      message: expect.stringContaining("send it ether"),
    });
    expect(await session.nonce(deployer.address)).toBe(0);
  });

  test("goes on with a deployment whose line broke, and says in between what is missing", async () => {
    const proxy = await DroppingProxy.start(anvil.port);
    try {
      proxy.breakAt(30, "after");
      expect(await failure("deploy", proxy.rpcUrl)).toMatchObject({
        code: "deploy_interrupted",
        message: expect.stringContaining("step 30 of 61"),
        retryable: true,
      });
      expect(await failure("deploy", proxy.rpcUrl)).toMatchObject({ code: "deploy_rpc_unreachable" });
    } finally {
      await proxy.stop();
    }
    expect(await json("status")).toMatchObject({
      isComplete: false,
      isPaused: true,
      missing: expect.arrayContaining(["LivepeerGovernor", "L2LPTDataCache"]),
      round: null,
    });
    expect(await failure("params")).toMatchObject({
      code: "contract_missing",
      message: expect.stringContaining("run livepeer chain deploy again with the same key"),
    });
    expect(await failure("deploy --bonding-manager reward-caller")).toMatchObject({ code: "deploy_chain_differs" });

    const done = await json("deploy");
    expect(done).toMatchObject({ transactions: plan.steps.length - 30, steps: plan.steps.length, startNonce: 0 });
    expect(done["addresses"]).toEqual({
      ...plan.addresses,
      ...{ L2Migrator: null, L2MigratorTarget: null, DelegatorPool: null },
    });
    expect(await json("deploy")).toMatchObject({ transactions: 0, gasUsed: "0" });
    expect(await session.nonce(deployer.address)).toBe(plan.steps.length);
  }, 30_000);

  test("puts what programs expect at fixed addresses there", async () => {
    expect(await session.read(multicall3Abi, multicall3Address, "getChainId", [])).toBe(31337n);
    const controller = await session.read(serviceRegistryAbi, aiServiceRegistryAddress, "controller", []);
    expect(controller.toLowerCase()).toBe(devnet.contracts.Controller.address);
  });

  test("shows the state to people and to programs", async () => {
    const status = await json("status");
    expect(status).toMatchObject({
      chainId: 31337,
      controller: devnet.contracts.Controller.address,
      owner: deployer.address,
      isPaused: false,
      isComplete: true,
      bondingManagerVariant: "base",
      contracts: { BondingManager: plan.addresses.BondingManager },
      stake: { totalSupply: String(6_843_700n * ether), poolMaxSize: "50" },
    });
    const { text } = await runChainCommand(["status", "--rpc", anvil.rpcUrl], () => {});
    expect(text).toMatch(/^protocol +running$/m);
    expect(text).toContain(devnet.contracts.TicketBroker?.address);
    // The whole program once, from its command line.
    const args = ["node/src/main.ts", "chain", "round", "show", "--rpc", anvil.rpcUrl];
    const printed = await run(process.execPath, args);
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+, .* of 60 blocks left\n$/) });
    expect(await run(process.execPath, [...args, "--controller", deployer.address])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no contract at the Controller's address"),
    });
  }, 30_000);

  test("funds accounts with ether, LPT, deposit and reserve", async () => {
    const to = testAccount(8).address;
    const before = await session.balance(to);
    expect(await json(`fund --to ${to} --eth 1.5 --lpt 20 --deposit 2 --reserve 3`)).toMatchObject({
      from: deployer.address,
      transactions: 3,
    });
    expect((await session.balance(to)) - before).toBe((3n * ether) / 2n);
    const { LivepeerToken, TicketBroker } = plan.addresses;
    expect(await session.read(livepeerTokenAbi, LivepeerToken, "balanceOf", [to])).toBe(20n * ether);
    const [sender, reserve] = await session.read(ticketBrokerAbi, TicketBroker, "getSenderInfo", [to]);
    expect([sender.deposit, reserve.fundsRemaining]).toEqual([2n * ether, 3n * ether]);
    const { accounts } = (await json(`accounts --accounts ${to}`)) as { accounts: unknown[] };
    expect(accounts).toMatchObject([
      { address: to, lptWei: String(20n * ether), depositWei: String(2n * ether), stakeWei: "0" },
    ]);
    expect(await failure(`fund --to ${to} --lpt 1 --dev-account 9`)).toMatchObject({ code: "deploy_unfunded" });
    expect(await failure(`fund --to ${to} --eth 1 --key-file ${join(folder, "nobody")}`)).toMatchObject({
      code: "deploy_unfunded",
      message: expect.stringContaining("has 0 wei"),
    });
  });

  test("initializes rounds, changes parameters, pauses and goes on", async () => {
    await mineBlocks(session, 60n);
    const round = await json("round initialize");
    expect(round).toMatchObject({ isInitialized: true, transactions: 1 });
    expect(await json("round initialize")).toMatchObject({ currentRound: round["currentRound"], transactions: 0 });
    expect(await json("params --set roundLength=50,unlockPeriod=40")).toMatchObject({
      params: { RoundsManager: { roundLength: "50" }, TicketBroker: { unlockPeriod: "40" } },
      transactions: 2,
    });
    expect(await json("params --set roundLength=50")).toMatchObject({ transactions: 0 });
    expect(await failure("params --set inflation=1")).toMatchObject({ code: "bad_flag" });
    expect(await failure("pause --dev-account 7")).toMatchObject({
      code: "chain_not_owner",
      message: expect.stringContaining(`have it call ${devnet.contracts.Controller.address} with 0x8456cb59`),
    });
    expect(await json("pause")).toMatchObject({ isPaused: true, transactions: 1 });
    expect(await json("pause")).toMatchObject({ isPaused: true, transactions: 0 });
    expect(await json("unpause")).toMatchObject({ isPaused: false, transactions: 1 });
  });

  test("upgrades a contract behind its proxy", async () => {
    const upgraded = await json("upgrade --contract BondingManager --variant reward-caller");
    expect(upgraded).toMatchObject({ transactions: 2, changes: [], proxy: devnet.contracts.BondingManager?.address });
    expect(await json("status")).toMatchObject({ bondingManagerVariant: "reward-caller" });
    expect(await failure("upgrade --contract BondingManager")).toMatchObject({ code: "bad_flag" });
    expect(await failure("upgrade --contract RoundsManager --variant base")).toMatchObject({ code: "bad_flag" });
  });

  test("takes keys from a keystore, and development keys on development chains only", async () => {
    const { key, address } = testAccount(10);
    const keystore = join(folder, "keystore");
    await new KeystoreDir(keystore).create("a password", { privateKey: fromHex(key), strength: "light" });
    await writeFile(join(folder, "password"), "a password\n");
    await writeFile(join(folder, "wrong"), "another\n");
    const fund = `fund --to ${deployer.address} --eth 1`;
    const kept = `--keystore ${keystore} --password-file`;
    expect(await json(`${fund} ${kept} ${join(folder, "password")}`)).toMatchObject({ from: address });
    expect(await failure(`${fund} ${kept} ${join(folder, "wrong")}`)).toMatchObject({ code: "keystore_bad_password" });
    expect(await failure(`${fund} --key-file ${join(folder, "password")}`)).toMatchObject({
      code: "key_file_unreadable",
      message: expect.stringContaining("64 hexadecimal digits"),
    });
    const front = await RewritingFront.start(anvil.rpcUrl, (method, result) =>
      method === "web3_clientVersion" ? "nitro/v3.1.0" : result,
    );
    try {
      expect(await failure(fund, front.rpcUrl)).toMatchObject({
        code: "bad_flag",
        message: expect.stringContaining("give --key-file or --keystore"),
      });
      expect(await failure("deploy --network arbitrum-like", front.rpcUrl)).toMatchObject({
        code: "deploy_wrong_chain",
        message: expect.stringContaining("give --chain-id 31337 if that is the one"),
      });
      expect(await json(`${fund} ${kept} ${join(folder, "password")}`, front.rpcUrl)).toMatchObject({ from: address });
    } finally {
      await front.stop();
    }
  });

  test("deploys from a parameter file", async () => {
    const params = join(folder, "params.json");
    await writeFile(params, "{ no JSON");
    expect(await failure(`deploy --params ${params}`)).toMatchObject({ code: "deploy_bad_params" });
    expect(await failure("deploy --network somewhere")).toMatchObject({ code: "bad_flag" });
    const deployed = await json("deploy --network arbitrum-like --dev-account 11");
    expect(deployed).toMatchObject({ deployer: testAccount(11).address, chainId: 31337 });
    const controller = deployed["controller"] as string;
    expect(await json(`status --network arbitrum-like --controller ${controller}`)).toMatchObject({
      isComplete: true,
      bondingManagerVariant: "active-redeemers",
      round: { roundLength: "6377" },
    });
  }, 30_000);

  test("explains itself, and refuses what it does not know", async () => {
    const help = await runChainCommand(["help"], () => {});
    expect(help.text).toMatch(/^ {2}round show\|initialize +the current round/m);
    expect((await runChainCommand(["upgrade", "--help"], () => {})).text).toContain("--variant");
    await expect(runChainCommand(["destroy"], () => {})).rejects.toMatchObject({ code: "bad_flag" });
    await expect(runChainCommand(["round", "end"], () => {})).rejects.toMatchObject({ code: "bad_flag" });
    await expect(runChainCommand(["status", "now"], () => {})).rejects.toMatchObject({ code: "bad_flag" });
    expect(await failure("status --nothing 1")).toMatchObject({ code: "bad_flag" });
  });
});
