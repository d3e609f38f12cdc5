import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeySigner } from "@livepeer-ts/economics";
import { OrchestratorClient, type OrchestratorInfo } from "@livepeer-ts/execution";
import {
  type Address,
  bigEndianToBigInt,
  checksumAddress,
  fromHex,
  type Hex,
  privateKeyToAddress,
  toHex,
} from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { contractEvent } from "@livepeer-ts/protocol";
import {
  bondingManagerAbi,
  livepeerTokenAbi,
  pollCreatorAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  bringUpDevnet,
  type Devnet,
  devnetDeployParams,
  mineBlocks,
  startNextRound,
} from "@livepeer-ts/protocol/deploy";
import { encodeFunctionData, recoverMessageAddress, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAdminJson } from "../../node/src/admin/admin-json.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { NodeProcess, runCli } from "../support/node-process.ts";
import { until } from "../support/until.ts";

const ether = 10n ** 18n;
const password = "a password";
const [orchestratorKey] = developmentKeys.orchestrators;
const me = privateKeyToAddress(fromHex(orchestratorKey));
const payer = privateKeyToAddress(fromHex(developmentKeys.gateway));
const someone = privateKeyToAddress(fromHex(developmentKeys.delegators[0]));

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let orchestrator: NodeProcess;
let gateway: NodeProcess;
let serviceUri: string;

