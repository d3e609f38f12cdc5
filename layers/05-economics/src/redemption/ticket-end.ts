import type { RoundTime } from "@livepeer-ts/protocol";

/** L1 blocks for which the chain still takes tickets of `creationRound`; 0 for those it takes no longer. */
export function blocksLeft(
  creationRound: bigint,
  validityRounds: bigint,
  time: Pick<RoundTime, "lastInitializedRound" | "startL1Block" | "roundLength" | "lastSeenL1Block">,
): bigint {
  const rounds = creationRound + validityRounds - time.lastInitializedRound;
  const left = time.startL1Block + rounds * time.roundLength - time.lastSeenL1Block;
  return left > 0n ? left : 0n;
}
