import { describe, expect, it } from "vitest";
import { checkSelectionWeights, defaultSelectionWeights, drawIndex, selectionProbabilities } from "./selection.ts";

/** A small generator with a printed seed, so that a failure repeats. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("selection", () => {
  it("draws 10,000 times as the published formula says", () => {
    const seed = 20261124;
    console.log(`selection seed=${seed}`);
    const random = seeded(seed);
    const candidates = [
      { stake: 12_400, price: 1200 },
      { stake: 8150, price: 1120 },
      { stake: 100, price: 900 },
    ];
    const weights = { stake: 0.5, price: 0.2, random: 0.3, priceExpFactor: 100 };
    const expected = selectionProbabilities(candidates, weights);
    const priceSum = Math.exp(-12) + Math.exp(-11.2) + Math.exp(-9);
    expect(expected[0]).toBeCloseTo(0.2 * (Math.exp(-12) / priceSum) + 0.5 * (12_400 / 20_650) + 0.1, 12);
    expect(expected.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const counts = candidates.map(() => 0);
    const n = 10_000;
    for (let i = 0; i < n; i++) {
      const index = drawIndex(expected, random());
      counts[index] = (counts[index] as number) + 1;
    }
    // chi-square with 2 degrees of freedom: 13.8 is the 0.1 % point
    const chi = counts.reduce(
      (sum, count, i) => sum + (count - n * (expected[i] as number)) ** 2 / (n * (expected[i] as number)),
      0,
    );
    expect(chi).toBeLessThan(13.8);
  });

  it("spreads evenly when nobody has stake", () => {
    const even = selectionProbabilities(
      [
        { stake: 0, price: 1 },
        { stake: 0, price: 1 },
      ],
      defaultSelectionWeights,
    );
    expect(even).toEqual([0.5, 0.5]);
  });

  it("refuses weights that do not sum to one", () => {
    expect(() => checkSelectionWeights({ ...defaultSelectionWeights, stake: 0.8 })).toThrow(
      "sum of selection algorithm weights must be 1.0",
    );
  });
});
