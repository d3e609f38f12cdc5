import type { Address } from "@livepeer-ts/kernel";

/** Face values of redemptions under way, per sender. */
export class PendingAmounts {
  readonly #amounts = new Map<Address, bigint>();
  readonly #listeners = new Set<(sender: Address) => void>();

  /** Wei under way for the sender. */
  get(sender: Address): bigint {
    return this.#amounts.get(sender) ?? 0n;
  }

  add(sender: Address, wei: bigint): void {
    this.#set(sender, this.get(sender) + wei);
  }

  subtract(sender: Address, wei: bigint): void {
    this.#set(sender, this.get(sender) - wei);
  }

  /** Called when a sender's amount changed. Returns the way to stop. */
  onChange(listener: (sender: Address) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(sender: Address, wei: bigint): void {
    if (wei > 0n) this.#amounts.set(sender, wei);
    else this.#amounts.delete(sender);
    for (const listener of [...this.#listeners]) listener(sender);
  }
}
