import { type Hash32, noMetrics, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { encodeAbiParameters, encodeEventTopics } from "viem/utils";
import { beforeEach, describe, expect, it } from "vitest";
import { ticketBrokerAbi } from "../abi/index.ts";
import type { AddressBook } from "../contracts/address-book.ts";
import type { ReadValues } from "../ports/chain-reader.ts";
import type { RoundClock } from "../ports/round-clock.ts";
import { RpcChainReader } from "../rpc/rpc-chain-reader.ts";
import { memoryHeaderStore } from "../testing/memory-stores.ts";
import { SimulatedChain } from "../testing/simulated-chain.ts";
import { BlockWatcher } from "./block-watcher.ts";
import { SenderWatcher } from "./sender-watcher.ts";

const sender = toAddress(`0x${"aa".repeat(20)}`);
const broker = toAddress(`0x${"bb".repeat(20)}`);
const book = { ticketBroker: broker } as AddressBook;

/** A deposit of `amountWei`, as the contract reports it. */
function funded(amountWei: bigint) {
  const topics = encodeEventTopics({ abi: ticketBrokerAbi, eventName: "DepositFunded", args: { sender } });
  const data = encodeAbiParameters([{ type: "uint256" }], [amountWei]);
  return { address: broker, topics: topics as unknown as readonly Hash32[], data };
}

/** A chain on which `sender` has what `depositWei` says. */
class FundsReader extends RpcChainReader {
  depositWei = 0n;
  reads = 0;

  override async readAll<const R>(): Promise<ReadValues<R & []>> {
    this.reads++;
    const funds = { deposit: this.depositWei, withdrawRound: 0n };
    const reserve = { fundsRemaining: 0n, claimedInCurrentRound: 0n };
    return [[funds, reserve], 0n] as never;
  }
}

let chain: SimulatedChain;
let reader: FundsReader;
let watcher: SenderWatcher;
let poll: () => Promise<void>;

beforeEach(async () => {
  const host = new Simulation(1).host("node");
  chain = new SimulatedChain(5);
  reader = new FundsReader(chain);
  const base = { reader, clock: host.clock, logger: silentLogger, metrics: noMetrics };
  const blocks = new BlockWatcher({}, { ...base, rpc: chain, store: memoryHeaderStore() });
  watcher = new SenderWatcher({}, { ...base, book, blocks, rounds: {} as RoundClock, claimant: undefined });
  watcher.start(host.tasks);
  poll = async () => {
    await blocks.poll(host.tasks.signal);
    await new Promise(setImmediate); // what the poll set off
  };
  await poll();
});

const cachedWei = () => watcher.cached(sender)?.depositWei;

describe("the sender watcher", () => {
  it("reads a sender once, then follows its events", async () => {
    reader.depositWei = 5n;
    expect((await watcher.info(sender)).depositWei).toBe(5n);
    chain.mine([funded(3n)]);
    await poll();
    expect([(await watcher.info(sender)).depositWei, reader.reads]).toEqual([8n, 1]);
  });

  it("reads anew what a reorganization took back, until two reads in a row agree", async () => {
    reader.depositWei = 5n;
    await watcher.info(sender);
    chain.mine([funded(3n)]);
    await poll();
    chain.rollBack(1);
    chain.mine();
    // a node in the middle of the reorganization: the new block, and what the old one had done
    reader.depositWei = 8n;
    await poll();
    reader.depositWei = 5n;
    chain.mine();
    await poll();
    expect(cachedWei()).toBe(5n);
    chain.mine();
    await poll();
    const { reads } = reader;
    chain.mine([funded(3n)]);
    await poll();
    expect([cachedWei(), reader.reads]).toEqual([8n, reads]);
  });

  it("tells of what a reorganization changed, once for each change", async () => {
    reader.depositWei = 5n;
    await watcher.info(sender);
    chain.mine([funded(3n)]);
    await poll();
    const told: (bigint | undefined)[] = [];
    watcher.onChange(() => told.push(cachedWei()));
    chain.rollBack(1);
    for (let block = 0; block < 4; block++) {
      chain.mine();
      await poll();
    }
    expect(told).toEqual([5n]);
  });
});
