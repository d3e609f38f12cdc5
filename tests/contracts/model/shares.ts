import { addRational, divRational, mulRational, type Rational, rational } from "@livepeer-ts/kernel";
import { divisor } from "./revert.ts";

/** Bases of the percentages: cuts and shares, the Minter's, and the precise ones of factors and treasury cut. */
export const milli = 10n ** 6n;
export const nano = 10n ** 9n;
export const precise = 10n ** 27n;

export const one = rational(1n);

/** A percentage of whole tokens is whole tokens: the fraction of a wei is dropped. */
export function percentOf(amount: bigint, percentage: bigint, base: bigint): bigint {
  return (amount * percentage) / base;
}

/**
 * The part num/den of whole tokens that are minted or estimated. The share itself is cut to the base first, so up to
 * amount/base wei are lost. These amounts are paid, so they have to be right to the wei.
 */
export function partOf(amount: bigint, num: bigint, den: bigint, base: bigint): bigint {
  return percentOf(amount, (num * base) / divisor(den), base);
}

/** `whole` grown by the part num/den of itself, exactly. */
export function grown(whole: Rational, num: bigint, den: bigint): Rational {
  return addRational(whole, scaled(whole, num, den));
}

/** The part num/den of an exact amount. */
export function scaled(whole: Rational, num: bigint, den: bigint): Rational {
  return mulRational(whole, rational(num, divisor(den)));
}

/** The part num/den of whole tokens, exactly, where both are exact. */
export function exactPart(amount: bigint, num: Rational, den: Rational): Rational {
  return divRational(mulRational(rational(amount), num), den);
}
