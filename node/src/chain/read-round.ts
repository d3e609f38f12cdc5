import type { Address } from "@livepeer-ts/kernel";
import { roundsManagerAbi } from "@livepeer-ts/protocol/abi";
import type { ChainSession } from "@livepeer-ts/protocol/deploy";

/** State of the clock. Blocks are those the contracts count in, on Arbitrum those of L1. */
export type RoundState = {
  readonly currentRound: bigint;
  readonly isInitialized: boolean;
  readonly isLocked: boolean;
  readonly lastInitializedRound: bigint;
  readonly block: bigint;
  readonly startBlock: bigint;
  readonly roundLength: bigint;
  readonly blocksLeft: bigint;
  /** Zero when the round was not initialized. */
  readonly blockHash: string;
};

/** Reads the clock; undefined before it has a round length. */
export async function readRound(session: ChainSession, rounds: Address | undefined): Promise<RoundState | undefined> {
  if (rounds === undefined) return undefined;
  const roundLength = await session.read(roundsManagerAbi, rounds, "roundLength", []);
  if (roundLength === 0n) return undefined; // every other read divides by it
  const [currentRound, isInitialized, isLocked, lastInitializedRound, block, startBlock] = await Promise.all([
    session.read(roundsManagerAbi, rounds, "currentRound", []),
    session.read(roundsManagerAbi, rounds, "currentRoundInitialized", []),
    session.read(roundsManagerAbi, rounds, "currentRoundLocked", []),
    session.read(roundsManagerAbi, rounds, "lastInitializedRound", []),
    session.read(roundsManagerAbi, rounds, "blockNum", []),
    session.read(roundsManagerAbi, rounds, "currentRoundStartBlock", []),
  ]);
  const blockHash = await session.read(roundsManagerAbi, rounds, "blockHashForRound", [currentRound]);
  const blocksLeft = startBlock + roundLength - block;
  return {
    currentRound,
    isInitialized,
    isLocked,
    lastInitializedRound,
    block,
    startBlock,
    roundLength,
    blocksLeft,
    blockHash,
  };
}

/** The clock in one line. */
export function roundLine(round: RoundState): string {
  const { currentRound, isInitialized, isLocked, blocksLeft, lastInitializedRound } = round;
  const state = isInitialized ? "initialized" : `not initialized (the last one that was is ${lastInitializedRound})`;
  return `${currentRound}, ${state}${isLocked ? ", locked" : ""}, ${blocksLeft} of ${round.roundLength} blocks left`;
}
