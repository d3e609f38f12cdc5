import { addRational, compareRational, formatDecimal, type Rational, rational, subRational } from "@livepeer-ts/kernel";

/** A whole number that the chain rounds: the exact value, and how far the chain's may lie from it. */
export class Within {
  readonly exact: Rational;
  readonly below: Rational;
  readonly above: Rational;

  constructor(exact: Rational, below: Rational, above: Rational) {
    this.exact = exact;
    this.below = below;
    this.above = above;
  }

  holds(value: unknown): boolean {
    if (typeof value !== "bigint") return false;
    const isHighEnough = compareRational(rational(value), subRational(this.exact, this.below)) >= 0;
    return isHighEnough && compareRational(rational(value), addRational(this.exact, this.above)) <= 0;
  }

  toString(): string {
    const [exact, below, above] = [this.exact, this.below, this.above].map((value) => formatDecimal(value, 6));
    return `${exact} (-${below}, +${above})`;
  }
}

/** What a question should be answered with: a value, or lists of values, some of them rounded. */
export type Expectations = ReadonlyMap<string, unknown>;

/** Every answer that is not as expected, in words. */
export function differencesOf(expected: Expectations, got: ReadonlyMap<string, unknown>): string[] {
  const keys = new Set([...expected.keys(), ...got.keys()]);
  return [...keys]
    .filter((key) => !agrees(expected.get(key), got.get(key)))
    .map((key) => `${key}: the model says ${words(expected.get(key))}, the chain ${words(got.get(key))}`);
}

function agrees(expected: unknown, got: unknown): boolean {
  if (expected instanceof Within) return expected.holds(got);
  if (!Array.isArray(expected)) return expected === got;
  return Array.isArray(got) && got.length === expected.length && expected.every((item, i) => agrees(item, got[i]));
}

function words(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(words).join(", ")}]` : String(value);
}
