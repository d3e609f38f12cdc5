import type { Hash32 } from "@livepeer-ts/kernel";
import { parseHash, parseObject, parseQuantity } from "../rpc/rpc-values.ts";
import { type ChainLog, parseLogs } from "../watch/chain-log.ts";

/** A transaction in a block. */
export type MinedTx = {
  readonly hash: Hash32;
  readonly blockNumber: bigint;
  readonly blockHash: Hash32;
  readonly success: boolean;
  readonly gasUsed: bigint;
  readonly logs: readonly ChainLog[];
};

/** A transaction receipt from its JSON-RPC form. Throws `rpc_bad_answer`. */
export function parseReceipt(value: unknown): MinedTx {
  const receipt = parseObject(value, "a receipt");
  return {
    hash: parseHash(receipt["transactionHash"], "a receipt's transaction"),
    blockNumber: parseQuantity(receipt["blockNumber"], "a receipt's block number"),
    blockHash: parseHash(receipt["blockHash"], "a receipt's block hash"),
    success: parseQuantity(receipt["status"], "a receipt's status") === 1n,
    gasUsed: parseQuantity(receipt["gasUsed"], "a receipt's gas"),
    logs: parseLogs(receipt["logs"]),
  };
}