async function chainFlags(name: string, key: Hex): Promise<string[]> {
  const data = join(folder, name);
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  return [
    ...["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller],
    ...["-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2", "-reward=false"],
  ];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-admin-chain-"));
  anvil = await startAnvil();
  devnet = await bringUpDevnet({
    rpcUrl: anvil.rpcUrl,
    deployerKey: developmentKeys.deployer,
    orchestrators: [],
    gateways: [],
    params: { ...devnetDeployParams, ticketBroker: { ...devnetDeployParams.ticketBroker, unlockPeriod: 2n } },
  });
  await send(developmentKeys.deployer, devnet.addresses.LivepeerToken, {
    abi: livepeerTokenAbi,
    functionName: "transfer",
    args: [me, 1000n * ether],
  });
  const port = await freePort();
  serviceUri = `https://127.0.0.1:${port}`;
  const [own, paying] = await Promise.all([chainFlags("o", orchestratorKey), chainFlags("g", developmentKeys.gateway)]);
  [orchestrator, gateway] = await Promise.all([
    NodeProcess.start([
      ...["-orchestrator", "-transcoder", ...own, "-serviceAddr", `127.0.0.1:${port}`, "-pricePerUnit", "1"],
      ...["-autoAdjustPrice=false", "-startupAvailabilityCheck=false"],
    ]),
    NodeProcess.start([
      ...["-gateway", ...paying, "-httpAddr", `127.0.0.1:${await freePort()}`],
      ...["-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([orchestrator?.stop(), gateway?.stop()]);
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

function send(key: Hex, to: Address, call: Parameters<typeof encodeFunctionData>[0]) {
  return devnet.chain.session.send(privateKeyToAccount(key), { what: "prepare", to, data: encodeFunctionData(call) });
}

const tokensOf = (account: Address) =>
  devnet.chain.session.read(livepeerTokenAbi, devnet.addresses.LivepeerToken, "balanceOf", [account]);
const bonding = {
  delegator: () => devnet.chain.session.read(bondingManagerAbi, devnet.addresses.BondingManager, "getDelegator", [me]),
  transcoder: () =>
    devnet.chain.session.read(bondingManagerAbi, devnet.addresses.BondingManager, "getTranscoder", [me]),
  status: () => devnet.chain.session.read(bondingManagerAbi, devnet.addresses.BondingManager, "transcoderStatus", [me]),
};

async function done(node: NodeProcess, path: string, params: Record<string, string> = {}) {
  const answer = await node.call("POST", path, params);
  expect(answer, path).toMatchObject({ status: 200 });
  return answer;
}
const json = async (node: NodeProcess, path: string) => parseAdminJson((await node.call("GET", path)).text) as never;

/** What the orchestrator answers a gateway with this key. */
async function offerFor(key: Hex): Promise<OrchestratorInfo> {
  const net = new NodeNet();
  try {
    const client = new OrchestratorClient({ net, clock: systemClock(), signer: createKeySigner(fromHex(key)) });
    const signal = AbortSignal.timeout(10_000);
    return await client.getInfo(serviceUri, undefined, { ignoreCapacityCheck: false, timeoutMs: 10_000, signal });
  } finally {
    await net.stop();
  }
}

async function fundsOf(account: Address) {
  const [sender, reserve] = await devnet.chain.session.read(
    ticketBrokerAbi,
    devnet.addresses.TicketBroker,
    "getSenderInfo",
    [account],
  );
  return { deposit: sender.deposit, withdrawRound: sender.withdrawRound, reserve: reserve.fundsRemaining };
}

describe("a node on a chain, through its admin port and livepeer_cli", () => {
  it("becomes an orchestrator through the menu, and gateways get its price", async () => {
    // rewards 12 %, fees: the default, one pixel, wei, 7, the URI it has, 500 LPT, send it; then leave
    const input = ["12", "12", "", "", "", "7", "", String(500n * ether), "y", "25"].join("\n");
    const { code, stdout, stderr } = await runCli(["-http", String(orchestrator.adminPort)], input);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`ETH Account | ${checksumAddress(me)}`);
    expect(stdout).toMatch(/1\. approve the stake .*: \d+ gas\n {2}2\. bond .*known after the step before/);
    expect(stdout).toMatch(/Estimated fee: more than 0\.\d+ ETH/);
    expect(stdout).toContain("The node is an orchestrator");
    expect(await bonding.status()).toBe(1);
    const [, rewardCut, feeShare] = await bonding.transcoder();
    expect([rewardCut, feeShare]).toEqual([120_000n, 50_000n]);
    const [staked, , delegate] = await bonding.delegator();
    expect([staked, delegate.toLowerCase()]).toEqual([500n * ether, me]);
    const registry = devnet.addresses.ServiceRegistry;
    expect(await devnet.chain.session.read(serviceRegistryAbi, registry, "getServiceURI", [me])).toBe(serviceUri);
    expect(await tokensOf(me)).toBe(500n * ether);
    expect(
      await orchestrator.call("POST", "/activateOrchestrator", {
        ...{ blockRewardCut: "1", feeShare: "1", pricePerUnit: "1", pixelsPerUnit: "1", serviceURI: serviceUri },
      }),
    ).toMatchObject({ status: 400, text: "orchestrator already registered\n" });
    await startNextRound(devnet.chain);

    // the gateway's side: a deposit, so that there is somebody to make an offer to
    const funded = await runCli(
      ["-http", String(gateway.adminPort), "fund-deposit-and-reserve", "--yes", "--json"].concat([
        "--depositAmount",
        String(2n * ether),
        "--reserveAmount",
        String(ether),
      ]),
    );
    expect(JSON.parse(funded.stdout)).toEqual({ result: "fundDepositAndReserve success" });
    expect(await fundsOf(payer)).toEqual({ deposit: 2n * ether, withdrawRound: 0n, reserve: ether });
    // the orchestrator follows the chain block by block: the deposit is news to it for a moment
    let offer: Awaited<ReturnType<typeof offerFor>> | undefined;
    await until("the orchestrator knows of the deposit", async () => {
      offer = await offerFor(developmentKeys.gateway).catch(({ message }: Error) => {
        expect(message).toBe("insufficient sender reserve");
        return undefined;
      });
      return offer !== undefined;
    });
    expect(offer?.priceInfo).toMatchObject({ pricePerUnit: 7n, pixelsPerUnit: 1n });
  });

  it("changes prices and the face value of new offers at once", async () => {
    await done(orchestrator, "/setPriceForBroadcaster", {
      ...{ pricePerUnit: "10", pixelsPerUnit: "4", broadcasterEthAddr: checksumAddress(payer) },
    });
    expect((await offerFor(developmentKeys.gateway)).priceInfo).toMatchObject({ pricePerUnit: 5n, pixelsPerUnit: 2n });
    await done(orchestrator, "/setOrchestratorConfig", { pricePerUnit: "9", pixelsPerUnit: "1" });
    expect(await json(orchestrator, "/orchestratorInfo")).toMatchObject({ PriceInfo: "9" });
    expect(await json(orchestrator, "/status")).toMatchObject({ BroadcasterPrices: { default: "9", [payer]: "5/2" } });
    const faceValue = async () =>
      bigEndianToBigInt((await offerFor(developmentKeys.gateway)).ticketParams?.faceValue ?? new Uint8Array(0));
    const before = await faceValue();
    await done(orchestrator, "/setMaxFaceValue", { maxfacevalue: String(before / 2n) });
    expect(await faceValue()).toBe(before / 2n);
    await done(orchestrator, "/setMaxFaceValue", { maxfacevalue: "0" });
    expect(await faceValue()).toBe(before);
  });

  it("refuses new sessions while it drains", async () => {
    await done(orchestrator, "/drain");
    await expect(offerFor(developmentKeys.gateway)).rejects.toThrow("OrchestratorCapped");
    expect(await json(orchestrator, "/status")).toMatchObject({ Draining: true });
    expect(await orchestrator.call("GET", "/readyz")).toMatchObject({ status: 503 });
    await done(orchestrator, "/undrain");
    expect((await offerFor(developmentKeys.gateway)).transcoder).toBe(serviceUri);
    expect(await orchestrator.call("GET", "/readyz")).toMatchObject({ status: 200 });
  });

  it("stakes, takes out and stakes again, each transaction read back from the chain", async () => {
    await done(orchestrator, "/bond", { amount: String(100n * ether), toAddr: me });
    expect((await bonding.delegator())[0]).toBe(600n * ether);
    await done(orchestrator, "/unbond", { amount: String(50n * ether) });
    await done(orchestrator, "/unbond", { amount: String(20n * ether) });
    const locks = (await json(orchestrator, "/unbondingLocks")) as { ID: number; Amount: bigint; Delegator: string }[];
    expect(locks).toMatchObject([
      { ID: 0, Amount: 50n * ether, Delegator: me },
      { ID: 1, Amount: 20n * ether },
    ]);
    expect(await json(orchestrator, "/unbondingLocks?withdrawable=true")).toEqual([]);
    await done(orchestrator, "/rebond", { unbondingLockId: "0" });
    expect((await bonding.delegator())[0]).toBe(580n * ether);
    for (const [path, params] of [
      ["/rebond", { unbondingLockId: "x" }],
      ["/bond", { amount: "x", toAddr: me }],
      ["/bond", { amount: String(10n ** 30n), toAddr: me }],
      ["/bond", { amount: "1", toAddr: "0x12" }],
    ] as const)
      expect(await orchestrator.call("POST", path, params)).toMatchObject({ status: 400 });
    expect(await orchestrator.call("POST", "/withdrawStake", { unbondingLockId: "y" })).toMatchObject({
      status: 400,
      text: "Cannot convert unbondingLockId: failed to parse big integer\n",
    });
    const delegator = await json(orchestrator, "/delegatorInfo");
    expect(delegator).toMatchObject({ Address: me, BondedAmount: 580n * ether, Status: "Bonded", DelegateAddress: me });
    expect(await json(orchestrator, "/registeredOrchestrators")).toMatchObject([
      { Address: me, ServiceURI: serviceUri, Active: true, Status: "Registered", DelegatedStake: 580n * ether },
    ]);
  });

  it("sends transactions of several calls at once, and shows what one costs without sending it", async () => {
    const before = await tokensOf(someone);
    const dry = await runCli(
      ["-http", String(orchestrator.adminPort), "transfer-tokens", "--dry-run", "--json"].concat([
        "--to",
        someone,
        "--amount",
        "5",
      ]),
    );
    const { estimate } = JSON.parse(dry.stdout);
    expect(estimate.steps).toMatchObject([{ what: "transfer LPT", to: devnet.addresses.LivepeerToken.toLowerCase() }]);
    expect(estimate.steps[0].gas).toBeGreaterThan(21_000);
    expect(await tokensOf(someone)).toBe(before);
    const refused = await runCli(
      ["-http", String(orchestrator.adminPort), "transfer-tokens"].concat(["--to", someone, "--amount", "5"]),
      "n\n",
    );
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was sent") });
    expect(await tokensOf(someone)).toBe(before);
    const amounts = [1n, 2n, 3n, 4n];
    await Promise.all(
      amounts.map((amount) => done(orchestrator, "/transferTokens", { to: someone, amount: String(amount) })),
    );
    expect(await tokensOf(someone)).toBe(before + 10n);
    expect(await orchestrator.call("POST", "/transferTokens", { to: "somebody", amount: "1" })).toMatchObject({
      status: 400,
    });
  });

  it("keeps to the highest gas price that was set while it runs", async () => {
    await done(orchestrator, "/setMaxGasPrice", { amount: "1" });
    expect((await orchestrator.call("GET", "/maxGasPrice")).text).toBe("1");
    const refused = await orchestrator.call("POST", "/transferTokens", { to: someone, amount: "1" });
    expect(refused.status).toBe(500);
    expect(refused.text).toMatch(/^current gas price exceeds maximum gas price max=1 current=\d+\n$/);
    await done(orchestrator, "/setMaxGasPrice", { amount: "0" });
    expect((await orchestrator.call("GET", "/maxGasPrice")).text).toBe("");
    await done(orchestrator, "/transferTokens", { to: someone, amount: "1" });
    await done(orchestrator, "/setMinGasPrice", { minGasPrice: "5" });
    expect((await orchestrator.call("GET", "/minGasPrice")).text).toBe("5");
  });

  it("signs messages and typed data with its key", async () => {
    const { bytes } = await done(orchestrator, "/signMessage", { message: "hello" });
    expect(bytes.length).toBe(65);
    expect((await recoverMessageAddress({ message: "hello", signature: toHex(bytes) })).toLowerCase()).toBe(me);
    const typed = {
      types: {
        EIP712Domain: [{ name: "name", type: "string" }],
        Mail: [{ name: "contents", type: "string" }],
      },
      primaryType: "Mail",
      domain: { name: "Ether Mail" },
      message: { contents: "Hello, Bob!" },
    } as const;
    const args = ["-http", String(orchestrator.adminPort), "sign-message", "--SigFormat", "data/typed"];
    const { stdout } = await runCli([...args, "--message", JSON.stringify(typed)]);
    const signature = stdout.trim() as Hex;
    expect((await recoverTypedDataAddress({ ...typed, signature })).toLowerCase()).toBe(me);
    const url = `http://127.0.0.1:${orchestrator.adminPort}/signMessage`;
    const bad = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ message: "no JSON" }),
      headers: { SigFormat: "data/typed" },
    });
    expect([bad.status, await bad.text()]).toEqual([
      400,
      expect.stringMatching(/^could not unmarshal typed data - err="/),
    ]);
  });

  it("votes in a poll, and not at an address where none is", async () => {
    const receipt = await send(orchestratorKey, devnet.addresses.PollCreator, {
      abi: pollCreatorAbi,
      functionName: "createPoll",
      args: ["0x00"],
    });
    const logs = (receipt as unknown as { logs: { address: string; topics: Hex[]; data: Hex }[] }).logs;
    const created = logs.map((log) => contractEvent(pollCreatorAbi, "PollCreated", log as never)).find((args) => args);
    const poll = String(created?.poll);
    const { bytes } = await done(orchestrator, "/vote", { poll, choiceID: "1" });
    const mined = (await devnet.chain.session.rpc("eth_getTransactionReceipt", [toHex(bytes)])) as Record<
      string,
      string
    >;
    expect([mined["status"], mined["to"], mined["from"]]).toEqual(["0x1", poll.toLowerCase(), me]);
    for (const [params, text] of [
      [{ poll: someone, choiceID: "0" }, "invalid poll contract address\n"],
      [{ poll: "foo", choiceID: "0" }, "invalid poll contract address\n"],
      [{ poll, choiceID: "foo" }, "choiceID is not a valid integer value\n"],
      [{ poll, choiceID: "2" }, "invalid choiceID\n"],
    ] as const)
      expect(await orchestrator.call("POST", "/vote", params)).toMatchObject({ status: 500, text });
    expect(await orchestrator.call("POST", "/voteOnProposal", { proposalID: "1", support: "3" })).toMatchObject({
      status: 500,
      text: "invalid support\n",
    });
    const unknown = await orchestrator.call("POST", "/voteOnProposal", { proposalID: "1", support: "1" });
    expect([unknown.status, unknown.text]).toEqual([
      500,
      expect.stringMatching(/^unable to submit vote transaction err="/),
    ]);
  });

  it("calls reward by GET too, as go-livepeer's tool does, and says why it cannot twice", async () => {
    const reward = () => orchestrator.call("GET", "/reward");
    expect(await reward()).toMatchObject({ status: 200, text: "" });
    const round = (await orchestrator.call("GET", "/currentRound")).text;
    expect((await bonding.transcoder())[0]).toBe(BigInt(round));
    expect(await reward()).toMatchObject({
      status: 500,
      text: "Error calling reward: execution reverted: caller has already called reward for the current round\n",
    });
    const info = (await json(orchestrator, "/orchestratorInfo")) as { Transcoder: { LastRewardRound: number } };
    expect(info.Transcoder.LastRewardRound).toBe(Number(round));
    const pool = await json(orchestrator, `/orchestratorEarningPoolsForRound?round=${round}`);
    expect(pool).toMatchObject({ TotalStake: expect.anything(), CumulativeFeeFactor: expect.anything() });
  });

  it("initializes a round, withdraws stake and claims when it is time", async () => {
    expect(await orchestrator.call("POST", "/initializeRound")).toMatchObject({
      status: 500,
      text: "could not initialize round: execution reverted: round already initialized\n",
    });
    await mineBlocks(devnet.chain.session, 60n);
    expect((await orchestrator.call("GET", "/roundInitialized")).text).toBe("false");
    await done(orchestrator, "/initializeRound");
    expect((await orchestrator.call("GET", "/roundInitialized")).text).toBe("true");
    await mineBlocks(devnet.chain.session, 7n * 60n);
    await startNextRound(devnet.chain);
    expect(await json(orchestrator, "/unbondingLocks?withdrawable=true")).toMatchObject([{ ID: 1 }]);
    const before = await tokensOf(me);
    await done(orchestrator, "/withdrawStake", { unbondingLockId: "1" });
    expect((await tokensOf(me)) - before).toBe(20n * ether);
    await done(orchestrator, "/claimEarnings");
    const [, , , , , lastClaimRound] = await bonding.delegator();
    expect(String(lastClaimRound)).toBe((await orchestrator.call("GET", "/currentRound")).text);
    expect(await orchestrator.call("POST", "/withdrawFees")).toMatchObject({
      status: 400,
      text: "missing form param: amount\n",
    });
    expect(await orchestrator.call("POST", "/withdrawFees", { amount: "x" })).toMatchObject({
      status: 400,
      text: "invalid amount: failed to parse big integer\n",
    });
    expect((await orchestrator.call("POST", "/withdrawFees", { amount: "5" })).text).toMatch(
      /^could not execute WithdrawFees: /,
    );
  });

  it("asks the faucet once an hour", async () => {
    const before = await tokensOf(payer);
    await done(gateway, "/requestTokens");
    expect(await tokensOf(payer)).toBeGreaterThan(before);
    expect((await gateway.call("POST", "/requestTokens")).text).toMatch(
      /^Error requesting tokens from faucet: can only request tokens once every hour, please wait \d+ more minutes\n$/,
    );
  });

  it("unlocks and withdraws a gateway's funds through the menu", async () => {
    const port = ["-http", String(gateway.adminPort)];
    const entry = (name: string, menu: string) => new RegExp(`^(\\d+)\\. ${name}$`, "m").exec(menu)?.[1] ?? "";
    const menu = (await runCli(port)).stdout;
    const leave = entry("Exit", menu);
    const choose = async (name: string, ...words: string[]) =>
      (await runCli(port, [entry(name, menu), ...words, leave, ""].join("\n"))).stdout;
    expect(await choose('Invoke "withdraw broadcasting funds"')).toContain(
      "Need to unlock before funds can be withdrawn",
    );
    await choose('Invoke "deposit broadcasting funds" \\(ETH\\)', "0.5", "", "y");
    expect(await fundsOf(payer)).toMatchObject({ deposit: (5n * ether) / 2n, reserve: ether });
    expect((await done(gateway, "/unlock")).text).toBe("unlock success");
    expect((await fundsOf(payer)).withdrawRound).toBeGreaterThan(0n);
    expect((await done(gateway, "/cancelUnlock")).text).toBe("cancelUnlock success");
    expect((await fundsOf(payer)).withdrawRound).toBe(0n);
    await done(gateway, "/unlock");
    expect((await gateway.call("POST", "/withdraw")).text).toMatch(/^could not execute withdraw: execution reverted/);
    const { UnlockPeriod } = (await json(gateway, "/ticketBrokerParams")) as { UnlockPeriod: number };
    for (let i = 0; i < UnlockPeriod; i++) await startNextRound(devnet.chain);
    const last = await choose('Invoke "withdraw broadcasting funds"', "y");
    expect(last).toMatch(/State \| +unlocked/);
    expect(last).toContain("Deposit and reserve withdrawn");
    const { withdrawRound, ...funds } = await fundsOf(payer);
    expect(funds).toEqual({ deposit: 0n, reserve: 0n });
    expect(await json(gateway, "/senderInfo")).toEqual({
      Deposit: 0,
      WithdrawRound: Number(withdrawRound),
      Reserve: { FundsRemaining: 0, ClaimedInCurrentRound: 0 },
    });
  });

  it("tells where the chain and the contracts are", async () => {
    expect((await gateway.call("GET", "/EthChainID")).text).toBe("31337");
    const head = await devnet.chain.session.blockNumber();
    await until("the node has seen the block", async () => {
      return bigEndianToBigInt((await gateway.call("GET", "/currentBlock")).bytes) === head;
    });
    expect((await gateway.call("GET", "/ethAddr")).text).toBe(checksumAddress(payer));
    const { Controller, LivepeerToken, ServiceRegistry, Minter } = devnet.addresses;
    expect(await json(gateway, "/contractAddresses")).toMatchObject({
      Controller,
      LivepeerToken,
      ServiceRegistry,
      Minter,
    });
    expect(await json(gateway, "/protocolParameters")).toMatchObject({
      RoundLength: 60,
      FinderFee: null,
      Paused: false,
    });
    expect(BigInt((await gateway.call("GET", "/ethBalance")).text)).toBe(await devnet.chain.session.balance(payer));
    expect(BigInt((await gateway.call("GET", "/tokenBalance")).text)).toBe(await tokensOf(payer));
  });
});
