import { poolOf } from "./earnings.ts";
import { minus } from "./revert.ts";
import { currentRound } from "./rounds.ts";
import { isRegistered } from "./status.ts";
import { type Hint, insert, isFull, isInPool, remove, update } from "./transcoder-pool.ts";
import { type Account, announce, delegatorOf, never, transcoderOf, type World } from "./world.ts";

// A change of stake counts from the next round on; the stake of the running round stays as it was.

/** Adds to the stake bonded to somebody. */
export function increaseStake(world: World, delegate: Account, amount: bigint, hint: Hint): void {
  const total = delegatorOf(world, delegate).delegated + amount;
  if (isRegistered(world, delegate)) {
    if (isInPool(world.pool, delegate)) {
      world.nextRoundTotalActiveStake += amount;
      changePoolStake(world, delegate, total, hint);
    } else {
      joinPool(world, delegate, total, hint);
    }
  }
  delegatorOf(world, delegate).delegated = total;
}

/** Takes from the stake bonded to somebody. A larger outsider does not move up by that: it has to act itself. */
export function decreaseStake(world: World, delegate: Account, amount: bigint, hint: Hint): void {
  const total = minus(delegatorOf(world, delegate).delegated, amount);
  if (isInPool(world.pool, delegate)) {
    world.nextRoundTotalActiveStake = minus(world.nextRoundTotalActiveStake, amount);
    changePoolStake(world, delegate, total, hint);
  }
  delegatorOf(world, delegate).delegated = total;
}

function changePoolStake(world: World, id: Account, total: bigint, hint: Hint): void {
  update(world.pool, id, total, hint);
  const transcoder = transcoderOf(world, id);
  const round = currentRound(world);
  if (transcoder.lastActiveStakeUpdateRound < round)
    poolOf(transcoder, round).totalStake = delegatorOf(world, id).delegated;
  poolOf(transcoder, round + 1n).totalStake = total;
  transcoder.lastActiveStakeUpdateRound = round + 1n;
}

/** Takes a place in the pool from the next round on, if one is free or the last member has less stake. */
export function joinPool(world: World, id: Account, total: bigint, hint: Hint): void {
  const round = currentRound(world) + 1n;
  const last = world.pool.members.at(-1);
  if (isFull(world.pool) && last !== undefined) {
    const { delegated } = delegatorOf(world, last.id);
    if (total <= delegated) return;
    remove(world.pool, last.id);
    transcoderOf(world, last.id).deactivationRound = round;
    world.nextRoundTotalActiveStake = minus(world.nextRoundTotalActiveStake, delegated);
    announce(world, "TranscoderDeactivated", last.id, round);
  }
  insert(world.pool, id, total, hint);
  world.nextRoundTotalActiveStake += total;
  const transcoder = transcoderOf(world, id);
  transcoder.lastActiveStakeUpdateRound = round;
  transcoder.activationRound = round;
  transcoder.deactivationRound = never;
  poolOf(transcoder, round).totalStake = total;
  announce(world, "TranscoderActivated", id, round);
}

/** Gives the place in the pool up; the running round is still taken part in. */
export function resign(world: World, id: Account): void {
  remove(world.pool, id);
  world.nextRoundTotalActiveStake = minus(world.nextRoundTotalActiveStake, delegatorOf(world, id).delegated);
  const round = currentRound(world) + 1n;
  transcoderOf(world, id).deactivationRound = round;
  announce(world, "TranscoderDeactivated", id, round);
}
