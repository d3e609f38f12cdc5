import {
  type Address,
  fromHex,
  type Hash32,
  type Hex,
  hashFromBytes,
  keccak256,
  LpError,
  utf8,
} from "@livepeer-ts/kernel";
import { parseTransaction } from "viem";
import type { ChainRpc } from "../ports/chain-rpc.ts";
import { toQuantity } from "../rpc/rpc-values.ts";

type SimTx = { readonly hash: Hash32; readonly nonce: number; readonly feeCapWei: bigint; readonly data: Hex };
type SimLog = { readonly address: Address; readonly topics: readonly Hash32[]; readonly data: Hex };
type SimBlock = {
  readonly number: bigint;
  readonly hash: Hash32;
  readonly parentHash: Hash32;
  readonly txs: readonly SimTx[];
  readonly logs: readonly SimLog[];
};

const hashOf = (text: string): Hash32 => hashFromBytes(keccak256(utf8(text)));

function refused(rpcCode: number, rpcMessage: string): LpError {
  return new LpError({ code: "rpc_error", message: rpcMessage, details: { rpcCode, rpcMessage } });
}

/**
 * A chain in memory behind JSON-RPC: blocks on demand, logs, reorganizations, a pool of transactions of one account, outages.
 * Transactions succeed unless their data is in `reverting`. Nothing is executed.
 */
export class SimulatedChain implements ChainRpc {
  readonly chainId = 31337n;
  baseFeeWei: bigint | undefined = 7n;
  tipWei = 1_000_000_000n;
  /** Every call fails as if nobody listened. */
  isDown = false;
  /** Transactions whose call data is here revert, in simulation and when mined. */
  readonly reverting = new Map<Hex, string>();
  /** Called before each request; may throw to fail it. */
  onCall: ((method: string, params: readonly unknown[]) => void) | undefined;
  /** When false, the pool's transactions stay where they are. */
  minesTransactions = true;
  readonly calls: string[] = [];
  readonly sent: SimTx[] = [];
  #blocks: SimBlock[] = [];
  #pool: SimTx[] = [];
  #branch = 0;

  constructor(blockCount = 1) {
    for (let i = 0; i < blockCount; i++) this.mine();
  }

  get head(): bigint {
    return BigInt(this.#blocks.length - 1);
  }

  get poolSize(): number {
    return this.#pool.length;
  }

  /** Call data of the transactions on the chain, in order. */
  get minedData(): readonly Hex[] {
    return this.#blocks.flatMap((block) => block.txs.map((tx) => tx.data));
  }

  /** Adds a block with these logs and what the pool offers. */
  mine(logs: readonly SimLog[] = []): void {
    const number = BigInt(this.#blocks.length);
    const parent = this.#blocks[this.#blocks.length - 1];
    let nonce = this.#minedNonce();
    const txs: SimTx[] = [];
    if (this.minesTransactions) {
      for (const tx of [...this.#pool].sort((a, b) => a.nonce - b.nonce)) {
        if (tx.nonce !== nonce) continue;
        txs.push(tx);
        nonce++;
      }
      this.#pool = this.#pool.filter((tx) => tx.nonce >= nonce);
    }
    const hash = hashOf(`block ${number} on ${this.#branch}`);
    this.#blocks.push({ number, hash, parentHash: parent?.hash ?? hashOf("genesis"), txs, logs });
  }

  /** Takes back the last `depth` blocks; their transactions are forgotten. The next block is of another branch. */
  rollBack(depth: number): void {
    this.#blocks = this.#blocks.slice(0, this.#blocks.length - depth);
    this.#branch++;
  }

  /** Loses the transactions that wait. */
  dropPool(): void {
    this.#pool = [];
  }

  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.calls.push(method);
    if (this.isDown) throw new LpError({ code: "rpc_unavailable", message: "nobody listens", retryable: true });
    this.onCall?.(method, params);
    switch (method) {
      case "eth_chainId":
        return toQuantity(this.chainId);
      case "eth_gasPrice":
        return toQuantity(this.baseFeeWei ?? 5n);
      case "eth_maxPriorityFeePerGas":
        return toQuantity(this.tipWei);
      case "eth_getBlockByNumber":
        return this.#header(params[0] === "latest" ? this.#blocks.at(-1) : this.#blocks[Number(params[0])]);
      case "eth_getBlockByHash":
        return this.#header(this.#blocks.find((block) => block.hash === params[0]));
      case "eth_getLogs":
        return this.#logs(params[0] as { fromBlock: string; toBlock: string });
      case "eth_estimateGas":
        return this.#estimate((params[0] as { data: Hex }).data);
      case "eth_getTransactionCount":
        return toQuantity(this.#pendingNonce());
      case "eth_sendRawTransaction":
        return this.#accept(params[0] as Hex);
      case "eth_getTransactionReceipt":
        return this.#receipt(params[0] as Hash32);
      default:
        throw refused(-32601, `method ${method} not found`);
    }
  }

  #minedNonce(): number {
    return this.#blocks.reduce((sum, block) => sum + block.txs.length, 0);
  }

  #pendingNonce(): number {
    let nonce = this.#minedNonce();
    while (this.#pool.some((tx) => tx.nonce === nonce)) nonce++;
    return nonce;
  }

  #header(block: SimBlock | undefined): unknown {
    if (block === undefined) return null;
    return {
      number: toQuantity(block.number),
      hash: block.hash,
      parentHash: block.parentHash,
      timestamp: toQuantity(1_700_000_000n + block.number),
      ...(this.baseFeeWei === undefined ? {} : { baseFeePerGas: toQuantity(this.baseFeeWei) }),
    };
  }

  #logs(filter: { fromBlock: string; toBlock: string }): unknown {
    return this.#blocks.slice(Number(filter.fromBlock), Number(filter.toBlock) + 1).flatMap((block) =>
      block.logs.map((log, i) => ({
        ...log,
        blockNumber: toQuantity(block.number),
        blockHash: block.hash,
        transactionHash: hashOf(`tx of ${block.hash} ${i}`),
        logIndex: toQuantity(i),
      })),
    );
  }

  #estimate(data: Hex): Hex {
    const reason = this.reverting.get(data);
    if (reason !== undefined) throw refused(3, `execution reverted: ${reason}`);
    return "0x5208";
  }

  #accept(raw: Hex): Hash32 {
    const parsed = parseTransaction(raw);
    const tx: SimTx = {
      hash: hashFromBytes(keccak256(fromHex(raw))),
      nonce: parsed.nonce ?? 0,
      feeCapWei: parsed.maxFeePerGas ?? parsed.gasPrice ?? 0n,
      data: parsed.data ?? "0x",
    };
    if (tx.nonce < this.#minedNonce()) throw refused(-32000, "nonce too low");
    const same = this.#pool.find((other) => other.nonce === tx.nonce);
    if (same?.hash === tx.hash) throw refused(-32000, "already known");
    if (same !== undefined && tx.feeCapWei * 10n < same.feeCapWei * 11n) {
      throw refused(-32000, "replacement transaction underpriced");
    }
    this.#pool = [...this.#pool.filter((other) => other !== same), tx];
    this.sent.push(tx);
    return tx.hash;
  }

  #receipt(hash: Hash32): unknown {
    for (const block of this.#blocks) {
      const tx = block.txs.find((other) => other.hash === hash);
      if (tx === undefined) continue;
      return {
        transactionHash: hash,
        blockNumber: toQuantity(block.number),
        blockHash: block.hash,
        status: this.reverting.has(tx.data) ? "0x0" : "0x1",
        gasUsed: "0x5208",
        logs: [],
      };
    }
    return null;
  }
}
