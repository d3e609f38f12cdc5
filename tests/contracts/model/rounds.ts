import { check } from "./revert.ts";
import { milli, percentOf } from "./shares.ts";
import type { World } from "./world.ts";

/** Time is counted in blocks, and blocks in rounds. A round has to be initialized before anything is done in it. */
export type Rounds = {
  block: bigint;
  /** Blocks. */
  length: bigint;
  /** Part of the round, at its end, in which transcoders may not change their terms; of 1e6. */
  lockAmount: bigint;
  lastInitializedRound: bigint;
};

export function currentRound({ rounds }: World): bigint {
  return rounds.block / rounds.length;
}

export function isInitialized(world: World): boolean {
  return world.rounds.lastInitializedRound === currentRound(world);
}

export function checkInitialized(world: World): void {
  check(isInitialized(world), "current round is not initialized");
}

export function isLocked({ rounds }: World): boolean {
  const locked = percentOf(rounds.length, rounds.lockAmount, milli);
  return rounds.block % rounds.length >= rounds.length - locked;
}
