import type {
  OrchestratorInfo,
  OutgoingPayment,
  PaymentSender,
  PaymentSession,
  PriceInfo,
} from "@livepeer-ts/execution";
import { addRational, compareRational, mulRational, type Rational, rational } from "@livepeer-ts/kernel";
import { feeOf } from "../prices/fee.ts";
import { ticketExpectedValue } from "../tickets/ticket.ts";
import { type OfferedTicketParams, ticketParamsFromWire } from "../tickets/ticket-params.ts";
import { senderErrors } from "../wire/ticket-errors.ts";
import { SenderBalance } from "./balance-stage.ts";
import { feeEstimate } from "./fee-estimate.ts";
import { paymentHeader, paymentMessage } from "./payment-message.ts";
import { checkSessionPrice } from "./price-guard.ts";
import type { TicketSender } from "./ticket-sender.ts";

/** The offer's price; undefined when absent or without a unit. */
export function offeredPrice(price: PriceInfo | undefined): Rational | undefined {
  return price === undefined || price.pixelsPerUnit === 0n
    ? undefined
    : rational(price.pricePerUnit, price.pixelsPerUnit);
}

/** Paying with tickets. */
export class TicketPaymentSender implements PaymentSender {
  readonly #tickets: TicketSender;

  constructor(tickets: TicketSender) {
    this.#tickets = tickets;
  }

  session(offer: OrchestratorInfo): PaymentSession {
    return new TicketPaymentSession(this.#tickets, offer);
  }

  checkOffer(offer: OrchestratorInfo): void {
    this.#tickets.checkParams(
      offer.ticketParams === undefined ? undefined : ticketParamsFromWire(offer.ticketParams),
      1,
    );
    const price = offer.priceInfo;
    if (price === undefined || price.pixelsPerUnit <= 0n || price.pricePerUnit < 0n) throw senderErrors.priceMissing();
  }
}

class TicketPaymentSession implements PaymentSession {
  readonly #tickets: TicketSender;
  readonly #initialPrice: Rational | undefined;
  #priceInfo: PriceInfo | undefined;
  #params: OfferedTicketParams | undefined;
  #sessionId: string;
  #balance = new SenderBalance();

  constructor(tickets: TicketSender, offer: OrchestratorInfo) {
    this.#tickets = tickets;
    this.#initialPrice = offeredPrice(offer.priceInfo);
    this.#priceInfo = offer.priceInfo;
    this.#params = offer.ticketParams === undefined ? undefined : ticketParamsFromWire(offer.ticketParams);
    this.#sessionId = offer.authToken?.sessionId ?? "";
    if (this.#params !== undefined) this.#tickets.startSession(this.#params);
  }

  update(offer: OrchestratorInfo): void {
    this.#priceInfo = offer.priceInfo;
    if (offer.ticketParams !== undefined) {
      this.#params = ticketParamsFromWire(offer.ticketParams);
      this.#tickets.startSession(this.#params);
    }
    const sessionId = offer.authToken?.sessionId ?? "";
    if (sessionId === this.#sessionId) return;
    // the recipient keeps balances by session: what it knew of the old one is gone
    this.#sessionId = sessionId;
    this.#balance = new SenderBalance();
  }

  check(): void {
    if (this.#params === undefined) throw senderErrors.paramsMissing();
    this.#tickets.checkSession(this.#params.recipientRandHash, 1);
  }

  price(): Rational | undefined {
    return offeredPrice(this.#priceInfo);
  }

  async pay(units: Rational, isExact = false): Promise<OutgoingPayment> {
    if (this.#params === undefined) throw senderErrors.paramsMissing();
    const price = this.price();
    checkSessionPrice(price, this.#initialPrice);
    const paid = price as Rational;
    const ev = ticketExpectedValue(this.#params);
    const estimate = isExact ? mulRational(units, paid) : feeEstimate(units, paid);
    const minCredit = compareRational(estimate, ev) < 0 ? ev : estimate;
    const balance = this.#balance;
    const staged = balance.stage(minCredit, ev);
    let header: string;
    let tickets: OutgoingPayment["tickets"] = [];
    try {
      const sessionId = this.#params.recipientRandHash;
      const batch = staged.ticketCount === 0 ? undefined : this.#tickets.createBatch(sessionId, staged.ticketCount);
      header = paymentHeader(paymentMessage(this.#tickets.sender, this.#priceInfo, batch));
      tickets = (batch?.tickets ?? []).map(({ ticket, hash }) => ({
        hash,
        faceValueWei: ticket.faceValueWei,
        winProb: ticket.winProb,
        senderNonce: ticket.senderNonce,
      }));
    } catch (error) {
      balance.credit(staged.existingCredit);
      throw error;
    }
    let settled = false;
    const once = (action: () => void) => () => {
      if (settled) return;
      settled = true;
      action();
    };
    const settle = (pixelCount: bigint) =>
      once(() => {
        balance.credit(addRational(staged.existingCredit, staged.newCredit));
        balance.debit(feeOf(pixelCount, paid));
      })();
    return {
      header,
      tickets,
      expectedValue: staged.newCredit,
      notSent: once(() => balance.credit(staged.existingCredit)),
      spent: once(() => {}),
      settle,
    };
  }
}
