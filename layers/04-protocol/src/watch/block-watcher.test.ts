import {
  type Hash32,
  hashFromBytes,
  keccak256,
  LpError,
  noMetrics,
  silentLogger,
  toAddress,
  utf8,
} from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { RpcChainReader } from "../rpc/rpc-chain-reader.ts";
import { memoryHeaderStore } from "../testing/memory-stores.ts";
import { SimulatedChain } from "../testing/simulated-chain.ts";
import { type BlockStep, BlockWatcher } from "./block-watcher.ts";

const topic = hashFromBytes(keccak256(utf8("an event")));
const log = (name: string) => ({
  address: toAddress(`0x${"11".repeat(20)}`),
  topics: [topic] as readonly Hash32[],
  data: `0x${Buffer.from(name).toString("hex")}` as const,
});
const nameOf = (entry: { data: string }) => Buffer.from(entry.data.slice(2), "hex").toString();

let chain: SimulatedChain;
let store = memoryHeaderStore();
let steps: { added: string[]; removed: string[]; head: bigint }[];
const simulation = new Simulation(1);
const host = simulation.host("node");
const signal = host.tasks.signal;

function newWatcher(options: { maxHeaders?: number; maxLogRange?: number } = {}): BlockWatcher {
  const reader = new RpcChainReader(chain);
  const deps = { rpc: chain, reader, store, clock: host.clock, logger: silentLogger, metrics: noMetrics };
  const watcher = new BlockWatcher({ topics: [topic], ...options }, deps);
  watcher.onBlock((step: BlockStep) => {
    steps.push({ added: step.added.map(nameOf), removed: step.removed.map(nameOf), head: step.head.number });
  });
  return watcher;
}

beforeEach(() => {
  chain = new SimulatedChain(5);
  store = memoryHeaderStore();
  steps = [];
});

describe("the block watcher", () => {
  it("starts at the head without history, and asks once per idle poll", async () => {
    const watcher = newWatcher();
    await watcher.poll(signal);
    expect(steps).toEqual([{ added: [], removed: [], head: 4n }]);
    chain.calls.length = 0;
    await watcher.poll(signal);
    await watcher.poll(signal);
    expect(chain.calls).toEqual(["eth_getBlockByNumber", "eth_getBlockByNumber"]);
    expect(steps).toHaveLength(1);
  });

  it("delivers logs of one new block and of many, in order", async () => {
    const watcher = newWatcher();
    await watcher.poll(signal);
    chain.mine([log("a"), log("b")]);
    await watcher.poll(signal);
    chain.mine([log("c")]);
    chain.mine();
    chain.mine([log("d")]);
    chain.mine();
    await watcher.poll(signal);
    expect(steps.slice(1)).toEqual([
      { added: ["a", "b"], removed: [], head: 5n },
      { added: ["c", "d"], removed: [], head: 9n },
    ]);
  });

  it("takes logs back in reverse order when their blocks go, and adds those of the new branch", async () => {
    const watcher = newWatcher();
    await watcher.poll(signal);
    chain.mine([log("a")]);
    await watcher.poll(signal);
    chain.mine([log("b"), log("c")]);
    await watcher.poll(signal);
    chain.mine([log("d")]);
    await watcher.poll(signal);
    chain.rollBack(2);
    chain.mine([log("e")]);
    chain.mine();
    chain.mine();
    await watcher.poll(signal);
    expect(steps.at(-1)).toEqual({ added: ["e"], removed: ["d", "c", "b"], head: 8n });
    chain.mine([log("f")]);
    await watcher.poll(signal);
    expect(steps.at(-1)).toEqual({ added: ["f"], removed: [], head: 9n });
  });

  it("notices a reorganization to a chain of the same height", async () => {
    const watcher = newWatcher();
    await watcher.poll(signal);
    chain.mine([log("a")]);
    await watcher.poll(signal);
    chain.rollBack(1);
    chain.mine([log("b")]);
    await watcher.poll(signal);
    expect(steps.at(-1)).toEqual({ added: ["b"], removed: ["a"], head: 5n });
  });

  it("leaves exactly the logs of the final chain over random reorganizations", async () => {
    for (let seed = 0; seed < 20; seed++) {
      chain = new SimulatedChain(3);
      store = memoryHeaderStore();
      steps = [];
      const random = new Simulation(seed).random;
      const watcher = newWatcher();
      const applied: string[] = [];
      await watcher.poll(signal);
      const onChain: string[][] = [];
      for (let round = 0; round < 40; round++) {
        const depth = random.u32() % 4 === 0 ? Math.min(onChain.length, random.u32() % 4) : 0;
        if (depth > 0) {
          chain.rollBack(depth);
          onChain.length -= depth;
        }
        for (let i = 0; i <= depth + (random.u32() % 2); i++) {
          const names = random.u32() % 2 === 0 ? [] : [`${round}.${i}`];
          chain.mine(names.map(log));
          onChain.push(names);
        }
        if (random.u32() % 3 !== 0) await watcher.poll(signal);
      }
      await watcher.poll(signal);
      for (const step of steps) {
        for (const name of step.removed) expect(applied.pop()).toBe(name);
        applied.push(...step.added);
      }
      expect(applied, `seed ${seed}`).toEqual(onChain.flat());
    }
  });

  it("resumes after a restart where it was, and refuses another chain", async () => {
    const first = newWatcher();
    await first.poll(signal);
    chain.mine([log("a")]);
    await first.poll(signal);
    chain.mine([log("b")]);
    chain.mine([log("c")]);
    const again = simulation.host("again");
    await newWatcher().start(again.tasks);
    expect(steps.at(-1)?.added).toEqual(["b", "c"]);
    await again.tasks.stop();

    chain.rollBack(8);
    for (let i = 0; i < 9; i++) chain.mine();
    await expect(newWatcher().start(simulation.host("other").tasks)).rejects.toMatchObject({ code: "chain_reset" });
  });

  it("asks for smaller ranges when the node refuses large ones", async () => {
    const watcher = newWatcher({ maxLogRange: 16 });
    await watcher.poll(signal);
    for (let i = 0; i < 40; i++) chain.mine([log(String(i))]);
    chain.onCall = (method, params) => {
      const range = params[0] as { fromBlock: string; toBlock: string };
      if (method === "eth_getLogs" && Number(range.toBlock) - Number(range.fromBlock) > 4) {
        throw new LpError({ code: "rpc_error", message: "query returned more than 10000 results" });
      }
    };
    await watcher.poll(signal);
    expect(steps.flatMap((step) => step.added)).toEqual(Array.from({ length: 40 }, (_, i) => String(i)));
  });

  it("says since when it fails, and recovers", async () => {
    const node = simulation.host("outage");
    const watcher = newWatcher();
    await watcher.start(node.tasks);
    chain.isDown = true;
    await simulation.run(simulation.now + 12_000);
    expect(watcher.health.failingSince).toBeDefined();
    chain.isDown = false;
    chain.mine([log("a")]);
    await simulation.run(simulation.now + 6_000);
    expect(watcher.health.failingSince).toBeUndefined();
    expect(steps.at(-1)?.added).toEqual(["a"]);
    await node.tasks.stop();
  });
});
