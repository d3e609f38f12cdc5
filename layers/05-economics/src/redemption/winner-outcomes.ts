import {
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  zeroHash,
} from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  protocolReads,
  type RoundClock,
  type TxResult,
} from "@livepeer-ts/protocol";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";
import type { TicketRedeemed } from "../records/money-record.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import type { NextAttempt, RedemptionAttempts } from "./redemption-attempts.ts";
import type { SentBatches } from "./sent-batches.ts";
import { blocksLeft } from "./ticket-end.ts";

export type OutcomeDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly store: TicketStore;
  readonly attempts: RedemptionAttempts;
  readonly batches: SentBatches;
};

/** Reverts after which no attempt can succeed. */
const hopeless: readonly string[] = [
  redemptionErrorText.noBlockHash,
  redemptionErrorText.expired,
  "ticket creationRoundBlockHash invalid for creationRound",
  "ticket did not win",
  "invalid signature over ticket hash",
  "recipientRand does not match recipientRandHash",
];

export type OutcomeOptions = {
  /** Depth, in blocks, from which the chain is believed. */
  readonly confirmations: number;
  /** Rounds in which a ticket can be redeemed. */
  readonly validityRounds: bigint;
};

/** Of the time that is left to a ticket this part may pass before it is tried again. */
const waitShare = 4n;

/** Writes down what became of winners, and decides which of them are tried again. */
export class WinnerOutcomes {
  readonly #options: OutcomeOptions;
  readonly #deps: OutcomeDeps;
  readonly #signal: AbortSignal;

  constructor(options: OutcomeOptions, deps: OutcomeDeps, signal: AbortSignal) {
    this.#options = options;
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Redeemed by our transaction. `gasUsed`: the winner's share of it. */
  async redeemed(winner: StoredWinner, result: TxResult, gasUsed: bigint): Promise<void> {
    await this.#deps.store.markRedeemed(winner.signature, result.hash, this.#deps.clock.now());
    this.#forget(winner);
    this.#deps.metrics.count("livepeer_winning_tickets_redeemed_total");
    const sender = checksumAddress(winner.sender);
    this.#deps.metrics.count("livepeer_value_redeemed", { sender }, Number(winner.faceValueWei) / 1e9);
    this.#deps.logger.info("ticket redeemed", {
      ticket: winner.ticketHash,
      faceValueWei: winner.faceValueWei,
      hash: result.hash,
    });
    await this.#report(winner, {
      txHash: result.hash,
      block: result.blockNumber.toString(),
      gasUsed: gasUsed.toString(),
      givenUp: null,
    });
  }

  /** The attempt failed: the winner is put off, or given up when no attempt can succeed. Never rejects. */
  async failed(winner: StoredWinner, error: unknown, next: Omit<NextAttempt, "mostBlocks"> = {}): Promise<void> {
    const reason = error instanceof LpError ? error.details["reason"] : undefined;
    let cause = error;
    try {
      if (reason === redemptionErrorText.usedOnChain) return await this.settledByOthers(winner);
      if (typeof reason === "string" && hopeless.includes(reason)) return await this.giveUp(winner, reason);
    } catch (other) {
      if (this.#signal.aborted) return;
      cause = other;
    }
    this.#deps.metrics.count("livepeer_ticket_redemption_errors");
    this.putOff(winner, errorText(cause), next);
  }

  /** Somebody else redeemed it (anyone may); believed only when that is deep enough. */
  async settledByOthers(winner: StoredWinner): Promise<void> {
    const head = await this.#deps.reader.header("latest", this.#signal);
    const depth = BigInt(this.#options.confirmations - 1);
    const at = head === undefined || head.number < depth ? 0n : head.number - depth;
    const read = protocolReads(this.#deps.book).usedTickets(winner.ticketHash);
    const isDeep = await this.#deps.reader.read(read, this.#signal, at);
    if (isDeep) return this.#settle(winner, null);
    this.putOff(winner, redemptionErrorText.alreadyUsed);
  }

  /** It can never be redeemed. */
  async giveUp(winner: StoredWinner, reason: string): Promise<void> {
    this.#deps.logger.warn("ticket given up", { ticket: winner.ticketHash, reason });
    this.#deps.metrics.count("livepeer_ticket_redemption_given_up_total");
    await this.#settle(winner, reason);
  }

  async #settle(winner: StoredWinner, givenUp: string | null): Promise<void> {
    await this.#deps.store.markRedeemed(winner.signature, zeroHash, this.#deps.clock.now());
    this.#forget(winner);
    await this.#report(winner, { txHash: null, block: null, gasUsed: null, givenUp });
  }

  /** Tried again after a while, several times more while the chain takes it. */
  putOff(winner: StoredWinner, reason: string, next: Omit<NextAttempt, "mostBlocks"> = {}): void {
    const { attempts, rounds, logger } = this.#deps;
    const time = rounds.current();
    const mostBlocks = blocksLeft(winner.creationRound, this.#options.validityRounds, time) / waitShare;
    const blocks = attempts.putOff(winner.ticketHash, time.lastSeenL1Block, reason, { ...next, mostBlocks });
    logger.debug("redemption put off", { ticket: winner.ticketHash, reason, blocks, ...next });
  }

  #forget(winner: StoredWinner): void {
    this.#deps.attempts.forget(winner.ticketHash);
    this.#deps.batches.forget(winner.ticketHash);
  }

  async #report(
    winner: StoredWinner,
    outcome: Pick<TicketRedeemed, "txHash" | "block" | "gasUsed" | "givenUp">,
  ): Promise<void> {
    const data: TicketRedeemed = {
      ticketHash: winner.ticketHash,
      sender: checksumAddress(winner.sender),
      recipient: checksumAddress(winner.recipient),
      faceValueWei: winner.faceValueWei.toString(),
      ...outcome,
    };
    await this.#deps.events.emit({ type: "ticket.redeemed", subject: winner.ticketHash, data });
  }
}
