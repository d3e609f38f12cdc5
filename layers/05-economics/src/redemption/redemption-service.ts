import {
  type Address,
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type TaskOwner,
  toHex,
  zeroHash,
} from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  contractCall,
  type GasPriceMonitor,
  protocolReads,
  type RoundClock,
  type TxSubmitter,
} from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";
import { reserveAllocation } from "../recipient/max-float.ts";
import type { TicketRedeemed } from "../records/money-record.ts";
import { ticketAuxData } from "../tickets/ticket.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import type { PendingAmounts } from "./pending-amounts.ts";

export type RedemptionOptions = {
  /** Gas of one redemption in the cost check, see `redeemGasForNetwork`. */
  readonly redeemGas: bigint;
  /** Depth, in blocks, from which a redemption counts. Default 3. */
  readonly confirmations?: number;
  /** Winners of one sender looked at per block. Default 50. */
  readonly maxPerPass?: number;
  /** Redemptions of one sender under way. Default 10. */
  readonly maxInFlight?: number;
  /** Blocks to wait after a first failure; doubles up to 32 times that. Default 1. */
  readonly backOffBlocks?: bigint;
};

export type RedemptionDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly gas: Pick<GasPriceMonitor, "gasPriceWei">;
  readonly active: { isActive(): boolean };
  readonly pending: PendingAmounts;
  readonly store: TicketStore;
  readonly submitter: TxSubmitter;
};

/** Why a winner was put off, and until when. */
type Attempt = { failures: number; notBefore: bigint; reason: string };

/** Reverts after which no attempt can succeed. */
const hopeless: readonly string[] = [
  redemptionErrorText.noBlockHash,
  redemptionErrorText.expired,
  "ticket creationRoundBlockHash invalid for creationRound",
  "ticket did not win",
  "invalid signature over ticket hash",
  "recipientRand does not match recipientRandHash",
];

/** Name of a redemption at the transaction manager. */
export function redemptionId(winner: { readonly ticketHash: string }): string {
  return `redeem:${winner.ticketHash}`;
}

/**
 * Turns winners into transactions. Every L1 block each sender's waiting winners are gone through, oldest first: what is not due yet,
 * failed recently or is under way is passed over, so that no winner holds up another.
 */
export class RedemptionService {
  readonly #options: Required<RedemptionOptions>;
  readonly #deps: RedemptionDeps;
  readonly #attempts = new Map<string, Attempt>();
  readonly #inFlight = new Map<string, Address>();
  #validityRounds = 2n;
  #owner: TaskOwner | undefined;
  #passing: Promise<void> | undefined;
  #again = false;

