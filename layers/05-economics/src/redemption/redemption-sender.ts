import { type Address, type Clock, type Logger, LpError, type Metrics, type TaskOwner } from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  protocolReads,
  type TxIntent,
  type TxRequest,
  type TxResult,
  type TxSubmitter,
} from "@livepeer-ts/protocol";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import { type BatchLimits, BatchPlan } from "./batch-plan.ts";
import type { PendingAmounts } from "./pending-amounts.ts";
import {
  batchId,
  batchRedeemCallData,
  redeemCallData,
  redeemedTickets,
  redemptionId,
  ticketsInBatch,
} from "./redeem-calls.ts";
import type { RedemptionAttempts } from "./redemption-attempts.ts";
import { isEffective, type SentBatches } from "./sent-batches.ts";
import type { WinnerOutcomes } from "./winner-outcomes.ts";

export type RedemptionSenderDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly pending: PendingAmounts;
  readonly store: TicketStore;
  readonly submitter: TxSubmitter;
  readonly attempts: RedemptionAttempts;
  readonly batches: SentBatches;
  readonly outcomes: WinnerOutcomes;
};

/** Estimates asked for at once. */
const simulationsAtOnce = 8;
/** Reverts that say nothing about the tickets nor about their number. */
const passingReverts: readonly unknown[] = [redemptionErrorText.roundNotInitialized, redemptionErrorText.paused];

/** Sends the redemptions of winners, alone and in batches, and sees each through to its outcome. */
export class RedemptionSender {
  readonly #confirmations: number;
  readonly #limits: BatchLimits;
  readonly #deps: RedemptionSenderDeps;
  readonly #owner: TaskOwner;
  readonly #inFlight = new Map<string, Address>();

  constructor(confirmations: number, limits: BatchLimits, deps: RedemptionSenderDeps, owner: TaskOwner) {
    this.#confirmations = confirmations;
    const { gasLimit } = deps.submitter;
    this.#limits = { ...limits, maxGas: gasLimit > 0n && gasLimit < limits.maxGas ? gasLimit : limits.maxGas };
    this.#deps = deps;
    this.#owner = owner;
  }

  isInFlight(ticketHash: string): boolean {
    return this.#inFlight.has(ticketHash);
  }

