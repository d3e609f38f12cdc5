import { createChainProjection } from "@livepeer-ts/data";
import { ticketHash } from "@livepeer-ts/economics";
import {
  fromHex,
  type Hex,
  keccak256,
  maxUint256,
  noMetrics,
  paddedBigEndian,
  silentLogger,
  type Tasks,
  toHash32,
  toHex,
} from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { loadAddressBook, RpcChainReader } from "@livepeer-ts/protocol";
import { roundsManagerAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, JsonRpc, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet, type Devnet } from "@livepeer-ts/protocol/deploy";
import { encodeAbiParameters, encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// anvil's public test accounts
const deployerKey: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const orchestratorKeys: readonly Hex[] = [
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
];
const gatewayKey: Hex = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";
const ether = 10n ** 18n;

describe("the chain projection on a real chain", () => {
  let anvil: Anvil;
  let devnet: Devnet;
  let tasks: Tasks;
  const net = new NodeNet();
  const clock = systemClock();

  beforeAll(async () => {
    anvil = await startAnvil();
    tasks = createTasks("test", silentLogger);
    devnet = await bringUpDevnet({
      rpcUrl: anvil.rpcUrl,
      deployerKey,
      orchestrators: orchestratorKeys.map((key, i) => ({
        key,
        amountWei: BigInt(3 - i) * 1_000n * ether,
        rewardCut: 100_000n,
        feeShare: 50_000n,
        serviceUri: `https://127.0.0.1:${8935 + i}`,
      })),
      gateways: [{ key: gatewayKey, depositWei: 2n * ether, reserveWei: ether }],
    });
  });
  afterAll(async () => {
    await tasks?.stop();
    await net.stop();
    await anvil?.stop();
  });

  it("reads stakes, money and rounds at one block, and paid equals credited after a redemption", async () => {
    const rpc = new JsonRpc({ urls: [anvil.rpcUrl] }, { net, clock, logger: silentLogger, metrics: noMetrics });
    const book = await loadAddressBook(new RpcChainReader(rpc), devnet.addresses.Controller, tasks.signal);
    const projection = createChainProjection(
      { startBlock: 0n, requestGapMs: 5 },
      { rpc, book, clock, logger: silentLogger },
    );
    const changed = () =>
      new Promise<void>((resolve) => {
        const stop = projection.subscribe(() => {
          stop();
          resolve();
        });
      });
    projection.start(tasks);
    await changed();
    const first = projection.current();
    expect(projection.reachable()).toBe(true);
    expect(first?.chainId).toBe(31337);
    expect(first?.members.map((member) => [member.address, member.uri, member.active])).toEqual(
      devnet.orchestrators.map((address, i) => [address, `https://127.0.0.1:${8935 + i}`, true]),
    );
    expect(first?.members[0]?.stakeWei).toBeGreaterThan(2_999n * ether);
    expect(first?.members[0]).toMatchObject({ feeSharePerc: 50_000n, rewardCutPerc: 100_000n, creditedWei: 0n });
    expect(first?.senders).toEqual([
      { address: devnet.gateways[0], depositWei: 2n * ether, reserveWei: ether, paidWei: 0n, creditedWei: 0n },
    ]);
    expect(first?.round).toMatchObject({ number: devnet.round, initialized: true, feesWei: 0n });
    expect(first?.stakersWei).toBe(0n);

    // More than the deposit: the rest comes from the reserve.
    const faceValueWei = 2n * ether + 12_345n;
    const { session, addresses } = devnet.chain;
    const recipient = devnet.orchestrators[1] as (typeof devnet.orchestrators)[number];
    const sender = devnet.gateways[0] as (typeof devnet.gateways)[number];
    const recipientRand = 77n;
    const creationRoundBlockHash = toHash32(
      await session.read(roundsManagerAbi, addresses.RoundsManager, "blockHashForRound", [devnet.round]),
    );
    const ticket = {
      recipient,
      sender,
      faceValueWei,
      winProb: maxUint256,
      senderNonce: 1,
      recipientRandHash: toHash32(toHex(keccak256(paddedBigEndian(recipientRand, 32)))),
      creationRound: devnet.round,
      creationRoundBlockHash,
    };
    const signature = await privateKeyToAccount(gatewayKey).signMessage({
      message: { raw: fromHex(ticketHash(ticket)) },
    });
    const auxData = encodeAbiParameters(
      [{ type: "uint256" }, { type: "bytes32" }],
      [devnet.round, creationRoundBlockHash],
    );
    const onChain = {
      recipient,
      sender,
      faceValue: faceValueWei,
      winProb: maxUint256,
      senderNonce: 1n,
      recipientRandHash: ticket.recipientRandHash,
      auxData,
    };
    await session.send(privateKeyToAccount(orchestratorKeys[1] as Hex), {
      what: "redeem",
      to: addresses.TicketBroker,
      data: encodeFunctionData({
        abi: ticketBrokerAbi,
        functionName: "redeemWinningTicket",
        args: [onChain, signature, recipientRand],
      }),
    });
    while ((projection.current()?.senders[0]?.creditedWei ?? 0n) === 0n) await changed();
    const second = projection.current();
    const credited = second?.senders[0]?.creditedWei ?? 0n;
    expect(credited).toBeGreaterThan(2n * ether);
    expect(second?.senders[0]).toMatchObject({ paidWei: credited, depositWei: 0n });
    expect(second?.members.map((member) => member.creditedWei)).toEqual([0n, credited]);
    expect(second?.round.feesWei).toBe(credited);
    expect(second?.block).toBeGreaterThan(first?.block ?? 0n);
  });

  it("keeps its figures and says so while the chain is silent", async () => {
    let isDown = false;
    const rpc = new JsonRpc({ urls: [anvil.rpcUrl] }, { net, clock, logger: silentLogger, metrics: noMetrics });
    const book = await loadAddressBook(new RpcChainReader(rpc), devnet.addresses.Controller, tasks.signal);
    const projection = createChainProjection(
      { startBlock: 0n, requestGapMs: 5 },
      {
        rpc: {
          call: (method, params, signal) =>
            isDown ? Promise.reject(new Error("the cable is pulled")) : rpc.call(method, params, signal),
        },
        book,
        clock,
        logger: silentLogger,
      },
    );
    const until = (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const stop = projection.subscribe(() => {
          if (!condition()) return;
          stop();
          resolve();
        });
      });
    projection.start(tasks);
    await until(() => projection.current() !== undefined);
    const before = projection.current();
    isDown = true;
    await until(() => !projection.reachable());
    expect(projection.current()?.block).toBe(before?.block);
    isDown = false;
    await until(() => projection.reachable());
  });

  it("begins at a later block with the balances of that block", async () => {
    const rpc = new JsonRpc({ urls: [anvil.rpcUrl] }, { net, clock, logger: silentLogger, metrics: noMetrics });
    const reader = new RpcChainReader(rpc);
    const book = await loadAddressBook(reader, devnet.addresses.Controller, tasks.signal);
    const head = await reader.header("latest", tasks.signal);
    const calls: string[] = [];
    const projection = createChainProjection(
      { startBlock: (head?.number ?? 0n) + 1n, senders: devnet.gateways, requestGapMs: 5 },
      {
        rpc: {
          call: (method, params, signal) => {
            calls.push(method);
            return rpc.call(method, params, signal);
          },
        },
        book,
        clock,
        logger: silentLogger,
      },
    );
    const until = (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const stop = projection.subscribe(() => {
          if (!condition()) return;
          stop();
          resolve();
        });
      });
    projection.start(tasks);
    await devnet.chain.session.rpc("anvil_mine", ["0x2"]);
    // Its members registered before: the pool's list is followed.
    await devnet.chain.session.rpc("anvil_mine", ["0x1"]);
    await until(() => projection.current()?.senders.length === 1);
    expect(projection.current()?.senders[0]).toMatchObject({ paidWei: 0n, creditedWei: 0n });
    await devnet.chain.session.rpc("anvil_mine", ["0x1"]);
    await until(() => projection.current()?.members.length === 2);
    expect(new Set(projection.current()?.members.map((member) => member.address))).toEqual(
      new Set(devnet.orchestrators),
    );
    expect(calls).not.toContain("eth_subscribe");
  });
});
