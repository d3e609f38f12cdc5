import { type Random, type Rational, rationalToNumber } from "@livepeer-ts/kernel";
import { drawIndex, type SelectionWeights, selectionProbabilities } from "../../gateway/selection.ts";

/** What decides between those that could do a job. */
export type Contender = {
  /** LPT wei; undefined where nobody knows it. */
  readonly stakeWei: bigint | undefined;
  /** Wei per unit; undefined where nothing is paid. */
  readonly price: Rational | undefined;
  /** Time for work of one size, in any unit that is the same for all; 0: not known yet. */
  readonly latencyScore: number;
  readonly inFlight: number;
  readonly capacity: number;
};

/** A score after one more measurement; newer ones count more. 0: none before. */
export function newLatencyScore(before: number, measured: number): number {
  return before === 0 ? measured : 0.7 * before + 0.3 * measured;
}

/** The least loaded share first; of equals those nobody knows yet by stake and price, else the one with the lowest score. */
export function quickest<T>(
  items: readonly T[],
  contenderOf: (item: T) => Contender,
  weights: SelectionWeights,
  random: Random,
): T {
  const all = items.map((item) => ({ item, ...contenderOf(item) }));
  const unknown = all.filter(({ latencyScore, inFlight }) => latencyScore === 0 && inFlight === 0);
  if (unknown.length > 0) {
    const draws = unknown.map(({ stakeWei, price }) => ({
      stake: Number(stakeWei ?? 0n),
      price: rationalToNumber(price ?? { num: 0n, den: 1n }),
    }));
    const index = drawIndex(selectionProbabilities(draws, weights), random.unit());
    return unknown[index]?.item as T;
  }
  // what is under way there will be waited for, at least in part
  const cost = ({ latencyScore, inFlight, capacity }: Contender) => latencyScore * (1 + inFlight / capacity);
  return [...all].sort((a, b) => cost(a) - cost(b) || a.inFlight / a.capacity - b.inFlight / b.capacity)[0]?.item as T;
}
