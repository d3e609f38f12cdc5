import type {
  Capabilities,
  Payment,
  PaymentOffer,
  PaymentRecipient,
  PriceInfo,
  ReceivedPayment,
} from "@livepeer-ts/execution";
import {
  type Address,
  addressFromBytes,
  bigEndianToBigInt,
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  formatRational,
  type Logger,
  LpError,
  type Metrics,
  maxUint256,
  type Random,
  type Rational,
  rational,
  type TaskOwner,
  zeroRational,
} from "@livepeer-ts/kernel";
import type { GasPriceMonitor, RoundClock, SenderInfo } from "@livepeer-ts/protocol";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";
import { advertisedPrice } from "../prices/auto-adjust.ts";
import { feeOf } from "../prices/fee.ts";
import type { PriceBook } from "../prices/price-book.ts";
import type { TicketsReceived, TicketWon } from "../records/money-record.ts";
import type { PendingAmounts } from "../redemption/pending-amounts.ts";
import { priceFromWire, priceToWire, ticketParamsToWire } from "../tickets/ticket-params.ts";
import { paymentErrors, refusalError, type TicketRefusal, ticketErrors } from "../wire/ticket-errors.ts";
import type { Balances } from "./balances.ts";
import { maxFloat } from "./max-float.ts";
import { type FaceValueInputs, offerTerms } from "./ticket-offer.ts";
import { type AcceptedParams, isRefusal, TicketReceiver } from "./ticket-receiver.ts";

export type TicketRecipientOptions = {
  /** Account tickets are made out to (`-ethOrchAddr`, else the node's own). */
  readonly recipient: Address;
  /** Wanted expected value of a ticket, wei. Default 8000000000 (`-ticketEV`). */
  readonly ticketEvWei?: bigint;
  /** Highest face value, wei; 0 = none. Default 0 (`-maxFaceValue`). */
  readonly maxFaceValueWei?: bigint;
  /** Gas of one redemption, see `redeemGasForNetwork`. */
  readonly redeemGas: bigint;
  /** Face value in units of a redemption's cost. Default 100. */
  readonly txCostMultiplier?: bigint;
  /** Add the cost of redemption to the price. Default true (`-autoAdjustPrice`). */
  readonly autoAdjustPrice?: boolean;
  /** 32 bytes shared by instances behind one address; default: drawn at start. */
  readonly secret?: Uint8Array;
  /** Offers whose nonces are kept. Default 100000. */
  readonly maxOffers?: number;
};

/** Where the funds of senders are known. */
export interface SenderFunds {
  cached(sender: Address): SenderInfo | undefined;
  info(sender: Address): Promise<SenderInfo>;
}

export type TicketRecipientDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  /** Owner of what is emitted in the background. */
  readonly tasks: TaskOwner;
  readonly rounds: RoundClock;
  readonly senders: SenderFunds;
  readonly gas: Pick<GasPriceMonitor, "gasPriceWei">;
  readonly active: { isActive(): boolean };
  readonly pending: PendingAmounts;
  readonly store: TicketStore;
  readonly prices: PriceBook;
  readonly balances: Balances;
};

const defaultTicketEvWei = 8_000_000_000n;

/** Being paid in tickets. */
export class TicketPaymentRecipient implements PaymentRecipient {
  readonly recipient: Address;
  readonly #options: TicketRecipientOptions;
  readonly #deps: TicketRecipientDeps;
  readonly #receiver: TicketReceiver;
  readonly #ticketEvWei: bigint;
  /** Highest face value of new offers, wei; 0 = none. */
  maxFaceValueWei: bigint;
  readonly #stopListening: () => void;

