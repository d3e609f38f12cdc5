import {
  addRational,
  compareRational,
  formatRational,
  mulRational,
  type Rational,
  rational,
  subRational,
  zeroRational,
} from "@livepeer-ts/kernel";
import { pendingEarnings } from "../model/claims.ts";
import { type Factors, factorsAt, rewardFactorOf } from "../model/earnings.ts";
import { precise } from "../model/shares.ts";
import { checkpointAt } from "../model/votes.ts";
import { type Account, delegatorOf, type Transcoder, transcoderOf, type World } from "../model/world.ts";
import { Within } from "./within.ts";

// Where the chain may differ from the exact model, and by how much. Its precise share of an amount is
//     P(a, n, d) = floor(a · floor(n · 10^27 / d) / 10^27)      two roundings down
// so with u = 10^-27
//     a·n/d − a·u − 1 < P(a, n, d) ≤ a·n/d.                      (1)
// Reward factors R and fee factors F are stored times 10^27; R is at least 1 and never falls.

const u = rational(1n, precise);
const wei = rational(1n);

function times(count: bigint, ...factors: readonly Rational[]): Rational {
  return factors.reduce(mulRational, rational(count));
}

function sum(...terms: readonly Rational[]): Rational {
  return terms.reduce(addRational, zeroRational);
}

/** The largest reward factor a transcoder has. */
function newestRewardFactor(transcoder: Transcoder): Rational {
  return rewardFactorOf(factorsAt(transcoder, transcoder.lastRewardRound));
}

/**
 * Reward factor, in units of u. A reward makes it R' = R + P(R, shared, stake), which by (1) loses less than R + 1
 * units, and what R lacked before grows with R'/R. If R lacks at most 2nR units after n rewards, R' lacks at most
 * 2nR' + R + 1 ≤ 2(n + 1)R'. It is never too large.
 *
 * Fee factor, in units of u. Fees add P(b, shared, stake), where the base b is a reward factor; by (1) that loses at
 * most b + 1 ≤ 2R units, and what b lacks, times shared/stake. A stored b lacks at most 2nR units; one that is worked
 * back from this round's reward, P(R, stake, stake + estimate), at most 2nR + R + 1 ≤ 2(n + 1)R. After m fees, whose
 * shared/stake add up to s, it lacks at most 2mR + 2(n + 1)Rs. It is never too large.
 */
export function poolBounds(transcoder: Transcoder, { rewardFactor, feeFactor }: Factors): readonly Within[] {
  const inUnits = (factor: Rational) => mulRational(factor, rational(precise));
  const lacking = feeFactor.num === 0n ? zeroRational : feeFactorLack(transcoder);
  return [
    new Within(inUnits(rewardFactor), times(2n * transcoder.rewardUpdates, rewardFactor), zeroRational),
    new Within(inUnits(feeFactor), lacking, zeroRational),
  ];
}

function feeFactorLack(transcoder: Transcoder): Rational {
  const { rewardUpdates, feeUpdates, feesPerStake } = transcoder;
  const newest = newestRewardFactor(transcoder);
  return addRational(times(2n * feeUpdates, newest), times(2n * (rewardUpdates + 1n), newest, feesPerStake));
}

/**
 * Own rewards or fees of a transcoder, which a step raised by its commission and by P(shared, own, stake): by (1) less
 * than 1 wei is lost, and shared·u, for which a thousandth is enough as long as less than 10^24 wei are shared.
 */
export function ownShareBound(exact: Rational, before: Rational): Within | bigint {
  if (compareRational(exact, before) === 0) return exact.num;
  return new Within(exact, rational(1001n, 1000n), zeroRational);
}

/**
 * x = b · R2/R1, a stake b that grew from one factor to another. P(b, R2, R1) loses at most 1 wei + b·u by (1), and
 * 2n·u·x for what R2 lacks; it gains at most 3n·u·x from what R1 lacks (2n units and a little for the division).
 */
function grownStake(x: Rational, rewardUpdates: bigint): Within {
  const perFactor = times(3n * rewardUpdates, u, x);
  return new Within(x, sum(wei, times(1n, u, x), perFactor), perFactor);
}

/** Stake with earnings: grown stake where the factor has grown, and own rewards. */
export function pendingStakeBound(world: World, before: World, account: Account): Within | bigint {
  const { stake } = pendingEarnings(world, account);
  const delegator = delegatorOf(world, account);
  const isSelf = delegator.delegate === account;
  const own = transcoderOf(world, account).cumulativeRewards;
  const ownBound = isSelf ? ownShareBound(own, transcoderOf(before, account).cumulativeRewards) : 0n;
  const grown = isSelf ? subRational(stake, own) : stake;
  const isGrown = compareRational(grown, rational(delegator.bonded)) !== 0;
  const grownBound = isGrown ? grownStake(grown, transcoderOf(world, delegator.delegate).rewardUpdates) : grown.num;
  return both(grownBound, ownBound);
}

/**
 * Stored fees, and b · (F2 − F1)/R1 for those since the last claim. What F2 lacks makes the difference smaller and what
 * F1 lacks makes it larger, both at most e units; with (1), and for R1 as above, the chain's part lies within
 * 2b(e + 1)·u + 3n·u·x of the exact x, and another wei below.
 */
export function pendingFeesBound(world: World, before: World, account: Account): Within | bigint {
  const { fees } = pendingEarnings(world, account);
  const delegator = delegatorOf(world, account);
  const isSelf = delegator.delegate === account;
  const own = transcoderOf(world, account).cumulativeFees;
  const ownBound = isSelf ? ownShareBound(own, transcoderOf(before, account).cumulativeFees) : 0n;
  const claimed = isSelf ? subRational(fees, own) : fees;
  const x = subRational(claimed, rational(delegator.fees));
  if (x.num === 0n) return both(delegator.fees, ownBound);
  const transcoder = transcoderOf(world, delegator.delegate);
  const fromFactors = times(2n * delegator.bonded, u, addRational(feeFactorLack(transcoder), wei));
  const either = addRational(fromFactors, times(3n * transcoder.rewardUpdates, u, x));
  return both(new Within(claimed, addRational(wei, either), either), ownBound);
}

/** Votes of a delegator are its grown stake; all others are whole sums. */
export function votesBound(world: World, account: Account, round: bigint, votes: Rational): Within | bigint {
  const { bonded, delegate } = checkpointAt(world, account, round);
  const isWhole = delegate === account || votes.num === 0n || formatRational(votes) === String(bonded);
  return isWhole ? votes.num : grownStake(votes, transcoderOf(world, delegate).rewardUpdates);
}

function both(a: Within | bigint, b: Within | bigint): Within | bigint {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  const [left, right] = [a, b].map((part) =>
    typeof part === "bigint" ? new Within(rational(part), zeroRational, zeroRational) : part,
  ) as [Within, Within];
  return new Within(
    addRational(left.exact, right.exact),
    addRational(left.below, right.below),
    addRational(left.above, right.above),
  );
}
