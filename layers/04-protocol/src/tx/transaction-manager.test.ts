import { type Hex, LpError, noMetrics, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { ChainRpc } from "../ports/chain-rpc.ts";
import type { IntentStore } from "../ports/intent-store.ts";
import type { TxResult } from "../ports/tx-submitter.ts";
import { RpcChainReader } from "../rpc/rpc-chain-reader.ts";
import { memoryIntentStore } from "../testing/memory-stores.ts";
import { SimulatedChain } from "../testing/simulated-chain.ts";
import { TransactionManager, type TransactionManagerOptions } from "./transaction-manager.ts";

const key = new Uint8Array(32).fill(7);
const to = toAddress(`0x${"22".repeat(20)}`);
const dataOf = (n: number): Hex => `0x${n.toString(16).padStart(8, "0")}`;

let simulation: Simulation;
let chain: SimulatedChain;
let store: IntentStore;
let stopMining: () => void;

beforeEach(() => {
  simulation = new Simulation(3);
  chain = new SimulatedChain(5);
  store = memoryIntentStore();
  let isMining = true;
  const tick = () => {
    if (!isMining) return;
    chain.mine();
    simulation.schedule(2000, "block", tick);
  };
  simulation.schedule(2000, "block", tick);
  stopMining = () => {
    isMining = false;
  };
});

async function start(
  options: TransactionManagerOptions = {},
  rpc: ChainRpc = chain,
): Promise<{ host: SimHost; manager: TransactionManager }> {
  const host = simulation.host("node");
  const reader = new RpcChainReader(rpc);
  const deps = { rpc, reader, store, clock: host.clock, logger: silentLogger, metrics: noMetrics };
  const manager = new TransactionManager(key, { timeoutMs: 60_000, ...options }, deps);
  await manager.start(host.tasks);
  return { host, manager };
}

/** Runs the simulation until the promise settles. */
async function outcome(promise: Promise<TxResult>, limitMs = 600_000): Promise<TxResult | LpError> {
  let settled: TxResult | LpError | undefined;
  promise.then(
    (value) => {
      settled = value;
    },
    (error) => {
      settled = error as LpError;
    },
  );
  await simulation.run(simulation.now + limitMs, () => settled !== undefined);
  if (settled === undefined) throw new Error("not settled in time");
  return settled;
}

const submit = (node: Awaited<ReturnType<typeof start>>, n: number, confirmations = 1) =>
  node.manager.submit({ id: `effect:${n}`, to, data: dataOf(n), confirmations }, node.host.tasks.signal);

/** A node whose only transaction was mined, and then taken out by a reorganization. */
async function reorganized() {
  const node = await start();
  await outcome(submit(node, 1));
  chain.rollBack(1);
  chain.dropPool();
  return node;
}

describe("the transaction manager", () => {
  it("sends in order of the calls and resolves with the block", async () => {
    const node = await start();
    const results = [submit(node, 1), submit(node, 2), submit(node, 3)];
    expect(await outcome(results[2] as Promise<TxResult>)).toMatchObject({ gasUsed: 21_000n });
    expect(chain.minedData).toEqual([dataOf(1), dataOf(2), dataOf(3)]);
    expect(chain.sent.map((tx) => tx.nonce)).toEqual([0, 1, 2]);
  });

  it("has one effect for one id, asked twice at once and again later", async () => {
    const node = await start();
    const both = [submit(node, 1), submit(node, 1)];
    const first = await outcome(both[0] as Promise<TxResult>);
    expect(await both[1]).toEqual(first);
    expect(await outcome(submit(node, 1))).toEqual(first);
    expect(chain.sent).toHaveLength(1);
  });

  it("does not send what would revert, and names the reason", async () => {
    const node = await start();
    chain.reverting.set(dataOf(1), "ticket is used");
    const error = (await outcome(submit(node, 1))) as LpError;
    expect(error).toMatchObject({ code: "tx_would_revert", message: "execution reverted: ticket is used" });
    expect(error.details["reason"]).toBe("ticket is used");
    expect(chain.sent).toHaveLength(0);
    chain.reverting.clear();
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
  });

  it("gives a transaction no less gas than asked for, unless all are held to one figure", async () => {
    const node = await start();
    const ask = (it: typeof node, n: number, minGas: bigint) =>
      outcome(it.manager.submit({ id: `effect:${n}`, to, data: dataOf(n), minGas }, it.host.tasks.signal));
    await ask(node, 1, 900_000n);
    await ask(node, 2, 1n);
    const fixed = await start({ gasLimit: 500_000n });
    expect(fixed.manager.gasLimit).toBe(500_000n);
    await ask(fixed, 3, 900_000n);
    const limits = (await node.manager.findLatest("effect:", 9)).map(({ id, gasLimit }) => [id, gasLimit]);
    expect(limits).toEqual([
      ["effect:3", 500_000n],
      ["effect:2", 25_200n],
      ["effect:1", 900_000n],
    ]);
  });

  it("simulates without sending", async () => {
    const { manager, host } = await start();
    expect(await manager.simulate({ id: "x", to, data: dataOf(1) }, host.tasks.signal)).toBe(21_000n);
    chain.reverting.set(dataOf(1), "ticket is used");
    const refused = manager.simulate({ id: "x", to, data: dataOf(1) }, host.tasks.signal);
    await expect(refused).rejects.toMatchObject({ code: "tx_would_revert", details: { reason: "ticket is used" } });
    expect(chain.sent).toHaveLength(0);
    expect(await manager.find("x")).toBeUndefined();
  });

  it("reports a mined revert, and lets the effect be tried again", async () => {
    const node = await start();
    const running = submit(node, 1);
    await simulation.run(simulation.now + 500);
    chain.reverting.set(dataOf(1), "too late");
    const error = (await outcome(running)) as LpError;
    expect(error.code).toBe("tx_failed");
    expect(error.message).toMatch(/^transaction failed txHash=0x/);
    chain.reverting.clear();
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.minedData).toEqual([dataOf(1), dataOf(1)]);
  });

  it("goes on after an error while handing over, without a nonce gap", async () => {
    const node = await start();
    let errors = 3;
    chain.onCall = (method) => {
      if (method === "eth_sendRawTransaction" && errors-- > 0) {
        throw new LpError({ code: "rpc_unavailable", message: "connection reset", retryable: true });
      }
    };
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
    expect(await outcome(submit(node, 2))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.sent.map((tx) => tx.nonce)).toEqual([0, 1]);
  });

  it("gives a nonce back when the node refuses for good", async () => {
    const node = await start();
    chain.onCall = (method) => {
      if (method === "eth_sendRawTransaction") {
        throw new LpError({ code: "rpc_error", message: "insufficient funds for gas * price + value" });
      }
    };
    expect(await outcome(submit(node, 1))).toMatchObject({ code: "rpc_error" });
    chain.onCall = undefined;
    expect(await outcome(submit(node, 2))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.sent.map((tx) => tx.nonce)).toEqual([0]);
  });

  it("replaces a transaction that is not mined, with 11 % more and the same nonce, and accepts either", async () => {
    const node = await start({ timeoutMs: 10_000, maxReplacements: 1 });
    chain.minesTransactions = false;
    const running = submit(node, 1);
    await simulation.run(simulation.now + 15_000);
    chain.minesTransactions = true;
    expect(await outcome(running)).toMatchObject({ gasUsed: 21_000n });
    const [first, second] = chain.sent;
    expect(chain.sent).toHaveLength(2);
    expect(second?.nonce).toBe(first?.nonce);
    expect(second?.feeCapWei).toBe(((first?.feeCapWei ?? 0n) * 111n + 99n) / 100n);
    expect(chain.minedData).toEqual([dataOf(1)]);
  });

  it("sends a dropped transaction's replacement, and times out when nothing helps", async () => {
    const node = await start({ timeoutMs: 10_000, maxReplacements: 1 });
    chain.minesTransactions = false;
    const running = submit(node, 1);
    await simulation.run(simulation.now + 5_000);
    chain.dropPool();
    const error = (await outcome(running)) as LpError;
    expect(error).toMatchObject({ code: "tx_timeout", retryable: true });
    expect(error.message).toMatch(/^timed out waiting for transaction receipt txHash=0x/);
    chain.minesTransactions = true;
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.minedData).toEqual([dataOf(1)]);
  });

  it("respects the highest gas price, at first and in a replacement", async () => {
    const cheap = await start({ maxGasPriceWei: 5n });
    expect(await outcome(submit(cheap, 1))).toMatchObject({ code: "gas_price_too_high", retryable: true });
    await cheap.host.tasks.stop();
    const node = await start({ maxGasPriceWei: 14n, timeoutMs: 10_000 });
    chain.minesTransactions = false;
    const error = (await outcome(submit(node, 1))) as LpError;
    expect(error.message).toBe("replacement gas price exceeds max gas price suggested=16 max=14");
  });

  it("sends again what a reorganization took out, before the nonce goes to another transaction", async () => {
    const node = await start();
    await outcome(submit(node, 1));
    await simulation.run(simulation.now + 500);
    stopMining();
    chain.rollBack(1);
    chain.dropPool();
    const next = submit(node, 2);
    const mining = () => {
      chain.mine();
      simulation.schedule(2000, "block", mining);
    };
    simulation.schedule(1000, "block", mining);
    expect(await outcome(next)).toMatchObject({ gasUsed: 21_000n });
    expect(chain.minedData).toEqual([dataOf(1), dataOf(2)]);
  });

  it("sends again what a reorganization took out, although a node cannot be asked for its receipt meanwhile", async () => {
    const node = await reorganized();
    let looks = 0;
    chain.onCall = (method) => {
      if (method !== "eth_getTransactionReceipt" || ++looks !== 2) return;
      throw new LpError({ code: "rpc_error", message: "header not found" });
    };
    await simulation.run(simulation.now + 60_000);
    expect(looks).toBeGreaterThan(2);
    expect(chain.minedData).toEqual([dataOf(1)]);
    expect(await node.manager.find("effect:1")).toMatchObject({ mined: { success: true } });
  });

  it("sends again what a reorganization took out, although a node has its effect for a while and no receipt", async () => {
    simulation.crash((await reorganized()).host);
    const until = simulation.now + 20_000;
    let refusals = 0;
    const inTheMiddle: ChainRpc = {
      call: async (method, params, signal) => {
        if (simulation.now >= until) return chain.call(method, params, signal);
        if (method === "eth_getTransactionCount") return "0x1";
        if (method !== "eth_sendRawTransaction") return chain.call(method, params, signal);
        refusals++;
        throw new LpError({ code: "rpc_error", message: "nonce too low" });
      },
    };
    const again = await start({}, inTheMiddle);
    await simulation.run(simulation.now + 60_000);
    expect(refusals).toBeGreaterThan(0);
    expect(chain.minedData).toEqual([dataOf(1)]);
    expect(await again.manager.find("effect:1")).toMatchObject({ mined: { success: true } });
  });

  it("waits for depth, and sends again when the block goes meanwhile", async () => {
    const node = await start();
    const running = submit(node, 1, 4);
    await simulation.run(simulation.now + 3_000);
    expect(chain.minedData).toEqual([dataOf(1)]);
    chain.rollBack(1);
    chain.dropPool();
    const result = (await outcome(running)) as TxResult;
    expect(chain.head - result.blockNumber + 1n).toBeGreaterThanOrEqual(4n);
    expect(chain.minedData).toEqual([dataOf(1)]);
  });

  it("has one effect after a crash at any call", async () => {
    for (let crashAt = 1; crashAt <= 14; crashAt++) {
      simulation = new Simulation(crashAt);
      chain = new SimulatedChain(5);
      const mining = () => {
        chain.mine();
        simulation.schedule(2000, "block", mining);
      };
      simulation.schedule(2000, "block", mining);
      const inner = memoryIntentStore();
      let calls = 0;
      let host: SimHost | undefined;
      const count = () => {
        calls++;
        if (calls === crashAt && host !== undefined) simulation.crash(host);
      };
      chain.onCall = () => count();
      store = {
        ...inner,
        put: async (intent) => {
          await inner.put(intent);
          count();
        },
      };
      const first = await start();
      host = first.host;
      calls = 0;
      void submit(first, 1).catch(() => undefined);
      await simulation.run(simulation.now + 30_000);
      chain.onCall = undefined;
      store = inner;
      const second = await start();
      expect(await outcome(submit(second, 1)), `crash at call ${crashAt}`).toMatchObject({ gasUsed: 21_000n });
      expect(chain.minedData, `crash at call ${crashAt}`).toEqual([dataOf(1)]);
    }
  });

  it("pays no more tip than its cap on chains with a tiny base fee, and uses legacy transactions without one", async () => {
    const node = await start({ maxGasPriceWei: 100n });
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.sent[0]?.feeCapWei).toBe(14n);
    chain.baseFeeWei = undefined;
    expect(await outcome(submit(node, 2))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.sent[1]?.feeCapWei).toBe(5n);
  });

  it("says so when another program spends from the account", async () => {
    const node = await start();
    const other = new TransactionManager(
      key,
      {},
      {
        rpc: chain,
        reader: new RpcChainReader(chain),
        store: memoryIntentStore(),
        clock: node.host.clock,
        logger: silentLogger,
        metrics: noMetrics,
      },
    );
    let once = true;
    chain.onCall = (method) => {
      if (method !== "eth_sendRawTransaction" || !once) return;
      once = false;
      void other.submit({ id: "x", to, data: dataOf(9) }, node.host.tasks.signal);
      throw new LpError({ code: "rpc_unavailable", message: "connection reset", retryable: true });
    };
    const error = (await outcome(submit(node, 1))) as LpError;
    expect(error).toMatchObject({ code: "tx_nonce_taken", retryable: true });
    expect(await outcome(submit(node, 1))).toMatchObject({ gasUsed: 21_000n });
    expect(chain.minedData).toEqual([dataOf(9), dataOf(1)]);
  });
});