  constructor(options: RedemptionOptions, deps: RedemptionDeps) {
    this.#options = {
      redeemGas: options.redeemGas,
      confirmations: options.confirmations ?? 3,
      maxPerPass: options.maxPerPass ?? 50,
      maxInFlight: options.maxInFlight ?? 10,
      backOffBlocks: options.backOffBlocks ?? 1n,
    };
    this.#deps = deps;
  }

  /** Takes up all waiting winners, those of earlier runs too. Rejects when the chain cannot be read. */
  async start(owner: TaskOwner): Promise<void> {
    this.#owner = owner;
    const reads = protocolReads(this.#deps.book);
    this.#validityRounds = await this.#deps.reader.read(reads.ticketValidityPeriod(), owner.signal);
    this.#deps.rounds.onL1Block(() => this.#kick());
    this.#kick();
  }

  /** Why a waiting winner is not redeemed at present; undefined when nothing is known against it. */
  reasonFor(ticketHash: string): string | undefined {
    return this.#attempts.get(ticketHash)?.reason;
  }

  /** Goes through all waiting winners once; resolves when every one was looked at (not when redemptions are mined). */
  async pass(): Promise<void> {
    const time = this.#deps.rounds.current();
    const { store } = this.#deps;
    const minCreationRound = this.#oldestRound(time.lastInitializedRound);
    for (const winner of await store.expiredWinners(minCreationRound, this.#options.maxPerPass)) {
      if (!this.#inFlight.has(winner.ticketHash)) await this.#giveUp(winner, redemptionErrorText.expired);
    }
    for (const sender of await store.pendingSenders(minCreationRound)) {
      try {
        await this.#passSender(sender, minCreationRound, time.lastSeenL1Block);
      } catch (error) {
        if (this.#signal().aborted) return;
        this.#deps.logger.warn("winners of a sender could not be looked at", { sender, error: errorText(error) });
      }
    }
  }

  #signal(): AbortSignal {
    if (this.#owner === undefined)
      throw new LpError({ code: "not_started", message: "the redemption service has not been started" });
    return this.#owner.signal;
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
    this.#owner?.spawn("redemption pass", async (signal) => {
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

  async #passSender(sender: Address, minCreationRound: bigint, l1Block: bigint): Promise<void> {
    const winners = await this.#deps.store.pendingWinners(sender, {
      minCreationRound,
      maxExpirationBlock: l1Block,
      limit: this.#options.maxPerPass + this.#attempts.size,
    });
    let looked = 0;
    for (const winner of winners) {
      if (looked >= this.#options.maxPerPass || this.#inFlightOf(sender) >= this.#options.maxInFlight) return;
      const attempt = this.#attempts.get(winner.ticketHash);
      if (this.#inFlight.has(winner.ticketHash) || (attempt !== undefined && attempt.notBefore > l1Block)) continue;
      looked++;
      await this.#consider(winner, l1Block);
    }
  }

  #inFlightOf(sender: Address): number {
    let count = 0;
    for (const other of this.#inFlight.values()) if (other === sender) count++;
    return count;
  }

  /** Judges one due winner, and starts its redemption when it is worth it. */
  async #consider(winner: StoredWinner, l1Block: bigint): Promise<void> {
    const signal = this.#signal();
    const known = await this.#deps.submitter.find(redemptionId(winner));
    // sent by us before, perhaps by the last run: the transaction manager knows how it ended
    if (known !== undefined && (known.state === "sending" || known.mined?.success === true))
      return this.#launch(winner);

    const reads = protocolReads(this.#deps.book);
    const [isUsed, [funds, reserve], claimed] = await this.#deps.reader.readAll(
      [
        reads.usedTickets(winner.ticketHash),
        reads.senderInfo(winner.sender),
        reads.claimedReserve(winner.sender, winner.recipient),
      ],
      signal,
    );
    if (isUsed) return this.#settledByOthers(winner, l1Block);
    if (!this.#deps.active.isActive())
      return this.#putOff(winner, l1Block, "the recipient is not active in this round");

    const allocation = reserveAllocation({
      reserveWei: reserve.fundsRemaining,
      reserveClaimedWei: reserve.claimedInCurrentRound,
      claimedByMeWei: claimed,
      poolSize: this.#deps.rounds.current().poolSize,
    });
    const available = (allocation > 0n ? allocation : 0n) + funds.deposit - this.#deps.pending.get(winner.sender);
    const txCostWei = this.#options.redeemGas * this.#deps.gas.gasPriceWei;
    if (available <= txCostWei) return this.#putOff(winner, l1Block, redemptionErrorText.insufficientFunds);
    if (winner.faceValueWei <= txCostWei)
      return this.#putOff(winner, l1Block, redemptionErrorText.insufficientFaceValue);
    // a ticket settles for what is there and is used up: wait for the rest, unless this is its last round
    const isLastRound = winner.creationRound <= this.#oldestRound(this.#deps.rounds.current().lastInitializedRound);
    if (available < winner.faceValueWei && !isLastRound) {
      return this.#putOff(winner, l1Block, redemptionErrorText.payoutShort);
    }
    return this.#launch(winner);
  }

  #launch(winner: StoredWinner): void {
    const { pending } = this.#deps;
    this.#inFlight.set(winner.ticketHash, winner.sender);
    pending.add(winner.sender, winner.faceValueWei);
    const release = () => {
      this.#inFlight.delete(winner.ticketHash);
      pending.subtract(winner.sender, winner.faceValueWei);
    };
    this.#owner?.spawn(`redeem ${winner.ticketHash}`, async (signal) => {
      try {
        await this.#redeem(winner, signal);
        release();
      } catch (error) {
        release();
        if (signal.aborted) return;
        await this.#failed(winner, error);
      }
    });
  }

  async #redeem(winner: StoredWinner, signal: AbortSignal): Promise<void> {
    const result = await this.#deps.submitter.submit(
      {
        id: redemptionId(winner),
        to: this.#deps.book.ticketBroker,
        data: redeemCallData(winner),
        confirmations: this.#options.confirmations,
      },
      signal,
    );
    await this.#deps.store.markRedeemed(winner.signature, result.hash, this.#deps.clock.now());
    this.#attempts.delete(winner.ticketHash);
    this.#deps.metrics.count("livepeer_winning_tickets_redeemed");
    this.#deps.logger.info("ticket redeemed", {
      ticket: winner.ticketHash,
      faceValueWei: winner.faceValueWei,
      hash: result.hash,
    });
    await this.#report(winner, {
      txHash: result.hash,
      block: result.blockNumber.toString(),
      gasUsed: result.gasUsed.toString(),
      givenUp: null,
    });
  }

  async #failed(winner: StoredWinner, error: unknown): Promise<void> {
    const l1Block = this.#deps.rounds.current().lastSeenL1Block;
    const reason = error instanceof LpError ? error.details["reason"] : undefined;
    if (reason === redemptionErrorText.usedOnChain) return this.#settledByOthers(winner, l1Block);
    if (typeof reason === "string" && hopeless.includes(reason)) return this.#giveUp(winner, reason);
    this.#deps.metrics.count("livepeer_ticket_redemption_errors");
    this.#putOff(winner, l1Block, errorText(error));
  }

  /** Somebody else redeemed it (anyone may); believed only when that is deep enough. */
  async #settledByOthers(winner: StoredWinner, l1Block: bigint): Promise<void> {
    const head = await this.#deps.reader.header("latest", this.#signal());
    const depth = BigInt(this.#options.confirmations - 1);
    const at = head === undefined || head.number < depth ? 0n : head.number - depth;
    const read = protocolReads(this.#deps.book).usedTickets(winner.ticketHash);
    const isDeep = await this.#deps.reader.read(read, this.#signal(), at);
    if (isDeep) return this.#settle(winner, null);
    this.#putOff(winner, l1Block, redemptionErrorText.alreadyUsed);
  }

  async #giveUp(winner: StoredWinner, reason: string): Promise<void> {
    this.#deps.logger.warn("ticket given up", { ticket: winner.ticketHash, reason });
    this.#deps.metrics.count("livepeer_ticket_redemption_given_up");
    await this.#settle(winner, reason);
  }

  async #settle(winner: StoredWinner, givenUp: string | null): Promise<void> {
    await this.#deps.store.markRedeemed(winner.signature, zeroHash, this.#deps.clock.now());
    this.#attempts.delete(winner.ticketHash);
    await this.#report(winner, { txHash: null, block: null, gasUsed: null, givenUp });
  }

  #putOff(winner: StoredWinner, l1Block: bigint, reason: string): void {
    const failures = (this.#attempts.get(winner.ticketHash)?.failures ?? 0) + 1;
    const wait = this.#options.backOffBlocks * 2n ** BigInt(Math.min(failures - 1, 5));
    // kept per waiting winner, and waiting winners end with their validity
    this.#attempts.set(winner.ticketHash, { failures, notBefore: l1Block + wait, reason });
    this.#deps.logger.debug("redemption put off", { ticket: winner.ticketHash, reason, blocks: wait });
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

/** Call data of `redeemWinningTicket`. */
export function redeemCallData(winner: Omit<StoredWinner, "storedAt" | "redeemedAt" | "txHash">) {
  return contractCall(ticketBrokerAbi, "redeemWinningTicket", [
    {
      recipient: winner.recipient,
      sender: winner.sender,
      faceValue: winner.faceValueWei,
      winProb: winner.winProb,
      senderNonce: BigInt(winner.senderNonce),
      recipientRandHash: winner.recipientRandHash,
      auxData: toHex(ticketAuxData(winner.creationRound, winner.creationRoundBlockHash)),
    },
    toHex(winner.signature),
    winner.recipientRand,
  ]);
}
