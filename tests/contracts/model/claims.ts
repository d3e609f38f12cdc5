import { addRational, floorRational, type Rational, rational, subRational, zeroRational } from "@livepeer-ts/kernel";
import { factorsAt, latestFactors, rewardFactorOf, storeFactors } from "./earnings.ts";
import { check, Revert } from "./revert.ts";
import { currentRound } from "./rounds.ts";
import { exactPart } from "./shares.ts";
import { isActive, statusOf } from "./status.ts";
import { type Account, announce, delegatorOf, nobody, transcoderOf, type World } from "./world.ts";

/** Stake and fees of an account with everything it has earned until now. */
export type Earnings = { readonly stake: Rational; readonly fees: Rational };

/** What a claim now would make of an account's stake and fees. */
export function pendingEarnings(world: World, account: Account): Earnings {
  const delegator = delegatorOf(world, account);
  const transcoder = transcoderOf(world, delegator.delegate);
  let stake = rational(delegator.bonded);
  let fees = rational(delegator.fees);
  if (delegator.lastClaimRound < currentRound(world)) {
    const start = factorsAt(transcoder, delegator.lastClaimRound);
    const end = latestFactors(transcoder, currentRound(world));
    const feeGrowth = subRational(end.feeFactor, start.feeFactor);
    if (feeGrowth.num < 0n) throw new Revert("panic: 0x11");
    stake = exactPart(delegator.bonded, rewardFactorOf(end), rewardFactorOf(start));
    fees = addRational(fees, exactPart(delegator.bonded, feeGrowth, rewardFactorOf(start)));
  }
  if (delegator.delegate !== account || account === nobody) return { stake, fees };
  return {
    stake: addRational(stake, transcoder.cumulativeRewards),
    fees: addRational(fees, transcoder.cumulativeFees),
  };
}

/** Brings an account's record up to the current round. Most calls begin with it. */
export function claim(world: World, account: Account): void {
  const delegator = delegatorOf(world, account);
  const round = currentRound(world);
  if (delegator.lastClaimRound >= round) return;
  const { bonded, fees, lastClaimRound } = delegator;
  if (delegator.delegate !== nobody) {
    const exact = pendingEarnings(world, account);
    const whole = world.wholeEarnings.get(account);
    const transcoder = transcoderOf(world, delegator.delegate);
    storeFactors(transcoder, round);
    if (delegator.delegate === account) {
      transcoder.cumulativeRewards = zeroRational;
      transcoder.cumulativeFees = zeroRational;
    }
    delegator.bonded = whole?.stake ?? floorRational(exact.stake);
    delegator.fees = whole?.fees ?? floorRational(exact.fees);
  }
  delegator.lastClaimRound = round;
  const earned = [delegator.bonded - bonded, delegator.fees - fees];
  announce(world, "EarningsClaimed", delegator.delegate, account, ...earned, lastClaimRound + 1n, round);
}

/**
 * Others may not make an account claim while its transcoder can still call reward: a claim before the call gives that
 * reward up.
 */
export function checkMayClaimFor(world: World, caller: Account, owner: Account): void {
  const { delegate, lastClaimRound } = delegatorOf(world, owner);
  if (caller === owner || statusOf(world, owner) === "unbonded" || !isActive(world, delegate)) return;
  const round = currentRound(world);
  const isSettled = transcoderOf(world, delegate).lastRewardRound === round || lastClaimRound === round;
  check(isSettled, "ILLEGAL_CLAIM_EARNINGS");
}
