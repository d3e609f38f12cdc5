import type { Address } from "@livepeer-ts/kernel";

/** Face values of redemptions under way, per sender. */
export class PendingAmounts {
  readonly #amounts = new Map<Address, bigint>();

  /** Wei under way for the sender. */
  get(sender: Address): bigint {
    return this.#amounts.get(sender) ?? 0n;
  }

  add(sender: Address, wei: bigint): void {
    this.#amounts.set(sender, this.get(sender) + wei);
  }

  subtract(sender: Address, wei: bigint): void {
    const left = this.get(sender) - wei;
    if (left > 0n) this.#amounts.set(sender, left);
    else this.#amounts.delete(sender);
  }
}
