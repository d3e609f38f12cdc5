import type { Address, Hash32, Hex } from "@livepeer-ts/kernel";
import type { ChainLog } from "../watch/chain-log.ts";
import type { TxIntent } from "./intent-store.ts";

/** Something that shall happen on chain once. */
export type TxRequest = {
  /** Name of the effect, unique per account: submitting it again never sends a second transaction that could succeed too. */
  readonly id: string;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei?: bigint;
  /** Blocks on top of the transaction's own before the promise resolves, its own included. Default 1. */
  readonly confirmations?: number;
  /**
   * Least gas limit when it is estimated, gas. For calls of a contract that swallows failures of its own calls: an estimate only finds
   * what the outermost call needs. Default 0.
   */
  readonly minGas?: bigint;
};

/** A transaction that succeeded. */
export type TxResult = {
  readonly hash: Hash32;
  readonly blockNumber: bigint;
  readonly blockHash: Hash32;
  readonly gasUsed: bigint;
  readonly logs: readonly ChainLog[];
};

/** Sends transactions of one account. */
export interface TxSubmitter {
  readonly address: Address;
  /** Gas limit that every transaction has; 0 = as much as it needs. */
  readonly gasLimit: bigint;
  /** Gas that the effect would take now, nothing is sent. Rejects with `tx_would_revert` (`details.reason`), `rpc_unavailable`. */
  simulate(request: TxRequest, signal: AbortSignal): Promise<bigint>;
  /**
   * Simulates, sends, and resolves when the transaction is deep enough. Rejects with
   * `tx_would_revert` (simulation; `details.reason`), `tx_failed` (mined and reverted), `tx_timeout`, `gas_price_too_high`,
   * `replacement_too_expensive`, `rpc_unavailable`.
   */
  submit(request: TxRequest, signal: AbortSignal): Promise<TxResult>;
  /** What became of an effect, this run or an earlier one; undefined when it was never sent. */
  find(id: string): Promise<TxIntent | undefined>;
  /** The latest effects whose ids begin with `idPrefix`, newest first, at most `limit`. */
  findLatest(idPrefix: string, limit: number): Promise<readonly TxIntent[]>;
}
