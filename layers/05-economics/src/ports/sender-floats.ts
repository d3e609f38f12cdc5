import type { Address } from "@livepeer-ts/kernel";

/** Largest face values that senders are good for: worked out here, or by the redeemer that settles the tickets. */
export interface SenderFloats {
  /** Wei, negative when more is under way than there is. Rejects with `ticket_sender_unknown` when the chain cannot be read. */
  maxFloatWei(sender: Address): Promise<bigint>;
}
