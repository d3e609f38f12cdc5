import { addRational, rational } from "@livepeer-ts/kernel";
import { factorsAt, openPool, rewardFactorOf } from "./earnings.ts";
import { mintReward, setMintable } from "./minting.ts";
import { check } from "./revert.ts";
import { checkInitialized, currentRound, isInitialized, isLocked } from "./rounds.ts";
import { grown, milli, percentOf, precise, scaled } from "./shares.ts";
import { increaseStake, joinPool } from "./stake-movement.ts";
import { isActive, isRegistered } from "./status.ts";
import { type Hint, isInPool } from "./transcoder-pool.ts";
import { checkpoint, checkpointTotal } from "./votes.ts";
import { type Account, announce, delegatorOf, payLpt, transcoderOf, type World } from "./world.ts";

/** Name of the treasury's account. */
export const treasury: Account = "treasury";

/** Begins a round: who is in the pool now is active in it, and a new treasury cut holds. */
export function initializeRound(world: World): void {
  check(!isInitialized(world), "round already initialized");
  world.rounds.lastInitializedRound = currentRound(world);
  world.currentRoundTotalActiveStake = world.nextRoundTotalActiveStake;
  world.treasuryCut = world.nextTreasuryCut;
  checkpointTotal(world);
  setMintable(world);
}

/** Sets a transcoder's terms; a registered one that is not in the pool tries to join. */
export function setTerms(world: World, caller: Account, rewardCut: bigint, feeShare: bigint, hint: Hint): void {
  checkInitialized(world);
  check(!isLocked(world), "can't update transcoder params, current round is locked");
  check(rewardCut <= milli, "invalid rewardCut percentage");
  check(feeShare <= milli, "invalid feeShare percentage");
  check(isRegistered(world, caller), "transcoder must be registered");
  const transcoder = transcoderOf(world, caller);
  check(
    !isActive(world, caller) || transcoder.lastRewardRound === currentRound(world),
    "caller can't be active or must have already called reward for the current round",
  );
  transcoder.rewardCut = rewardCut;
  transcoder.feeShare = feeShare;
  if (!isInPool(world.pool, caller)) joinPool(world, caller, delegatorOf(world, caller).delegated, hint);
  announce(world, "TranscoderUpdate", caller, rewardCut, feeShare);
}

/** Mints the caller's part of the round's new tokens and shares it among all who bonded to it. */
export function reward(world: World, caller: Account, hint: Hint): void {
  checkInitialized(world);
  const transcoder = transcoderOf(world, caller);
  const round = currentRound(world);
  check(isActive(world, caller), "caller must be an active transcoder");
  check(transcoder.lastRewardRound !== round, "caller has already called reward for the current round");
  const pool = openPool(transcoder, round);

  // A full treasury stops its cut from the next round on.
  const isTreasuryFull = world.treasuryCeiling > 0n && (world.lpt.get(treasury) ?? 0n) >= world.treasuryCeiling;
  if (isTreasuryFull) world.nextTreasuryCut = 0n;

  const minted = mintReward(world, pool.totalStake);
  const forTreasury = percentOf(minted, world.treasuryCut, precise);
  world.minting.held -= forTreasury;
  payLpt(world, treasury, forTreasury);
  if (forTreasury > 0n) announce(world, "TreasuryReward", caller, treasury, forTreasury);

  const rewards = minted - forTreasury;
  const commission = percentOf(rewards, pool.rewardCut, milli);
  const shared = rewards - commission;
  // Own rewards that wait to be claimed are stake too, and get their share.
  transcoder.activeCumulativeRewards = transcoder.cumulativeRewards;
  const ownShare = scaled(transcoder.activeCumulativeRewards, shared, pool.totalStake);
  transcoder.cumulativeRewards = addRational(transcoder.cumulativeRewards, addRational(ownShare, rational(commission)));
  const before = rewardFactorOf(factorsAt(transcoder, transcoder.lastRewardRound));
  pool.rewardFactor = grown(before, shared, pool.totalStake);
  transcoder.rewardUpdates += 1n;
  increaseStake(world, caller, rewards, hint);
  transcoder.lastRewardRound = round;
  announce(world, "Reward", caller, rewards);
  checkpoint(world, caller);
}