  constructor(options: TicketRecipientOptions, deps: TicketRecipientDeps) {
    this.recipient = options.recipient;
    this.#options = options;
    this.#deps = deps;
    this.#ticketEvWei = options.ticketEvWei ?? defaultTicketEvWei;
    this.maxFaceValueWei = options.maxFaceValueWei ?? 0n;
    this.#receiver = new TicketReceiver(options.recipient, options.secret ?? deps.random.bytes(32), {
      ...(options.maxOffers === undefined ? {} : { maxOffers: options.maxOffers }),
    });
    this.#stopListening = deps.rounds.onL1Block((block) => this.#receiver.forgetExpired(block));
  }

  /** Stops following the chain. */
  stop(): void {
    this.#stopListening();
  }

  async offer(
    sender: Address,
    capabilities: Capabilities | undefined,
    sessionId: string | undefined,
  ): Promise<PaymentOffer> {
    const funds = await this.#funds(sender);
    const fixed = sessionId === undefined ? undefined : this.#deps.balances.fixedPrice(sender, sessionId);
    const price = fixed ?? this.#advertisedPrice(sender, capabilities, funds);
    return {
      ticketParams: ticketParamsToWire(this.#ticketParams(sender, price, funds)),
      priceInfo: priceToWire(price),
      capabilitiesPrices: capabilities === undefined ? this.#capabilitiesPrices(sender) : [],
    };
  }

  async receive(payment: Payment, balanceId: string): Promise<ReceivedPayment> {
    const params = payment.ticketParams;
    const sender = addressFromBytes(payment.sender);
    if (params === undefined) {
      this.#receiveWithoutTickets(payment, sender, balanceId);
      return { acceptedCount: 0, wonCount: 0, credited: zeroRational };
    }
    if (payment.sender.length === 0) throw paymentErrors.noSender(balanceId);
    const time = this.#deps.rounds.current();
    if (!this.#deps.active.isActive()) throw paymentErrors.inactive(this.recipient, time.lastInitializedRound);
    const price = expectedPrice(payment.expectedPrice);
    this.#deps.balances.fixPrice(sender, balanceId, price);

    let refusal = await this.#judgeSender(sender);
    let each: AcceptedParams | undefined;
    let acceptedCount = 0;
    const winners: WinningTicket[] = [];
    const tickets = payment.ticketSenderParams;
    if (refusal === undefined) {
      const accepted = this.#receiver.accept({ sender, params, expirationParams: payment.expirationParams, price });
      if (isRefusal(accepted)) {
        refusal = accepted;
      } else {
        each = accepted;
        for (const ticket of tickets) {
          const verdict = this.#receiver.receive(accepted, ticket.senderNonce, ticket.sig, time.lastSeenL1Block);
          if (verdict.winner !== undefined) winners.push(verdict.winner);
          // after a first refusal nothing more of the batch is credited, but winners still count
          if (verdict.refusal !== undefined) refusal = verdict.refusal;
          else if (refusal === undefined) acceptedCount++;
        }
      }
    }
    const credited = each === undefined ? zeroRational : timesCount(each.expectedValue, acceptedCount);
    // winners are durable before anything is acknowledged
    for (const winner of winners) await this.#keepWinner(winner);
    if (each !== undefined && acceptedCount > 0) {
      this.#deps.balances.credit(sender, balanceId, each.evNumerator * BigInt(acceptedCount), maxUint256);
    }
    this.#report(payment, sender, balanceId, acceptedCount, winners.length, credited, refusal);
    if (refusal !== undefined) throw refusalError(refusal);
    return { acceptedCount, wonCount: winners.length, credited };
  }

  hasBalance(sender: Address, balanceId: string, price: PriceInfo | undefined): boolean {
    if (price === undefined || price.pricePerUnit <= 0n) return true;
    return this.#deps.balances.covers(sender, balanceId, this.#ticketEvWei);
  }

  debit(sender: Address, balanceId: string, pixelCount: bigint, price: PriceInfo | undefined): Rational {
    if (price === undefined || price.pixelsPerUnit === 0n) return zeroRational;
    const fee = feeOf(pixelCount, rational(price.pricePerUnit, price.pixelsPerUnit));
    if (fee.num !== 0n) this.#deps.balances.debit(sender, balanceId, fee);
    return fee;
  }

  /** Largest face value the sender is good for, wei. */
  maxFloat(sender: Address, funds: SenderInfo): bigint {
    return maxFloat({
      reserveWei: funds.reserveWei,
      reserveClaimedWei: funds.reserveClaimedWei,
      claimedByMeWei: funds.claimedByMeWei,
      depositWei: funds.depositWei,
      poolSize: this.#deps.rounds.current().poolSize,
      pendingWei: this.#deps.pending.get(sender),
    });
  }

  async #funds(sender: Address): Promise<SenderInfo> {
    const known = this.#deps.senders.cached(sender);
    if (known !== undefined) return known;
    try {
      return await this.#deps.senders.info(sender);
    } catch (cause) {
      const { code, message } = ticketErrors.senderInfo(sender, errorText(cause));
      throw new LpError({ code, message, retryable: true, cause });
    }
  }

  #faceValueInputs(sender: Address, funds: SenderInfo): FaceValueInputs {
    return {
      ticketEvWei: this.#ticketEvWei,
      redeemGas: this.#options.redeemGas,
      gasPriceWei: this.#deps.gas.gasPriceWei,
      txCostMultiplier: this.#options.txCostMultiplier ?? 100n,
      maxFloatWei: this.maxFloat(sender, funds),
      maxFaceValueWei: this.maxFaceValueWei,
    };
  }

  #advertisedPrice(sender: Address, capabilities: Capabilities | undefined, funds: SenderInfo): Rational {
    const base = this.#deps.prices.forJob(sender, capabilities);
    return advertisedPrice(base, this.#options.autoAdjustPrice ?? true, () => this.#faceValueInputs(sender, funds));
  }

  #capabilitiesPrices(sender: Address): PriceInfo[] {
    return this.#deps.prices
      .listForGateway(sender)
      .map(({ capability, constraint, price }) => priceToWire(rational(price.num / price.den), capability, constraint));
  }

  #ticketParams(sender: Address, price: Rational, funds: SenderInfo) {
    const terms = offerTerms(this.#faceValueInputs(sender, funds), this.#deps.rounds.current(), price);
    const seed = bigEndianToBigInt(this.#deps.random.bytes(32));
    const { recipientRandHash } = this.#receiver.commit({ ...terms, seed, sender, price });
    const { faceValueWei, winProb, expirationBlock, creationRound, creationRoundBlockHash } = terms;
    return {
      recipient: this.recipient,
      faceValueWei,
      winProb,
      recipientRandHash,
      seed,
      expirationBlock,
      expirationParams: { creationRound, creationRoundBlockHash },
    };
  }

  #receiveWithoutTickets(payment: Payment, sender: Address, balanceId: string): void {
    if (payment.sender.length === 0) return;
    // The reference fixes the price at 0 for whoever pays nothing first. Only a price that is 0 is fixed here.
    const price = payment.expectedPrice;
    if (price === undefined || price.pricePerUnit !== 0n) return;
    if (this.#deps.prices.forGateway(sender).num === 0n) this.#deps.balances.fixPrice(sender, balanceId, zeroRational);
  }

  async #judgeSender(sender: Address): Promise<TicketRefusal | undefined> {
    let funds = this.#deps.senders.cached(sender);
    if (funds === undefined) {
      try {
        funds = await this.#deps.senders.info(sender);
      } catch (cause) {
        return ticketErrors.senderInfo(sender, errorText(cause));
      }
    }
    return judgeWithdrawal(sender, funds.withdrawRound, this.#deps.rounds.current().lastInitializedRound);
  }

  async #keepWinner(winner: WinningTicket): Promise<void> {
    const fresh = await this.#deps.store.storeWinner(winner, this.#deps.clock.now());
    if (!fresh) return;
    this.#deps.metrics.count("livepeer_winning_tickets_recv");
    const data: TicketWon = {
      ticketHash: winner.ticketHash,
      sender: checksumAddress(winner.sender),
      recipient: checksumAddress(winner.recipient),
      faceValueWei: winner.faceValueWei.toString(),
      creationRound: winner.creationRound.toString(),
      redeemableFromBlock: winner.paramsExpirationBlock.toString(),
    };
    this.#emit("ticket.won", winner.ticketHash, data);
  }

  #report(
    payment: Payment,
    sender: Address,
    balanceId: string,
    acceptedCount: number,
    wonCount: number,
    credited: Rational,
    refusal: TicketRefusal | undefined,
  ): void {
    const sentCount = payment.ticketSenderParams.length;
    this.#deps.metrics.count("livepeer_tickets_recv", undefined, acceptedCount);
    if (refusal !== undefined) this.#deps.metrics.count("livepeer_payment_recv_errors", { code: refusal.code });
    const data: TicketsReceived = {
      sender: checksumAddress(sender),
      recipient: checksumAddress(this.recipient),
      balanceId,
      sentCount,
      acceptedCount,
      wonCount,
      creditedWei: formatRational(credited),
      error: refusal?.message ?? null,
    };
    this.#emit("tickets.received", balanceId, data);
  }

  #emit(type: string, subject: string, data: Readonly<Record<string, unknown>>): void {
    this.#deps.tasks.spawn(type, () => this.#deps.events.emit({ type, subject, data }));
  }
}

/** Refusal of a sender whose funds may be gone before a ticket can be redeemed. */
export function judgeWithdrawal(sender: Address, withdrawRound: bigint, lastInitializedRound: bigint) {
  return withdrawRound === 0n || withdrawRound > lastInitializedRound + 1n
    ? undefined
    : ticketErrors.senderUnlocking(sender);
}

/** Value of `count` tickets; reduces by the small count only, which is cheap. */
function timesCount(each: Rational, count: number): Rational {
  if (count === 0) return zeroRational;
  let [divisor, rest] = [BigInt(count), each.den % BigInt(count)];
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
  return { num: each.num * (BigInt(count) / divisor), den: each.den / divisor };
}

function expectedPrice(price: PriceInfo | undefined): Rational {
  try {
    return priceFromWire(price);
  } catch (cause) {
    throw paymentErrors.expectedPrice(errorText(cause));
  }
}
