/** Repeatable random numbers: the same seed gives the same row on every machine. */
export class SeededRandom {
  #state: number;
  #spare: number | undefined;

  /** The whole seed counts, up to 53 bits. */
  constructor(seed: number) {
    this.#state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) >>> 0;
  }

  /** Evenly spread over 0 (included) to 1 (excluded). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Normally distributed with mean 0 and deviation 1. */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  normals(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.normal());
  }
}

/** A seed for a request that names none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
