import type { Address, Hash32, Hex } from "@livepeer-ts/kernel";
import { parseData, parseHash, parseList, parseObject, parseQuantity, parseRpcAddress } from "../rpc/rpc-values.ts";

/** One event log with its place in the chain. */
export type ChainLog = {
  readonly address: Address;
  readonly topics: readonly Hash32[];
  readonly data: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hash32;
  readonly txHash: Hash32;
  readonly logIndex: number;
};

/** Logs from the answer of `eth_getLogs`, in chain order. Throws `rpc_bad_answer`. */
export function parseLogs(answer: unknown): ChainLog[] {
  const logs = parseList(answer, "logs").map((item) => {
    const log = parseObject(item, "a log");
    return {
      address: parseRpcAddress(log["address"], "a log's address"),
      topics: parseList(log["topics"], "a log's topics").map((topic) => parseHash(topic, "a topic")),
      data: parseData(log["data"], "a log's data"),
      blockNumber: parseQuantity(log["blockNumber"], "a log's block number"),
      blockHash: parseHash(log["blockHash"], "a log's block hash"),
      txHash: parseHash(log["transactionHash"], "a log's transaction"),
      logIndex: Number(parseQuantity(log["logIndex"], "a log's index")),
    };
  });
  return logs.sort((a, b) =>
    a.blockNumber === b.blockNumber ? a.logIndex - b.logIndex : a.blockNumber < b.blockNumber ? -1 : 1,
  );
}
