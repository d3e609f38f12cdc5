import { LpError } from "../errors/lp-error.ts";

/** An exact fraction in lowest terms; the denominator is positive. */
export type Rational = { readonly num: bigint; readonly den: bigint };

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** num/den in lowest terms. Throws `zero_denominator`. */
export function rational(num: bigint, den = 1n): Rational {
  if (den === 0n) throw new LpError({ code: "zero_denominator", message: "a fraction cannot have the denominator 0" });
  const divisor = gcd(num, den) * (den < 0n ? -1n : 1n);
  return divisor === 1n ? { num, den } : { num: num / divisor, den: den / divisor };
}

export const zeroRational: Rational = { num: 0n, den: 1n };

export function addRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function subRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den - b.num * a.den, a.den * b.den);
}

export function mulRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.num, a.den * b.den);
}

/** a/b. Throws `zero_denominator` when b is 0. */
export function divRational(a: Rational, b: Rational): Rational {
  return rational(a.num * b.den, a.den * b.num);
}

/** Negative, zero or positive like a − b. */
export function compareRational(a: Rational, b: Rational): number {
  const left = a.num * b.den;
  const right = b.num * a.den;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The largest integer not above the fraction. */
export function floorRational(a: Rational): bigint {
  const quotient = a.num / a.den;
  return a.num < 0n && quotient * a.den !== a.num ? quotient - 1n : quotient;
}

/** The smallest integer not below the fraction. */
export function ceilRational(a: Rational): bigint {
  return -floorRational({ num: -a.num, den: a.den });
}

/** The exact value of a binary double. Throws `not_finite` for NaN and infinities. */
export function rationalFromNumber(value: number): Rational {
  if (!Number.isFinite(value)) throw new LpError({ code: "not_finite", message: `${value} is not a finite number` });
  let den = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    den *= 2n;
  }
  return rational(BigInt(scaled), den);
}

/** `a/b`, or the integer when the denominator is 1. */
export function formatRational(a: Rational): string {
  return a.den === 1n ? a.num.toString() : `${a.num}/${a.den}`;
}

/** Decimal text with `digits` places, rounded half away from zero. */
export function formatDecimal(a: Rational, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const negative = a.num < 0n;
  const magnitude = negative ? -a.num : a.num;
  const rounded = (magnitude * scale * 2n + a.den) / (a.den * 2n);
  const text = rounded.toString().padStart(digits + 1, "0");
  const body = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return negative && rounded !== 0n ? `-${body}` : body;
}

/** Reads `a/b`, an integer, or a plain decimal. Throws `bad_rational`. */
export function parseRational(text: string): Rational {
  const fraction = /^(-?\d+)\/(\d+)$/.exec(text);
  if (fraction) return rational(BigInt(fraction[1] as string), BigInt(fraction[2] as string));
  const decimal = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!decimal) {
    throw new LpError({
      code: "bad_rational",
      message: `"${text.slice(0, 80)}" is not a number: write 12, 1.5 or 3/2`,
    });
  }
  const places = decimal[3] ?? "";
  const value = rational(BigInt(`${decimal[2]}${places}`), 10n ** BigInt(places.length));
  return decimal[1] === "-" ? { num: -value.num, den: value.den } : value;
}

/** The nearest double; for display, weights and selection only, never for balances. */
export function rationalToNumber(a: Rational): number {
  const whole = a.num / a.den;
  const rest = a.num - whole * a.den;
  const shift = 10n ** 18n;
  return Number(whole) + Number((rest * shift) / a.den) / 1e18;
}
