import { type Rational, zeroRational } from "@livepeer-ts/kernel";
import { one } from "./shares.ts";
import type { EarningsPool, Transcoder } from "./world.ts";

// Nobody can pay out all delegators at every reward, so only two numbers grow, the factors. What a stake has earned
// between two rounds follows from the factors of both.

/** The two factors of a round. */
export type Factors = Pick<EarningsPool, "rewardFactor" | "feeFactor">;

/** The pool of a round, to change. */
export function poolOf(transcoder: Transcoder, round: bigint): EarningsPool {
  let pool = transcoder.pools.get(round);
  if (pool === undefined) {
    pool = { totalStake: 0n, rewardCut: 0n, feeShare: 0n, rewardFactor: zeroRational, feeFactor: zeroRational };
    transcoder.pools.set(round, pool);
  }
  return pool;
}

/** Factors as stored in a round; 0 where nothing is. */
export function factorsAt(transcoder: Transcoder, round: bigint): Factors {
  return transcoder.pools.get(round) ?? { rewardFactor: zeroRational, feeFactor: zeroRational };
}

/** Factors that hold in a round: a round without reward or fees goes on with what an earlier one left. */
export function latestFactors(transcoder: Transcoder, round: bigint): Factors {
  let { rewardFactor, feeFactor } = factorsAt(transcoder, round);
  const { lastRewardRound, lastFeeRound } = transcoder;
  if (rewardFactor.num === 0n && lastRewardRound < round)
    rewardFactor = factorsAt(transcoder, lastRewardRound).rewardFactor;
  if (feeFactor.num === 0n && lastFeeRound < round) feeFactor = factorsAt(transcoder, lastFeeRound).feeFactor;
  return { rewardFactor, feeFactor };
}

/** Stores the factors that hold in a round, so that a claim of this round starts from them. */
export function storeFactors(transcoder: Transcoder, round: bigint): void {
  Object.assign(poolOf(transcoder, round), latestFactors(transcoder, round));
}

/** A reward factor as a number to count with: before the first reward it is 1. */
export function rewardFactorOf(factors: Factors): Rational {
  return factors.rewardFactor.num === 0n ? one : factors.rewardFactor;
}

/** Notes in a round's pool the terms and the stake that hold in it. */
export function openPool(transcoder: Transcoder, round: bigint): EarningsPool {
  const pool = poolOf(transcoder, round);
  pool.rewardCut = transcoder.rewardCut;
  pool.feeShare = transcoder.feeShare;
  if (transcoder.lastActiveStakeUpdateRound < round)
    pool.totalStake = poolOf(transcoder, transcoder.lastActiveStakeUpdateRound).totalStake;
  return pool;
}
