import type { Address, Hash32 } from "@livepeer-ts/kernel";
import { type TicketRefusal, ticketErrors } from "../wire/ticket-errors.ts";

/** Nonces accepted per offer. */
export const maxSenderNonces = 600;

/** Sender nonces seen, per offer (recipientRandHash), for as long as the offer is good. Order and gaps do not matter. */
export class SenderNonces {
  readonly #maxOffers: number;
  readonly #offers = new Map<Hash32, { readonly expirationBlock: bigint; readonly seen: Set<number> }>();

  /** `maxOffers`: offers kept at one time; tickets of further ones are refused. */
  constructor(maxOffers = 100_000) {
    this.#maxOffers = maxOffers;
  }

  /** Takes a nonce, or says why not: seen before, too many for this offer, offer expired. */
  use(
    offer: { readonly recipientRandHash: Hash32; readonly sender: Address; readonly expirationBlock: bigint },
    nonce: number,
    lastSeenL1Block: bigint,
  ): TicketRefusal | undefined {
    const known = this.#offers.get(offer.recipientRandHash);
    if (known?.seen.has(nonce) === true) return ticketErrors.nonceSeen(offer.sender, nonce);
    if (known !== undefined && known.seen.size >= maxSenderNonces) return ticketErrors.nonceLimit(offer.sender, nonce);
    const expired = offer.expirationBlock <= lastSeenL1Block;
    if (known !== undefined) {
      known.seen.add(nonce);
    } else if (!expired) {
      if (this.#offers.size >= this.#maxOffers) return ticketErrors.nonceLimit(offer.sender, nonce);
      this.#offers.set(offer.recipientRandHash, { expirationBlock: offer.expirationBlock, seen: new Set([nonce]) });
    }
    return expired ? ticketErrors.paramsExpired() : undefined;
  }

  /** Forgets the offers that ended; their tickets are refused as expired from now on. Returns their hashes. */
  forgetExpired(lastSeenL1Block: bigint): readonly Hash32[] {
    const gone: Hash32[] = [];
    for (const [hash, offer] of this.#offers) {
      if (offer.expirationBlock > lastSeenL1Block) continue;
      this.#offers.delete(hash);
      gone.push(hash);
    }
    return gone;
  }

  /** Offers whose nonces are kept. */
  get offerCount(): number {
    return this.#offers.size;
  }
}
