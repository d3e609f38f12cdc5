import { addRational, divRational, mulRational, type Rational, rational } from "@livepeer-ts/kernel";
import { claim } from "./claims.ts";
import { latestFactors, openPool, poolOf, rewardFactorOf } from "./earnings.ts";
import { check } from "./revert.ts";
import { checkInitialized, currentRound } from "./rounds.ts";
import { grown, milli, one, partOf, percentOf, precise, scaled } from "./shares.ts";
import { isRegistered } from "./status.ts";
import { checkpoint } from "./votes.ts";
import { type Account, announce, delegatorOf, type EarningsPool, nobody, transcoderOf, type World } from "./world.ts";

/** A winning ticket pays its recipient from the sender's deposit, which the Minter holds. */
export function redeemTicket(world: World, recipient: Account, faceValue: bigint): void {
  checkInitialized(world);
  // Round 0 counts as initialized, but nobody stored the block hash that a ticket of it would have to name.
  check(currentRound(world) > 0n, "ticket creationRound does not have a block hash");
  shareFees(world, recipient, faceValue);
}

/** Shares fees among all who bonded to a transcoder, by their stake before this round's reward. */
function shareFees(world: World, recipient: Account, fees: bigint): void {
  check(isRegistered(world, recipient), "transcoder must be registered");
  const transcoder = transcoderOf(world, recipient);
  const round = currentRound(world);
  const { lastRewardRound } = transcoder;
  let ownStake = transcoder.activeCumulativeRewards;
  let pool = poolOf(transcoder, round);
  const previous = latestFactors(transcoder, round - 1n);
  if (round > lastRewardRound) {
    pool = openPool(transcoder, round);
    ownStake = transcoder.cumulativeRewards;
  }
  let base = rewardFactorOf(previous);
  if (previous.rewardFactor.num === 0n && lastRewardRound === round) base = factorBeforeReward(world, pool);

  const shared = percentOf(fees, pool.feeShare, milli);
  const ownShare = scaled(ownStake, shared, pool.totalStake);
  transcoder.cumulativeFees = addRational(transcoder.cumulativeFees, addRational(ownShare, rational(fees - shared)));
  const perStake = scaled(one, shared, pool.totalStake);
  const earlier = pool.feeFactor.num === 0n ? previous.feeFactor : pool.feeFactor;
  pool.feeFactor = addRational(earlier, mulRational(base, perStake));
  transcoder.feeUpdates += 1n;
  transcoder.feesPerStake = addRational(transcoder.feesPerStake, perStake);
  transcoder.lastFeeRound = round;
}

/**
 * The reward factor before this round's reward, when no earlier round has one stored: this round's factor is divided
 * by the growth that its reward gave. The reward is estimated from the tokens that can be minted plus those that are,
 * so it comes out too large as soon as somebody has called; the reference does so, and what it pays is the rule.
 */
function factorBeforeReward(world: World, pool: EarningsPool): Rational {
  const { mintable, minted } = world.minting;
  const stake = pool.totalStake;
  const estimate = partOf(mintable + minted, stake, world.currentRoundTotalActiveStake, precise);
  const rewards = estimate - percentOf(estimate, world.treasuryCut, precise);
  const shared = rewards - percentOf(rewards, pool.rewardCut, milli);
  return divRational(rewardFactorOf(pool), grown(one, shared, stake));
}

/** Pays claimed fees out. */
export function withdrawFees(world: World, caller: Account, recipient: Account, amount: bigint): void {
  checkInitialized(world);
  claim(world, caller);
  const delegator = delegatorOf(world, caller);
  check(recipient !== nobody, "invalid recipient");
  check(delegator.fees >= amount, "insufficient fees to withdraw");
  delegator.fees -= amount;
  // Fees of a transcoder outside the pool are shared by the stake it had when it last was in it. If that was less than
  // its delegators' stake they are credited more than was paid, so the Minter may not have it.
  check(world.minterEther >= amount, "(empty)");
  world.minterEther -= amount;
  announce(world, "WithdrawFees", caller, recipient, amount);
  checkpoint(world, caller);
}
