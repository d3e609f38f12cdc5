import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LpError } from "../errors/lp-error.ts";
import {
  addRational,
  ceilRational,
  compareRational,
  divRational,
  floorRational,
  formatDecimal,
  formatRational,
  mulRational,
  parseRational,
  rational,
  rationalFromNumber,
  rationalToNumber,
  subRational,
} from "./rational.ts";
import { maxUint256, weiPerEther, weiPerGwei } from "./wei.ts";

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof LpError) return error.code;
    throw error;
  }
  return "nothing was thrown";
};
const fraction = fc
  .tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.bigInt(1n, 10n ** 30n))
  .map(([num, den]) => rational(num, den));

describe("fractions", () => {
  it("are kept in lowest terms with a positive denominator", () => {
    expect(rational(6n, -4n)).toEqual({ num: -3n, den: 2n });
    expect(rational(0n, -7n)).toEqual({ num: 0n, den: 1n });
    expect(codeOf(() => rational(1n, 0n))).toBe("zero_denominator");
    expect(codeOf(() => divRational(rational(1n), rational(0n)))).toBe("zero_denominator");
  });

  it("add and multiply exactly, also beyond what a double holds", () => {
    expect(addRational(rational(1n, maxUint256), rational(1n))).toEqual({ num: maxUint256 + 1n, den: maxUint256 });
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        expect(subRational(addRational(a, b), b)).toEqual(a);
        if (b.num !== 0n) expect(divRational(mulRational(a, b), b)).toEqual(a);
        expect(Math.sign(compareRational(a, b))).toBe(Math.sign(Number(subRational(a, b).num)));
      }),
    );
  });

  it("round down and up to whole numbers, also below zero", () => {
    expect([rational(7n, 2n), rational(-7n, 2n), rational(4n)].map(floorRational)).toEqual([3n, -4n, 4n]);
    expect([rational(7n, 2n), rational(-7n, 2n), rational(4n)].map(ceilRational)).toEqual([4n, -3n, 4n]);
  });

  it("are read from fractions, whole numbers and decimals, and written back", () => {
    expect(parseRational("-1.25")).toEqual({ num: -5n, den: 4n });
    expect(parseRational("10/4")).toEqual({ num: 5n, den: 2n });
    fc.assert(
      fc.property(fraction, (a) => {
        expect(parseRational(formatRational(a))).toEqual(a);
      }),
    );
    for (const bad of ["", "1e3", "0x10", "1/", "1.", "--1", "1 ", "NaN"])
      expect(codeOf(() => parseRational(bad))).toBe("bad_rational");
    expect(codeOf(() => parseRational("1/0"))).toBe("zero_denominator");
  });

  it("are shown with places, halves away from zero and no minus before a zero", () => {
    expect(formatDecimal(rational(5n, 1000n), 2)).toBe("0.01");
    expect(formatDecimal(rational(-5n, 1000n), 2)).toBe("-0.01");
    expect(formatDecimal(rational(-4n, 1000n), 2)).toBe("0.00");
    expect(formatDecimal(rational(3n, 2n), 0)).toBe("2");
    expect(formatDecimal(rational(1234567n * weiPerGwei, weiPerEther), 5)).toBe("0.00123");
  });

  it("take a double at its exact value and give the nearest one back", () => {
    expect(rationalFromNumber(0.1)).toEqual({ num: 3602879701896397n, den: 2n ** 55n });
    expect(codeOf(() => rationalFromNumber(Number.POSITIVE_INFINITY))).toBe("not_finite");
    expect(rationalToNumber(rational(-7n, 2n))).toBe(-3.5);
    expect(rationalToNumber(rational(10n ** 40n, 3n * 10n ** 39n))).toBeCloseTo(10 / 3, 12);
  });
});
