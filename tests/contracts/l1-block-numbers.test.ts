import { noMetrics, silentLogger, type Tasks } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { BlockWatcher, loadAddressBook, RoundWatcher, RpcChainReader } from "@livepeer-ts/protocol";
import { adjustableRoundsManagerAbi, bondingVotesAbi, roundsManagerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, JsonRpc, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  type ChainSession,
  type DeployedProtocol,
  deployProtocol,
  mineBlocks,
  openChainSession,
  parseDeployParams,
} from "@livepeer-ts/protocol/deploy";
import { memoryHeaderStore } from "@livepeer-ts/protocol/testing";
import { encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import devnetJson from "../../contracts/deploy/devnet.json" with { type: "json" };
import { RewritingFront, withL1Number } from "./support/rewriting-front.ts";
import { testAccount } from "./support/test-accounts.ts";

// On Arbitrum `block.number` in a contract is the block of L1, which comes every 12 s or so, while L2 makes several
// blocks a second; so rounds, and everything counted in them, follow L1. A development chain cannot be told to lie to
// its contracts, hence the RoundsManager whose block number is set by hand, and a front that tells nodes the same.
const l2BlocksPerL1Block = 48n;
const firstL1Block = 20_000_080n; // a round of 60 begins 20 blocks later
const deployer = testAccount(0);

let anvil: Anvil;
let session: ChainSession;
let deployed: DeployedProtocol;
let front: RewritingFront;
let tasks: Tasks;
let l1Block = firstL1Block;

beforeAll(async () => {
  anvil = await startAnvil();
  session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 31337);
  const params = parseDeployParams(devnetJson);
  deployed = await deployProtocol({ session, deployerKey: deployer.key, params, rounds: "adjustable" });
  front = await RewritingFront.start(
    anvil.rpcUrl,
    withL1Number(() => l1Block),
  );
  tasks = createTasks("l1 numbers", silentLogger);
  await setL1Block(firstL1Block);
}, 60_000);

afterAll(async () => {
  await tasks?.stop();
  await front?.stop();
  await anvil?.stop();
});

test("rounds move with L1's blocks, however many blocks L2 makes in between", async () => {
  const { RoundsManager, BondingVotes } = deployed.addresses;
  const rounds = (name: "currentRound" | "currentRoundStartBlock" | "blockNum") =>
    session.read(roundsManagerAbi, RoundsManager, name, []);
  const round = await rounds("currentRound");
  expect(round).toBe(firstL1Block / 60n);
  const l2Before = await session.blockNumber();
  await mineBlocks(session, 10n * l2BlocksPerL1Block);
  expect((await session.blockNumber()) - l2Before).toBeGreaterThanOrEqual(480n);
  expect(await rounds("currentRound")).toBe(round);
  expect(await rounds("blockNum")).toBe(firstL1Block);

  await setL1Block(firstL1Block + 19n);
  expect(await rounds("currentRound")).toBe(round);
  await setL1Block(firstL1Block + 20n);
  expect(await rounds("currentRound")).toBe(round + 1n);
  expect(await rounds("currentRoundStartBlock")).toBe(firstL1Block + 20n);
  // Voting power is counted by the same clock.
  expect(BigInt(await session.read(bondingVotesAbi, BondingVotes, "clock", []))).toBe(round + 1n);
});

test("a node keeps the protocol's time by L1's blocks too", async () => {
  const base = { net: new NodeNet(), clock: systemClock(), logger: silentLogger, metrics: noMetrics, tasks };
  const rpc = new JsonRpc({ urls: [front.rpcUrl] }, base);
  const reader = new RpcChainReader(rpc);
  const book = await loadAddressBook(reader, deployed.addresses.Controller, tasks.signal);
  const blocks = new BlockWatcher({ pollIntervalMs: 60_000 }, { ...base, rpc, reader, store: memoryHeaderStore() });
  const rounds = new RoundWatcher({ ...base, reader, book, blocks });
  const seen: bigint[] = [];
  const seenRounds: bigint[] = [];
  rounds.onL1Block((block) => void seen.push(block));
  rounds.onRound(({ lastInitializedRound }) => void seenRounds.push(lastInitializedRound));
  await rounds.start(tasks.signal);
  await blocks.start(tasks);
  const start = l1Block;
  const { lastSeenL1Block, roundLength, startL1Block } = rounds.current();
  expect({ lastSeenL1Block, roundLength, startL1Block }).toEqual({
    lastSeenL1Block: start,
    roundLength: 60n,
    startL1Block: start,
  });

  await mineBlocks(session, l2BlocksPerL1Block);
  await blocks.poll(tasks.signal);
  expect(seen).toEqual([]);

  await setL1Block(start + 1n);
  await send("initializeRound", []);
  await blocks.poll(tasks.signal);
  expect(seen).toEqual([start + 1n]);
  expect(seenRounds).toEqual([start / 60n]);
  expect(rounds.current()).toMatchObject({ lastInitializedRound: start / 60n, lastSeenL1Block: start + 1n });
  // The head of L2 is far from the number that time is told by.
  expect((await session.blockNumber()) < rounds.current().lastSeenL1Block / 1000n).toBe(true);
});

async function setL1Block(block: bigint): Promise<void> {
  await send("setBlockNum", [block]);
  l1Block = block;
}

async function send(functionName: "setBlockNum" | "initializeRound", args: readonly [bigint] | readonly []) {
  const data = encodeFunctionData({ abi: adjustableRoundsManagerAbi, functionName, args } as Parameters<
    typeof encodeFunctionData<typeof adjustableRoundsManagerAbi>
  >[0]);
  await session.send(privateKeyToAccount(deployer.key), {
    what: functionName,
    to: deployed.addresses.RoundsManager,
    data,
  });
}
