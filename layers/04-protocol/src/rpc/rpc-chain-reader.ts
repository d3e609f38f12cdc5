import { type Address, type Hash32, LpError } from "@livepeer-ts/kernel";
import { decodeMulticall, encodeMulticall, multicall3Address } from "../contracts/multicall.ts";
import type { ChainHeader, ChainReader, ContractRead, ReadValues } from "../ports/chain-reader.ts";
import type { ChainRpc } from "../ports/chain-rpc.ts";
import { decodeRevertData } from "./revert-reason.ts";
import { parseData, parseHash, parseObject, parseQuantity, toQuantity } from "./rpc-values.ts";

/** Reads per Multicall3 request. */
const maxReadsPerCall = 200;

/** A header from its JSON-RPC form. Throws `rpc_bad_answer`. */
export function parseHeader(value: unknown): ChainHeader {
  const block = parseObject(value, "a block");
  const number = parseQuantity(block["number"], "a block number");
  const l1 = block["l1BlockNumber"];
  const baseFee = block["baseFeePerGas"];
  return {
    number,
    hash: parseHash(block["hash"], "a block hash"),
    parentHash: parseHash(block["parentHash"], "a parent hash"),
    // Arbitrum sends the L1 number, other chains leave the field out
    l1BlockNumber: l1 === undefined || l1 === null ? number : parseQuantity(l1, "an L1 block number"),
    timestampSec: parseQuantity(block["timestamp"], "a block time"),
    baseFeeWei: baseFee === undefined || baseFee === null ? undefined : parseQuantity(baseFee, "a base fee"),
  };
}

const blockTag = (at: bigint | undefined) => (at === undefined ? "latest" : toQuantity(at));

/** Typed reads over JSON-RPC. */
export class RpcChainReader implements ChainReader {
  readonly #rpc: ChainRpc;
  #multicall: boolean | undefined;

  constructor(rpc: ChainRpc) {
    this.#rpc = rpc;
  }

  async chainId(signal: AbortSignal): Promise<bigint> {
    return parseQuantity(await this.#rpc.call("eth_chainId", [], signal), "a chain id");
  }

  async header(block: "latest" | bigint | Hash32, signal: AbortSignal): Promise<ChainHeader | undefined> {
    const byHash = typeof block === "string" && block !== "latest";
    const answer = await this.#rpc.call(
      byHash ? "eth_getBlockByHash" : "eth_getBlockByNumber",
      [typeof block === "bigint" ? toQuantity(block) : block, false],
      signal,
    );
    return answer === null ? undefined : parseHeader(answer);
  }

  async balance(address: Address, signal: AbortSignal): Promise<bigint> {
    return parseQuantity(await this.#rpc.call("eth_getBalance", [address, "latest"], signal), "a balance");
  }

  async hasCode(address: Address, signal: AbortSignal): Promise<boolean> {
    return parseData(await this.#rpc.call("eth_getCode", [address, "latest"], signal), "code").length > 2;
  }

  async gasPrice(signal: AbortSignal): Promise<bigint> {
    return parseQuantity(await this.#rpc.call("eth_gasPrice", [], signal), "a gas price");
  }

  async read<T>(read: ContractRead<T>, signal: AbortSignal, at?: bigint): Promise<T> {
    const answer = await this.#rpc.call("eth_call", [{ to: read.to, data: read.data }, blockTag(at)], signal);
    return read.decode(parseData(answer, `the value of ${read.name}`));
  }

  async readAll<const R extends readonly ContractRead<unknown>[]>(
    reads: R,
    signal: AbortSignal,
    at?: bigint,
  ): Promise<ReadValues<R>> {
    if (reads.length === 0) return [] as unknown as ReadValues<R>;
    this.#multicall ??= await this.hasCode(multicall3Address, signal);
    if (!this.#multicall || reads.length === 1) {
      const values: unknown[] = [];
      for (const read of reads) values.push(await this.read(read, signal, at));
      return values as ReadValues<R>;
    }
    const values: unknown[] = [];
    for (let from = 0; from < reads.length; from += maxReadsPerCall) {
      values.push(...(await this.#aggregate(reads.slice(from, from + maxReadsPerCall), signal, at)));
    }
    return values as ReadValues<R>;
  }

  async #aggregate(reads: readonly ContractRead<unknown>[], signal: AbortSignal, at?: bigint): Promise<unknown[]> {
    const call = { to: multicall3Address, data: encodeMulticall(reads) };
    const answer = await this.#rpc.call("eth_call", [call, blockTag(at)], signal);
    const results = decodeMulticall(parseData(answer, "the answer of Multicall3"));
    return reads.map((read, i) => {
      const result = results[i];
      if (result?.success !== true) {
        throw new LpError({
          code: "rpc_error",
          message: `eth_call: ${read.name} reverted: ${decodeRevertData(result?.returnData) ?? "no reason given"}`,
          details: { rpcCode: 3, rpcMessage: "execution reverted", data: result?.returnData, host: "" },
        });
      }
      return read.decode(result.returnData);
    });
  }
}
