import type { Hash32 } from "@livepeer-ts/kernel";

/** The protocol's time, as last seen on the chain. */
export type RoundTime = {
  readonly lastInitializedRound: bigint;
  /** L1 block hash of that round; zero on chains that do not know it. */
  readonly l1BlockHash: Hash32;
  /** L1 block hash of the round before. */
  readonly previousL1BlockHash: Hash32;
  /** First L1 block of the round the chain is in. */
  readonly startL1Block: bigint;
  /** Rounds are this many L1 blocks long. */
  readonly roundLength: bigint;
  /** Orchestrators in the pool (of the next round). */
  readonly poolSize: bigint;
  readonly lastSeenL1Block: bigint;
};

/** Rounds and L1 blocks. Reading never waits; on an RPC outage the last known values stay. */
export interface RoundClock {
  current(): RoundTime;
  /** Called after a round was initialized (or un-initialized by a reorganization). Returns the way to stop. */
  onRound(listener: (time: RoundTime) => Promise<void> | void): () => void;
  /** Called when a newer L1 block was seen. */
  onL1Block(listener: (l1Block: bigint) => Promise<void> | void): () => void;
}
