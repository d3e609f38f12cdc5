import { type Rational, rational } from "@livepeer-ts/kernel";

/**
 * A running sum of fractions that stays exact without reducing at every step: reducing 256-bit fractions costs more than
 * checking a signature. The denominator stays a common multiple of what was added.
 */
export class ExactSum {
  #num = 0n;
  #den = 1n;

  /** Adds num/den, which need not be in lowest terms; den > 0. */
  add(num: bigint, den: bigint): void {
    if (den === this.#den) {
      this.#num += num;
    } else if (this.#den % den === 0n) {
      this.#num += num * (this.#den / den);
    } else if (den % this.#den === 0n) {
      this.#num = this.#num * (den / this.#den) + num;
      this.#den = den;
    } else {
      const sum = rational(this.#num * den + num * this.#den, this.#den * den);
      this.#num = sum.num;
      this.#den = sum.den;
    }
  }

  /** Takes num/den away. */
  subtract(num: bigint, den: bigint): void {
    this.add(-num, den);
  }

  /** True when the sum is at least num/den. */
  isAtLeast(num: bigint, den: bigint): boolean {
    return this.#num * den >= num * this.#den;
  }

  /** The sum in lowest terms. */
  value(): Rational {
    return rational(this.#num, this.#den);
  }
}
