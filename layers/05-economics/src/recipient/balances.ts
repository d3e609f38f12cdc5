import { type Address, type Clock, type Rational, type TaskOwner, zeroRational } from "@livepeer-ts/kernel";
import { ExactSum } from "./exact-sum.ts";

export type BalancesOptions = {
  /** Entries not used for this long are forgotten, ms. Default 600000. */
  readonly idleMs?: number;
  /** Wait between sweeps, ms. Default 600000. */
  readonly sweepMs?: number;
  /** Entries kept over all senders. Default 100000; beyond, the one used longest ago goes. */
  readonly maxEntries?: number;
};

type Entry = { readonly sum: ExactSum; price: Rational | undefined; usedAt: number };

/** What senders have paid in advance, and the price that was agreed with that. Keyed by (sender, id). */
export class Balances {
  readonly #idleMs: number;
  readonly #sweepMs: number;
  readonly #maxEntries: number;
  readonly #clock: Clock;
  /** In order of last use, so that the first is the oldest. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: BalancesOptions, clock: Clock) {
    this.#idleMs = options.idleMs ?? 600_000;
    this.#sweepMs = options.sweepMs ?? 600_000;
    this.#maxEntries = options.maxEntries ?? 100_000;
    this.#clock = clock;
  }

  /** Sweeps until the owner stops. */
  start(owner: TaskOwner): void {
    this.#clock.every(this.#sweepMs, async () => this.sweep(), owner);
  }

  /** Adds num/den wei. */
  credit(sender: Address, id: string, num: bigint, den: bigint): void {
    this.#use(sender, id).sum.add(num, den);
  }

  /** Takes an amount; the balance may become negative. */
  debit(sender: Address, id: string, amount: Rational): void {
    this.#use(sender, id).sum.subtract(amount.num, amount.den);
  }

  /** True when the balance is at least this many wei. */
  covers(sender: Address, id: string, wei: bigint): boolean {
    const entry = this.#entries.get(key(sender, id));
    return entry === undefined ? wei <= 0n : entry.sum.isAtLeast(wei, 1n);
  }

  /** Balance in wei; 0 for an unknown entry. */
  balance(sender: Address, id: string): Rational {
    return this.#entries.get(key(sender, id))?.sum.value() ?? zeroRational;
  }

  /** The price of the last tickets that were accepted; undefined before the first. */
  agreedPrice(sender: Address, id: string): Rational | undefined {
    return this.#entries.get(key(sender, id))?.price;
  }

  /** Notes the price that accepted tickets are bound to. */
  agreePrice(sender: Address, id: string, price: Rational): void {
    this.#use(sender, id).price = price;
  }

  /** Forgets idle entries. */
  sweep(): void {
    const now = this.#clock.mono();
    for (const [name, entry] of this.#entries) {
      if (now - entry.usedAt <= this.#idleMs) break;
      this.#entries.delete(name);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  #use(sender: Address, id: string): Entry {
    const name = key(sender, id);
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      if (this.#entries.size >= this.#maxEntries) {
        const oldest = this.#entries.keys().next().value;
        if (oldest !== undefined) this.#entries.delete(oldest);
      }
      entry = { sum: new ExactSum(), price: undefined, usedAt: 0 };
    } else {
      this.#entries.delete(name);
    }
    entry.usedAt = this.#clock.mono();
    this.#entries.set(name, entry);
    return entry;
  }
}

const key = (sender: Address, id: string) => `${sender}/${id}`;
