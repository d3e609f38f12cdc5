import { LpError } from "@livepeer-ts/kernel";

export type SelectionWeights = {
  /** `-selectStakeWeight`. Default 0.7. */
  readonly stake: number;
  /** `-selectPriceWeight`. Default 0. */
  readonly price: number;
  /** `-selectRandFreq`. Default 0.3. */
  readonly random: number;
  /** `-selectPriceExpFactor`. Default 100. */
  readonly priceExpFactor: number;
};

export const defaultSelectionWeights: SelectionWeights = { stake: 0.7, price: 0, random: 0.3, priceExpFactor: 100 };

/** Throws `bad_option` unless the three weights sum to 1. */
export function checkSelectionWeights(weights: SelectionWeights): SelectionWeights {
  const sum = weights.stake + weights.price + weights.random;
  if (Math.abs(sum - 1) > 0.0001) {
    throw new LpError({
      code: "bad_option",
      message: `sum of selection algorithm weights must be 1.0, stakeWeight=${weights.stake}, priceWeight=${weights.price}, randWeight=${weights.random}`,
    });
  }
  return weights;
}

export type Draw = {
  /** Stake as a number; only ratios matter. */
  readonly stake: number;
  /** Wei per pixel. */
  readonly price: number;
};

/**
 * Chance of each candidate: price part e^(−price/F) over its sum, stake part stake over its sum, random part 1/n.
 * A part whose sum is 0 counts as 1 for everyone (then spread evenly by normalization).
 */
export function selectionProbabilities(candidates: readonly Draw[], weights: SelectionWeights): number[] {
  const n = candidates.length;
  const priceParts = candidates.map((candidate) => Math.exp(-candidate.price / weights.priceExpFactor));
  const priceSum = priceParts.reduce((sum, part) => sum + part, 0);
  const stakeSum = candidates.reduce((sum, candidate) => sum + candidate.stake, 0);
  const raw = candidates.map(
    (candidate, i) =>
      weights.price * (priceSum === 0 ? 1 : (priceParts[i] as number) / priceSum) +
      weights.stake * (stakeSum === 0 ? 1 : candidate.stake / stakeSum) +
      weights.random / n,
  );
  const total = raw.reduce((sum, part) => sum + part, 0);
  return raw.map((part) => part / total);
}

/** Index drawn by walking the cumulative sums with `unit` in [0, 1). */
export function drawIndex(probabilities: readonly number[], unit: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    sum += probabilities[i] as number;
    if (unit < sum) return i;
  }
  return probabilities.length - 1;
}
