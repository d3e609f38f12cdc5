import type { Address } from "@livepeer-ts/kernel";

/** One orchestrator as the chain has it. */
export type ChainMember = {
  readonly address: Address;
  /** Empty when none is registered. */
  readonly uri: string;
  readonly active: boolean;
  readonly stakeWei: bigint;
  /** Share of fees given to delegators, of 1,000,000. */
  readonly feeSharePerc: bigint;
  /** Share of rewards kept, of 1,000,000. */
  readonly rewardCutPerc: bigint;
  readonly lastRewardRound: bigint;
  /** Σ `WinningTicketTransfer` to it since the reading began. */
  readonly creditedWei: bigint;
};

/** One gateway's money on chain. */
export type ChainSender = {
  readonly address: Address;
  readonly depositWei: bigint;
  readonly reserveWei: bigint;
  /** What left deposit and reserve for tickets since the reading began. */
  readonly paidWei: bigint;
  /** Σ `WinningTicketTransfer` from it since the reading began. */
  readonly creditedWei: bigint;
};

/** The chain at one block: every figure holds for `block`. */
export type ChainReading = {
  readonly chainId: number;
  readonly block: bigint;
  /** Wall time of the answer, ms. */
  readonly at: number;
  /** Seconds between blocks over the last readings; null until two were made. */
  readonly blockSec: number | null;
  readonly round: {
    readonly number: bigint;
    readonly initialized: boolean;
    /** Blocks in which rounds count (L1 blocks where there are any). */
    readonly startBlock: bigint;
    readonly block: bigint;
    readonly lengthBlocks: bigint;
    readonly feesWei: bigint;
    readonly rewards: readonly { readonly orchestrator: Address; readonly amountWei: bigint }[];
  };
  /** In order of registration. */
  readonly members: readonly ChainMember[];
  readonly senders: readonly ChainSender[];
  /** Of the credited fees, what belongs to delegators other than the orchestrators themselves; null when there are too many to ask for. */
  readonly stakersWei: bigint | null;
};

/** Follows the chain for the Network page. */
export interface ChainProjection {
  /** The last complete reading; undefined before the first. */
  current(): ChainReading | undefined;
  /** False since the last attempt to read failed. */
  reachable(): boolean;
  /** Called after each reading and each change of reachability. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}