  /** Redemptions of the sender under way. */
  inFlightOf(sender: Address): number {
    let count = 0;
    for (const other of this.#inFlight.values()) if (other === sender) count++;
    return count;
  }

  /** Sent by us before, perhaps by the last run: the transaction manager knows how it ended. False when it was not. */
  async takeUp(winner: StoredWinner): Promise<boolean> {
    if (isEffective(await this.#deps.submitter.find(redemptionId(winner)))) {
      this.hold(winner);
      this.#redeemAlone(winner);
      return true;
    }
    const batch = await this.#deps.batches.of(winner.ticketHash);
    if (batch === undefined) return false;
    await this.#takeUpBatch(batch);
    return true;
  }

  async #takeUpBatch(batch: TxIntent): Promise<void> {
    const winners: StoredWinner[] = [];
    for (const ticketHash of ticketsInBatch(batch.data)) {
      const winner = await this.#deps.store.find(ticketHash);
      if (winner === undefined || winner.redeemedAt !== undefined || this.#inFlight.has(ticketHash)) continue;
      const last = await this.#deps.batches.of(ticketHash);
      if (last?.id === batch.id) winners.push(winner);
    }
    for (const winner of winners) this.hold(winner);
    const { id, to, data, gasLimit } = batch;
    this.#redeemTogether({ id, to, data, minGas: gasLimit, confirmations: this.#confirmations }, winners);
  }

  /** From here on the winner is under way: it is not looked at again, and its sender's funds are spoken for. */
  hold(winner: StoredWinner): void {
    this.#inFlight.set(winner.ticketHash, winner.sender);
    this.#deps.pending.add(winner.sender, winner.faceValueWei);
  }

  #release(winner: StoredWinner): void {
    this.#inFlight.delete(winner.ticketHash);
    this.#deps.pending.subtract(winner.sender, winner.faceValueWei);
  }

  /** Starts the redemption of all these, in as few transactions as the limits allow. */
  redeemAll(winners: readonly StoredWinner[]): void {
    this.#owner.spawn("redeem tickets", (signal) => this.#redeemAll(winners, signal));
  }

  async #redeemAll(winners: readonly StoredWinner[], signal: AbortSignal): Promise<void> {
    const together = ({ ticketHash }: StoredWinner) => this.#deps.attempts.togetherWith(ticketHash);
    const others = winners.filter((winner) => together(winner) > 1);
    // a single one is simulated by the transaction manager
    if (others.length === 1) others.pop();
    let plan = new BatchPlan(this.#limits);
    for (let from = 0; from < others.length; from += simulationsAtOnce) {
      const next = others.slice(from, from + simulationsAtOnce);
      const gas = await Promise.all(next.map((winner) => this.#gasAlone(winner, signal)));
      for (const [i, winner] of next.entries()) {
        const needed = gas[i];
        if (needed === undefined || plan.add(winner, needed, together(winner))) continue;
        await this.#send(plan, signal);
        plan = new BatchPlan(this.#limits);
        plan.add(winner, needed, together(winner));
      }
    }
    await this.#send(plan, signal);
    // those that are suspected of something come last: each takes a block of its own
    const batched = new Set(others);
    for (const winner of winners) if (!batched.has(winner)) this.#redeemAlone(winner);
  }

  /** What the winner takes alone; undefined, and no longer under way, when it would fail. */
  async #gasAlone(winner: StoredWinner, signal: AbortSignal): Promise<bigint | undefined> {
    try {
      return await this.#deps.submitter.simulate(this.#requestFor(winner), signal);
    } catch (error) {
      this.#release(winner);
      if (!signal.aborted) await this.#deps.outcomes.failed(winner, error);
      return undefined;
    }
  }

  /** Hands the plan over, as a batch where that takes less gas. */
  async #send(plan: BatchPlan, signal: AbortSignal): Promise<void> {
    const { winners, aloneGas, gasLimit } = plan;
    if (winners.length <= 1) {
      for (const winner of winners) this.#redeemAlone(winner);
      return;
    }
    const { submitter, book, clock } = this.#deps;
    const request: TxRequest = {
      id: batchId(winners, clock.now()),
      to: book.ticketBroker,
      data: batchRedeemCallData(winners),
      minGas: gasLimit,
      confirmations: this.#confirmations,
    };
    try {
      if ((await submitter.simulate(request, signal)) < aloneGas) return this.#redeemTogether(request, winners);
      for (const winner of winners) this.#redeemAlone(winner);
    } catch (error) {
      await this.#batchFailed(winners, error, signal);
    }
  }

  #redeemTogether(request: TxRequest, winners: readonly StoredWinner[]): void {
    this.#deps.batches.add(request.id, winners);
    this.#owner.spawn(request.id, async (signal) => {
      let result: TxResult;
      try {
        result = await this.#deps.submitter.submit(request, signal);
      } catch (error) {
        return this.#batchFailed(winners, error, signal);
      }
      await this.#batchMined(winners, result, signal);
    });
  }

  /** The whole transaction failed. Unless time mends it, its winners go in halves, and in halves of these, and so on. */
  async #batchFailed(winners: readonly StoredWinner[], error: unknown, signal: AbortSignal): Promise<void> {
    for (const winner of winners) this.#release(winner);
    if (signal.aborted) return;
    const isPassing = error instanceof LpError && (error.retryable || passingReverts.includes(error.details["reason"]));
    const next = isPassing ? {} : { together: Math.max(1, Math.floor(winners.length / 2)) };
    for (const winner of winners) await this.#deps.outcomes.failed(winner, error, next);
  }

  async #batchMined(winners: readonly StoredWinner[], result: TxResult, signal: AbortSignal): Promise<void> {
    const redeemed = redeemedTickets(result.logs, this.#deps.book.ticketBroker);
    const count = BigInt(redeemed.size);
    // what the shares leave over goes to the first, so that they sum up to the transaction's gas
    let rest = count === 0n ? 0n : result.gasUsed % count;
    for (const winner of winners) {
      try {
        if (redeemed.has(winner.ticketHash)) {
          await this.#deps.outcomes.redeemed(winner, result, result.gasUsed / count + rest);
          rest = 0n;
        } else {
          await this.#failedInside(winner, result, signal);
        }
        this.#release(winner);
      } catch (error) {
        // what could not be written or asked is taken up with the batch again, its transaction is there
        this.#release(winner);
        if (signal.aborted) return;
        await this.#deps.outcomes.failed(winner, error);
      }
    }
  }

  /** The batch was mined and this ticket was not redeemed by it. */
  async #failedInside(winner: StoredWinner, result: TxResult, signal: AbortSignal): Promise<void> {
    const read = protocolReads(this.#deps.book).usedTickets(winner.ticketHash);
    const isUsed = await this.#deps.reader.read(read, signal);
    this.#deps.logger.warn("ticket failed in a batch", { ticket: winner.ticketHash, hash: result.hash });
    let error: unknown;
    if (!isUsed) {
      try {
        await this.#deps.submitter.simulate(this.#requestFor(winner), signal);
      } catch (cause) {
        if (!(cause instanceof LpError) || cause.code !== "tx_would_revert") throw cause;
        error = cause;
      }
    }
    this.#deps.batches.forget(winner.ticketHash);
    if (isUsed) return this.#deps.outcomes.settledByOthers(winner);
    if (error !== undefined) return this.#deps.outcomes.failed(winner, error, { alone: true });
    this.#deps.metrics.count("livepeer_ticket_redemption_errors");
    this.#deps.outcomes.putOff(winner, `failed in the batch ${result.hash}, would succeed alone now`, { alone: true });
  }

  #redeemAlone(winner: StoredWinner): void {
    this.#owner.spawn(`redeem ${winner.ticketHash}`, async (signal) => {
      try {
        const result = await this.#deps.submitter.submit(this.#requestFor(winner), signal);
        await this.#deps.outcomes.redeemed(winner, result, result.gasUsed);
        this.#release(winner);
      } catch (error) {
        this.#release(winner);
        if (signal.aborted) return;
        await this.#deps.outcomes.failed(winner, error);
      }
    });
  }

  #requestFor(winner: StoredWinner): TxRequest {
    return {
      id: redemptionId(winner),
      to: this.#deps.book.ticketBroker,
      data: redeemCallData(winner),
      confirmations: this.#confirmations,
    };
  }
}
