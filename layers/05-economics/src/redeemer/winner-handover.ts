import {
  type Address,
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type TaskOwner,
  zeroHash,
} from "@livepeer-ts/kernel";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";
import type { TicketHandedOver } from "../records/money-record.ts";
import { PendingAmounts } from "../redemption/pending-amounts.ts";
import type { RedeemerClient } from "./redeemer-client.ts";

export type WinnerHandoverOptions = {
  /** Winners of one sender read at once. Default 50. */
  readonly maxPerRead?: number;
  /** Winners of one sender that are counted against it after a start. Default 100000. */
  readonly maxCounted?: number;
  /** First wait after a failure, ms; doubles. Default 500. */
  readonly firstRetryMs?: number;
  /** Longest wait after a failure, ms. Default 30000. */
  readonly maxRetryMs?: number;
};

export type WinnerHandoverDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly store: TicketStore;
  readonly redeemer: Pick<RedeemerClient, "queue">;
};

const everyBlock = 2n ** 62n;

/**
 * Brings winners from the orchestrator's own store to the redeemer. A winner is stored here before its payment is acknowledged and
 * marked only after the redeemer has stored it: whichever side dies in between, it is brought again, and the redeemer keeps it once.
 */
export class WinnerHandover {
  /** The winners that are still here, and so count against their senders. */
  readonly pending = new PendingAmounts();
  /** Where the recipient puts its winners: the store, with a nudge. */
  readonly store: TicketStore;
  readonly #options: Required<WinnerHandoverOptions>;
  readonly #deps: WinnerHandoverDeps;
  /** Refused for good; tried again by the next process. */
  readonly #refused = new Set<string>();
  #nudge: () => void = () => {};
  #isNudged = false;

  constructor(options: WinnerHandoverOptions, deps: WinnerHandoverDeps) {
    this.#options = {
      maxPerRead: options.maxPerRead ?? 50,
      maxCounted: options.maxCounted ?? 100_000,
      firstRetryMs: options.firstRetryMs ?? 500,
      maxRetryMs: options.maxRetryMs ?? 30_000,
    };
    this.#deps = deps;
    const { store } = deps;
    this.store = {
      ...store,
      storeWinner: async (ticket, storedAt) => {
        const isFresh = await store.storeWinner(ticket, storedAt);
        if (!isFresh) return false;
        this.pending.add(ticket.sender, ticket.faceValueWei);
        this.#isNudged = true;
        this.#nudge();
        return true;
      },
    };
  }

  /** Hands over what is here, from earlier runs too, and what comes, until the owner stops. */
  async start(owner: TaskOwner): Promise<void> {
    for (const sender of await this.#deps.store.pendingSenders(0n)) {
      for (const { faceValueWei } of await this.#read(sender, this.#options.maxCounted))
        this.pending.add(sender, faceValueWei);
    }
    owner.spawn("hand winners over", (signal) => this.#run(signal));
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#deps;
    const { firstRetryMs, maxRetryMs } = this.#options;
    let waitMs = firstRetryMs;
    let isAway = false;
    while (!signal.aborted) {
      this.#isNudged = false;
      try {
        await this.#handAllOver(signal);
        if (isAway) logger.info("the redeemer is back: all winners were handed over");
        isAway = false;
        waitMs = firstRetryMs;
        await this.#nextNudge(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isAway) logger.warn("winners wait here until the redeemer is back", { error: errorText(error) });
        isAway = true;
        await clock.sleep(waitMs * (0.5 + random.unit()), signal).catch(() => undefined);
        waitMs = Math.min(maxRetryMs, waitMs * 2);
      }
    }
  }

  async #nextNudge(signal: AbortSignal): Promise<void> {
    if (this.#isNudged || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#nudge = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#nudge = () => {};
  }

  async #handAllOver(signal: AbortSignal): Promise<void> {
    for await (const winner of this.#waiting()) {
      signal.throwIfAborted();
      try {
        await this.#deps.redeemer.queue(winner, signal);
      } catch (error) {
        if (!(error instanceof LpError) || error.code !== "redeemer_refused") throw error;
        this.#refused.add(winner.ticketHash);
        this.#deps.metrics.count("livepeer_redeemer_refusals_total");
        this.#deps.logger.error("the redeemer refuses a winner, which stays in this node's store", {
          ticket: winner.ticketHash,
          faceValueWei: winner.faceValueWei,
          error: error.message,
        });
        continue;
      }
      await this.#handedOver(winner);
    }
  }

  async #handedOver(winner: StoredWinner): Promise<void> {
    const { clock, events, logger, metrics } = this.#deps;
    await this.#deps.store.markRedeemed(winner.signature, zeroHash, clock.now());
    this.pending.subtract(winner.sender, winner.faceValueWei);
    metrics.count("livepeer_redeemer_handed_over_total");
    logger.info("winner handed over to the redeemer", { ticket: winner.ticketHash });
    const data: TicketHandedOver = {
      ticketHash: winner.ticketHash,
      sender: checksumAddress(winner.sender),
      recipient: checksumAddress(winner.recipient),
      faceValueWei: winner.faceValueWei.toString(),
    };
    await events.emit({ type: "ticket.handed_over", subject: winner.ticketHash, data });
  }

  /** Winners that are still to be handed over, a few at a time: those that were read before have left the queue by then. */
  async *#waiting(): AsyncGenerator<StoredWinner> {
    for (const sender of await this.#deps.store.pendingSenders(0n)) {
      for (;;) {
        // the refused ones stay, in front perhaps
        const read = await this.#read(sender, this.#options.maxPerRead + this.#refused.size);
        const fresh = read.filter(({ ticketHash }) => !this.#refused.has(ticketHash));
        if (fresh.length === 0) break;
        yield* fresh;
      }
    }
  }

  #read(sender: Address, limit: number): Promise<readonly StoredWinner[]> {
    return this.#deps.store.pendingWinners(sender, { minCreationRound: 0n, maxExpirationBlock: everyBlock, limit });
  }
}
