import { LpError } from "@livepeer-ts/kernel";
import type { FlagValues } from "../go-flags.ts";

const [leastMebibytes, mostMebibytes] = [16, 1_048_576];

/** What is wrong with the flags, one sentence each, and what is only odd. */
export class Problems {
  readonly sentences: string[] = [];
  readonly warnings: string[] = [];
  readonly #flags: FlagValues;

  constructor(flags: FlagValues) {
    this.#flags = flags;
  }

  add(sentence: string): void {
    if (!this.sentences.includes(sentence)) this.sentences.push(sentence);
  }

  warn(sentence: string): void {
    if (!this.warnings.includes(sentence)) this.warnings.push(sentence);
  }

  /** What `read` gives; undefined and a sentence when it throws an `LpError`. `flag`, if given, is named unless the error does. */
  read<T>(flag: string | undefined, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LpError)) throw error;
      const isNamed = flag === undefined || error.message.includes(`-${flag}`);
      this.add(isNamed ? error.message : `-${flag}: ${error.message}`);
      return undefined;
    }
  }

  /** A whole number in decimal digits, wei or a count; `least` and a sentence when it is none or too small. */
  whole(flag: string, least = 0n): bigint {
    const text = this.#flags.get(flag);
    const value = /^-?\d{1,80}$/.test(text) ? BigInt(text) : undefined;
    if (value !== undefined && value >= least) return value;
    const wanted = `${least === 0n ? "a whole number that is not negative" : `a whole number from ${least}`}`;
    this.add(`-${flag} "${text.slice(0, 80)}" does not do: write ${wanted}`);
    return least;
  }

  /** Memory in bytes, written in MiB; a sentence when it is too little to work with, or no machine has it. */
  mebibytes(flag: string): number {
    const value = this.#flags.int(flag);
    if (value < leastMebibytes || value > mostMebibytes)
      this.add(`-${flag} ${value} does not do: write MiB, ${leastMebibytes} to ${mostMebibytes}`);
    return value * 2 ** 20;
  }

  /** A number of at least `least`, or above 0 with `isAbove`. */
  number(flag: string, least: number, isAbove = false): number {
    const value = this.#flags.float(flag);
    if (isAbove ? value > least : value >= least) return value;
    this.add(`-${flag} ${this.#flags.get(flag)} does not do: write a number ${isAbove ? "above" : "from"} ${least}`);
    return value;
  }

  /** A duration in ms that is not negative, or above 0 with `isAbove`. */
  ms(flag: string, isAbove = false): number {
    const value = this.#flags.ms(flag);
    if (isAbove ? value > 0 : value >= 0) return value;
    this.add(
      `-${flag} ${this.#flags.get(flag)} does not do: write a duration ${isAbove ? "above 0" : "that is not negative"}`,
    );
    return value;
  }

  /** An http(s) URL; undefined when the flag is empty or, with a sentence, wrong. Its text is not repeated: it may hold a key. */
  httpUrl(flag: string): string | undefined {
    const value = this.#flags.get(flag);
    if (value === "") return undefined;
    if (isHttpUrl(value)) return value;
    this.add(`-${flag} is not a URL that starts with http:// or https://`);
    return undefined;
  }
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
