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
  compareRational,
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
  zeroHash,
  zeroRational,
} from "@livepeer-ts/kernel";
import type { GasPriceMonitor, RoundClock } from "@livepeer-ts/protocol";
import type { SenderFloats } from "../ports/sender-floats.ts";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";
import { advertisedPrice } from "../prices/auto-adjust.ts";
import { feeOf } from "../prices/fee.ts";
import type { PriceBook } from "../prices/price-book.ts";
import { type TicketsReceived, ticketWonRecord } from "../records/money-record.ts";
import type { PendingAmounts } from "../redemption/pending-amounts.ts";
import { priceFromWire, priceToWire, ticketParamsToWire } from "../tickets/ticket-params.ts";
import { offerErrors, paymentErrors, refusalError, type TicketRefusal, ticketErrors } from "../wire/ticket-errors.ts";
import type { Balances } from "./balances.ts";
import { LocalFloats, type SenderFunds } from "./local-floats.ts";
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
  /** What senders are good for; default: by this node's own view of the chain and `pending`. */
  readonly floats?: SenderFloats;
  readonly store: TicketStore;
  readonly prices: PriceBook;
  readonly balances: Balances;
};

/** Between two lines about refused offers, ms. */
const refusalLogMs = 10_000;

const defaultTicketEvWei = 8_000_000_000n;

