import { type Hash32, zeroHash } from "@livepeer-ts/kernel";

/** Rounds as a node knows them. */
export type KnownRounds = {
  readonly lastInitializedRound: bigint;
  readonly l1BlockHash: Hash32;
  readonly previousL1BlockHash: Hash32;
};

/**
 * The round that fresh tickets name. The contract takes only tickets of a round with a block hash, and some chains do not know that
 * of a fresh round: the round before has one. Without either the hash is zero.
 */
export function newestHashedRound(time: KnownRounds): {
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
} {
  const { lastInitializedRound: creationRound, l1BlockHash, previousL1BlockHash } = time;
  if (l1BlockHash !== zeroHash) return { creationRound, creationRoundBlockHash: l1BlockHash };
  return { creationRound: creationRound - 1n, creationRoundBlockHash: previousL1BlockHash };
}
