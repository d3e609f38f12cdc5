import {
  type Address,
  type Clock,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import { protocolReads, type TxSubmitter } from "@livepeer-ts/protocol";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import { RedemptionAttempts } from "./redemption-attempts.ts";
import { RedemptionSender } from "./redemption-sender.ts";
import { SentBatches } from "./sent-batches.ts";
import { WinnerOutcomes } from "./winner-outcomes.ts";
import { judgeWinner, readWinnerFacts, type VerdictDeps, type WinnerFacts } from "./winner-verdict.ts";

export type RedemptionOptions = {
  /** Gas of one redemption in the cost check, see `redeemGasForNetwork`. */
  readonly redeemGas: bigint;
  /** Depth, in blocks, from which a redemption counts. Default 3. */
  readonly confirmations?: number;
  /** Winners of one sender looked at per block. Default 200. */
  readonly maxPerPass?: number;
  /** Redemptions of one sender under way. Default 400: what a few blocks of full transactions take. */
  readonly maxInFlight?: number;
  /**
   * Redemptions of one sender under way that may take its float. Beyond these its deposit must leave the float whole, or the ticket
   * must be in its last round. Default 10.
   */
  readonly maxUncovered?: number;
  /** Blocks to wait after a first failure; doubles up to 32 times that. Default 1. */
  readonly backOffBlocks?: bigint;
  /** Winners in one transaction. Default 50. */
  readonly maxBatchTickets?: number;
  /** Gas limit of a transaction with several winners; below the 2^24 that one transaction may have on Ethereum. Default 15000000. */
  readonly maxBatchGas?: bigint;
};

export type RedemptionDeps = VerdictDeps & {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly store: TicketStore;
  readonly submitter: TxSubmitter;
};

/** What there is between start and stop. */
type Started = { readonly owner: TaskOwner; readonly sender: RedemptionSender; readonly outcomes: WinnerOutcomes };

/**
 * Turns winners into transactions. Every L1 block each sender's waiting winners are gone through, oldest first: what is not due yet,
 * failed recently or is under way is passed over, so that no winner holds up another. Those of a pass go out together, whoever their
 * senders are, where that takes less gas; first those whose time ends first. The contract tells nothing of a ticket that fails in a batch: each one is simulated alone
 * before, and its outcome is read from the mined transaction after.
 */
export class RedemptionService {
  readonly #options: Required<RedemptionOptions>;
  readonly #deps: RedemptionDeps;
  readonly #attempts: RedemptionAttempts;
  #validityRounds = 2n;
  #started: Started | undefined;
  #passing: Promise<void> | undefined;
  #again = false;

  constructor(options: RedemptionOptions, deps: RedemptionDeps) {
    this.#options = {
      redeemGas: options.redeemGas,
      confirmations: options.confirmations ?? 3,
      maxPerPass: options.maxPerPass ?? 200,
      maxInFlight: options.maxInFlight ?? 400,
      maxUncovered: options.maxUncovered ?? 10,
      backOffBlocks: options.backOffBlocks ?? 1n,
      maxBatchTickets: options.maxBatchTickets ?? 50,
      maxBatchGas: options.maxBatchGas ?? 15_000_000n,
    };
    this.#deps = deps;
    this.#attempts = new RedemptionAttempts(this.#options.backOffBlocks);
  }

  /** Takes up all waiting winners, those of earlier runs too. Rejects when the chain cannot be read. */
  async start(owner: TaskOwner): Promise<void> {
    const deps = { ...this.#deps, attempts: this.#attempts, batches: new SentBatches(this.#deps.submitter) };
    const { confirmations, maxBatchTickets: maxTickets, maxBatchGas: maxGas } = this.#options;
    const reads = protocolReads(this.#deps.book);
    const validityRounds = await this.#deps.reader.read(reads.ticketValidityPeriod(), owner.signal);
    this.#validityRounds = validityRounds;
    const outcomes = new WinnerOutcomes({ confirmations, validityRounds }, deps, owner.signal);
    const sender = new RedemptionSender(confirmations, { maxTickets, maxGas }, { ...deps, outcomes }, owner);
    await deps.batches.recover();
    this.#started = { owner, sender, outcomes };
    this.#deps.rounds.onL1Block(() => this.#kick());
    this.#kick();
  }

  /** Why a waiting winner is not redeemed at present; undefined when nothing is known against it. */
  reasonFor(ticketHash: string): string | undefined {
    return this.#attempts.reasonFor(ticketHash);
  }

  /** Goes through all waiting winners once; resolves when every one was looked at (not when redemptions are mined). */
  async pass(): Promise<void> {
    const time = this.#deps.rounds.current();
    const { store, logger } = this.#deps;
    const { owner, sender } = this.#running();
    const minCreationRound = this.#oldestRound(time.lastInitializedRound);
    const waiting = await store.pendingTotals(minCreationRound);
    this.#deps.metrics.gauge("livepeer_winning_tickets_waiting", waiting.count);
    this.#deps.metrics.gauge("livepeer_winning_tickets_waiting_gwei", Number(waiting.faceValueWei) / 1e9);
    const accepted: StoredWinner[] = [];
    for (const payer of await store.pendingSenders(minCreationRound)) {
      try {
        await this.#passSender(payer, minCreationRound, time.lastSeenL1Block, accepted);
      } catch (error) {
        if (owner.signal.aborted) return;
        logger.warn("winners of a sender could not be looked at", { sender: payer, error: errorText(error) });
      }
    }
    accepted.sort((a, b) => Number(a.creationRound - b.creationRound));
    if (accepted.length > 0) sender.redeemAll(accepted);
    for (const winner of await store.expiredWinners(minCreationRound, this.#options.maxPerPass)) {
      if (sender.isInFlight(winner.ticketHash)) continue;
      try {
        await this.#expired(winner);
      } catch (error) {
        if (owner.signal.aborted) return;
        logger.warn("an expired winner could not be settled", { ticket: winner.ticketHash, error: errorText(error) });
      }
    }
  }

  #running(): Started {
    if (this.#started === undefined)
      throw new LpError({ code: "not_started", message: "the redemption service has not been started" });
    return this.#started;
  }

  /** The chain refuses tickets created in `round − validity` or before. */
  #oldestRound(lastInitializedRound: bigint): bigint {
    return lastInitializedRound - this.#validityRounds + 1n;
  }

  /** One pass at a time; a block during a pass makes another one. */
  #kick(): void {
    if (this.#passing !== undefined) {
      this.#again = true;
      return;
    }
    this.#started?.owner.spawn("redemption pass", async (signal) => {
      do {
        this.#again = false;
        this.#passing = this.pass();
        try {
          await this.#passing;
        } catch (error) {
          if (!signal.aborted) this.#deps.logger.warn("redemption pass failed", { error: errorText(error) });
        } finally {
          this.#passing = undefined;
        }
      } while (this.#again && !signal.aborted);
    });
  }

  async #passSender(
    payer: Address,
    minCreationRound: bigint,
    l1Block: bigint,
    accepted: StoredWinner[],
  ): Promise<void> {
    const { owner, sender } = this.#running();
    const winners = await this.#deps.store.pendingWinners(payer, {
      minCreationRound,
      maxExpirationBlock: l1Block,
      limit: this.#options.maxPerPass + this.#options.maxInFlight + this.#attempts.size,
    });
    const due: StoredWinner[] = [];
    for (const winner of winners) {
      if (due.length >= this.#options.maxPerPass || sender.inFlightOf(payer) >= this.#options.maxInFlight) break;
      if (sender.isInFlight(winner.ticketHash) || this.#attempts.isPutOff(winner.ticketHash, l1Block)) continue;
      if (!(await sender.takeUp(winner))) due.push(winner);
    }
    const facts = await readWinnerFacts(due, this.#deps, owner.signal);
    for (const winner of due) {
      // taking one up may have brought its whole batch under way
      if (sender.isInFlight(winner.ticketHash)) continue;
      if (sender.inFlightOf(payer) >= this.#options.maxInFlight) return;
      if (!(await this.#judge(winner, facts, accepted))) return;
    }
  }

  /** Judges one due winner; it is held when it is accepted. False: none of its sender's is to be looked at any more. */
  async #judge(winner: StoredWinner, facts: WinnerFacts, accepted: StoredWinner[]): Promise<boolean> {
    const { sender, outcomes } = this.#running();
    const inputs = {
      redeemGas: this.#options.redeemGas,
      oldestRound: this.#oldestRound(this.#deps.rounds.current().lastInitializedRound),
      mayTakeFloat: sender.inFlightOf(winner.sender) < this.#options.maxUncovered,
    };
    const verdict = judgeWinner(winner, facts, inputs, this.#deps);
    if (verdict.kind === "used") await outcomes.settledByOthers(winner);
    else if (verdict.kind === "wait") outcomes.putOff(winner, verdict.reason);
    else if (verdict.kind === "redeem") {
      sender.hold(winner);
      accepted.push(winner);
    }
    return verdict.kind !== "stop";
  }

  async #expired(winner: StoredWinner): Promise<void> {
    const { owner, sender, outcomes } = this.#running();
    // redeemed in time perhaps, only not marked
    if (await sender.takeUp(winner)) return;
    const read = protocolReads(this.#deps.book).usedTickets(winner.ticketHash);
    if (await this.#deps.reader.read(read, owner.signal)) return outcomes.settledByOthers(winner);
    await outcomes.giveUp(winner, redemptionErrorText.expired);
  }
}