/** Being paid in tickets. */
export class TicketPaymentRecipient implements PaymentRecipient {
  readonly recipient: Address;
  readonly #options: TicketRecipientOptions;
  readonly #deps: TicketRecipientDeps;
  readonly #receiver: TicketReceiver;
  readonly #floats: SenderFloats;
  readonly #ticketEvWei: bigint;
  /** Highest face value of new offers, wei; 0 = none. */
  maxFaceValueWei: bigint;
  readonly #stopListening: () => void;
  #refusalLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TicketRecipientOptions, deps: TicketRecipientDeps) {
    this.recipient = options.recipient;
    this.#options = options;
    this.#deps = deps;
    this.#floats = deps.floats ?? new LocalFloats(deps);
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
    wanted?: Rational,
  ): Promise<PaymentOffer> {
    const inputs = await this.#faceValueInputs(sender);
    const agreed = sessionId === undefined ? undefined : this.#deps.balances.agreedPrice(sender, sessionId);
    try {
      const price = agreed ?? wanted ?? this.#advertisedPrice(sender, capabilities, inputs);
      return {
        ticketParams: ticketParamsToWire(this.#ticketParams(sender, price, inputs)),
        priceInfo: priceToWire(price),
        capabilitiesPrices: capabilities === undefined ? this.#capabilitiesPrices(sender) : [],
      };
    } catch (error) {
      this.#noOffer(sender, error);
      throw error;
    }
  }

  async receive(payment: Payment, balanceId: string, manifestId = balanceId): Promise<ReceivedPayment> {
    const params = payment.ticketParams;
    const sender = addressFromBytes(payment.sender);
    if (params === undefined) {
      return { acceptedCount: 0, wonCount: 0, credited: zeroRational };
    }
    if (payment.sender.length === 0) throw paymentErrors.noSender(balanceId);
    const time = this.#deps.rounds.current();
    if (!this.#deps.active.isActive()) throw paymentErrors.inactive(this.recipient, time.lastInitializedRound);
    const price = expectedPrice(payment.expectedPrice);
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
    for (const winner of winners) await this.#keepWinner(winner, manifestId);
    if (each !== undefined && acceptedCount > 0) {
      this.#deps.balances.credit(sender, balanceId, each.evNumerator * BigInt(acceptedCount), maxUint256);
      this.#deps.balances.agreePrice(sender, balanceId, price);
    }
    this.#report(payment, sender, balanceId, manifestId, acceptedCount, winners.length, credited, refusal);
    if (refusal !== undefined) throw refusalError(refusal);
    return { acceptedCount, wonCount: winners.length, credited };
  }

  priceOf(sender: Address, balanceId: string, capabilities: Capabilities | undefined): PriceInfo {
    return priceToWire(
      this.#deps.balances.agreedPrice(sender, balanceId) ?? this.#deps.prices.forJob(sender, capabilities),
    );
  }

  hasBalance(sender: Address, balanceId: string, price: PriceInfo | undefined): boolean {
    if (price === undefined || price.pricePerUnit <= 0n) return true;
    return this.#deps.balances.covers(sender, balanceId, this.#ticketEvWei);
  }

  covers(sender: Address, balanceId: string, units: bigint, price: PriceInfo | undefined): boolean {
    if (price === undefined || price.pricePerUnit <= 0n || price.pixelsPerUnit === 0n) return true;
    const fee = feeOf(units, rational(price.pricePerUnit, price.pixelsPerUnit));
    return compareRational(this.#deps.balances.balance(sender, balanceId), fee) >= 0;
  }

  balanceOf(sender: Address, balanceId: string): Rational {
    return this.#deps.balances.balance(sender, balanceId);
  }

  debit(sender: Address, balanceId: string, pixelCount: bigint, price: PriceInfo | undefined): Rational {
    if (price === undefined || price.pixelsPerUnit === 0n) return zeroRational;
    const fee = feeOf(pixelCount, rational(price.pricePerUnit, price.pixelsPerUnit));
    if (fee.num !== 0n) this.#deps.balances.debit(sender, balanceId, fee);
    return fee;
  }

  async #faceValueInputs(sender: Address): Promise<FaceValueInputs> {
    return {
      ticketEvWei: this.#ticketEvWei,
      redeemGas: this.#options.redeemGas,
      gasPriceWei: this.#deps.gas.gasPriceWei,
      txCostMultiplier: this.#options.txCostMultiplier ?? 100n,
      maxFloatWei: await this.#floats.maxFloatWei(sender),
      maxFaceValueWei: this.maxFaceValueWei,
    };
  }

  /** The gateway reads one sentence; the numbers behind it are the operator's. Strangers cannot fill the log with them. */
  #noOffer(sender: Address, error: unknown): void {
    if (!(error instanceof LpError)) return;
    this.#deps.metrics.count("livepeer_offers_refused_total", { code: error.code });
    const now = this.#deps.clock.mono();
    if (now - this.#refusalLoggedAt < refusalLogMs) return;
    this.#refusalLoggedAt = now;
    this.#deps.logger.info("no offer for a gateway", { sender, error: error.message, ...error.details });
  }

  #advertisedPrice(sender: Address, capabilities: Capabilities | undefined, inputs: FaceValueInputs): Rational {
    const base = this.#deps.prices.forJob(sender, capabilities);
    return advertisedPrice(base, this.#options.autoAdjustPrice ?? true, () => inputs);
  }

  #capabilitiesPrices(sender: Address): PriceInfo[] {
    return this.#deps.prices
      .listForGateway(sender)
      .map(({ capability, constraint, price }) => priceToWire(rational(price.num / price.den), capability, constraint));
  }

  #ticketParams(sender: Address, price: Rational, inputs: FaceValueInputs) {
    const time = this.#deps.rounds.current();
    const terms = offerTerms(inputs, time, price);
    if (terms.faceValueWei > 0n && terms.creationRoundBlockHash === zeroHash)
      throw offerErrors.noRoundHash(time.lastInitializedRound);
    const seed = bigEndianToBigInt(this.#deps.random.bytes(32));
    const { metrics } = this.#deps;
    const labels = { sender: checksumAddress(sender) };
    metrics.gauge("livepeer_gateway_max_float", Number(inputs.maxFloatWei) / 1e9, labels);
    metrics.gauge("livepeer_gateway_ticket_face_value", Number(terms.faceValueWei) / 1e9, labels);
    metrics.gauge("livepeer_gateway_ticket_ev_wei", Number((terms.faceValueWei * terms.winProb) / maxUint256), labels);
    metrics.gauge("livepeer_transcoding_price", Number(price.num) / Number(price.den), labels);
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

  async #keepWinner(winner: WinningTicket, manifestId: string): Promise<void> {
    const fresh = await this.#deps.store.storeWinner(winner, this.#deps.clock.now());
    if (!fresh) return;
    this.#deps.metrics.count("livepeer_winning_tickets_recv", {
      manifest_id: manifestId,
      sender: checksumAddress(winner.sender),
    });
    const { type, subject, data } = ticketWonRecord(winner);
    this.#emit(type, subject, data);
  }

  #report(
    payment: Payment,
    sender: Address,
    balanceId: string,
    manifestId: string,
    acceptedCount: number,
    wonCount: number,
    credited: Rational,
    refusal: TicketRefusal | undefined,
  ): void {
    const sentCount = payment.ticketSenderParams.length;
    const { metrics } = this.#deps;
    const labels = { manifest_id: manifestId, sender: checksumAddress(sender) };
    metrics.count("livepeer_tickets_recv", labels, acceptedCount);
    metrics.count("livepeer_ticket_value_recv", labels, Number(credited.num) / Number(credited.den) / 1e9);
    if (refusal !== undefined) metrics.count("livepeer_payment_recv_errors", { ...labels, error_code: refusal.code });
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
