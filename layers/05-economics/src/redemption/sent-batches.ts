import type { TxIntent, TxSubmitter } from "@livepeer-ts/protocol";
import { batchIdPrefix, ticketsInBatch } from "./redeem-calls.ts";

/**
 * Latest batches looked through at start for winners that are still waiting. One older than these is found by the chain's record of
 * used tickets alone.
 */
const recoveredBatches = 100;

/** True when the transaction may have an effect yet, or had one. */
export function isEffective(intent: TxIntent | undefined): intent is TxIntent {
  return intent !== undefined && (intent.state === "sending" || intent.mined?.success === true);
}

/**
 * In which batch each winner was sent last. The transaction manager's intents hold this durably, in their call data; so a winner stays
 * with its batch over a restart, whatever else is due by then.
 */
export class SentBatches {
  readonly #submitter: TxSubmitter;
  readonly #idOf = new Map<string, string>();

  constructor(submitter: TxSubmitter) {
    this.#submitter = submitter;
  }

  /** Reads what earlier runs sent. */
  async recover(): Promise<void> {
    for (const intent of await this.#submitter.findLatest(batchIdPrefix, recoveredBatches)) {
      if (!isEffective(intent)) continue;
      for (const ticketHash of ticketsInBatch(intent.data)) {
        // newest first: a ticket that failed in one batch may have gone out in a later one
        if (!this.#idOf.has(ticketHash)) this.#idOf.set(ticketHash, intent.id);
      }
    }
  }

  /** To be called before the batch is handed over. */
  add(id: string, winners: readonly { readonly ticketHash: string }[]): void {
    for (const { ticketHash } of winners) this.#idOf.set(ticketHash, id);
  }

  /** The batch whose outcome decides about this winner; undefined when there is none. */
  async of(ticketHash: string): Promise<TxIntent | undefined> {
    const id = this.#idOf.get(ticketHash);
    if (id === undefined) return undefined;
    const intent = await this.#submitter.find(id);
    if (isEffective(intent)) return intent;
    this.#idOf.delete(ticketHash);
    return undefined;
  }

  /** The winner is settled, or its batch has gone by without it. */
  forget(ticketHash: string): void {
    this.#idOf.delete(ticketHash);
  }
}
