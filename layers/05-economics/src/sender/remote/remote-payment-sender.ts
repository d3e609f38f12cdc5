import { fromBinary } from "@bufbuild/protobuf";
import {
  type Capabilities,
  type OrchestratorInfo,
  type OutgoingPayment,
  type Payment,
  type PaymentPurpose,
  PaymentSchema,
  type PaymentSender,
  type PaymentSession,
  type SentTicket,
} from "@livepeer-ts/execution";
import {
  type Address,
  addRational,
  addressFromBytes,
  ceilRational,
  compareRational,
  divRational,
  mulRational,
  type Random,
  type Rational,
  rational,
  subRational,
  toHex,
  zeroHash,
  zeroRational,
} from "@livepeer-ts/kernel";
import { ticketExpectedValue, ticketHash } from "../../tickets/ticket.ts";
import { ticketParamsFromWire } from "../../tickets/ticket-params.ts";
import { senderErrors } from "../../wire/ticket-errors.ts";
import { feeSafetyFactor } from "../fee-estimate.ts";
import { paymentHeader, paymentMessage } from "../payment-message.ts";
import { checkSessionPrice } from "../price-guard.ts";
import { offeredPrice } from "../ticket-payment-sender.ts";
import type { OpaqueState, RemoteSignerClient } from "./remote-signer-client.ts";

export type RemotePaymentDeps = {
  readonly client: Pick<RemoteSignerClient, "payment">;
  readonly random: Random;
  /** Account that the signer pays from. */
  readonly sender: Address;
  /** Aborts when the gateway stops. */
  readonly signal: AbortSignal;
};

/** Paying with tickets that a remote signer makes. What the offer may cost is judged there; here only what a gateway can see. */
export class RemotePaymentSender implements PaymentSender {
  readonly #deps: RemotePaymentDeps;

  constructor(deps: RemotePaymentDeps) {
    this.#deps = deps;
  }

  session(offer: OrchestratorInfo, purpose: PaymentPurpose = {}): PaymentSession {
    return new RemotePaymentSession(offer, purpose, this.#deps);
  }

  checkOffer(offer: OrchestratorInfo): void {
    if (offer.ticketParams === undefined) throw senderErrors.paramsMissing();
    const price = offer.priceInfo;
    if (price === undefined || price.pixelsPerUnit <= 0n || price.pricePerUnit < 0n) throw senderErrors.priceMissing();
  }
}

/** What the signer gave. */
type Signed = { readonly payment: Payment; readonly credentials: string };
/** Tickets that were signed and did not leave. */
type Unsent = Signed & { readonly worth: Rational };

/**
 * One orchestrator, one stream. The signer charges a session for the pixels it is told of and issues tickets when their credit runs
 * low; so it is told of all pixels that were not charged yet, also of those behind a "no tickets".
 */
class RemotePaymentSession implements PaymentSession {
  readonly #deps: RemotePaymentDeps;
  readonly #initialPrice: Rational | undefined;
  readonly #job: Capabilities | undefined;
  #offer: OrchestratorInfo;
  #state: OpaqueState | undefined;
  #manifestId: string;
  /** Pixels that the orchestrator charges and the signer was not told of; negative after estimates that were too high. */
  #owed: Rational = zeroRational;
  /** Σ value of tickets − Σ charges at the signer, wei. */
  #credit: Rational = zeroRational;
  #unsent: Unsent | undefined;
  /** One call at a time: each needs the state that the one before brought. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(offer: OrchestratorInfo, { job, manifestId }: PaymentPurpose, deps: RemotePaymentDeps) {
    this.#offer = offer;
    this.#job = job;
    this.#initialPrice = offeredPrice(offer.priceInfo);
    this.#deps = deps;
    this.#manifestId = manifestId ?? toHex(deps.random.bytes(4)).slice(2);
  }

  update(offer: OrchestratorInfo): void {
    const isSameSession = offer.authToken?.sessionId === this.#offer.authToken?.sessionId;
    // without new ticket parameters the old ones hold
    const { ticketParams } = this.#offer;
    this.#offer = offer.ticketParams !== undefined || ticketParams === undefined ? offer : { ...offer, ticketParams };
    if (isSameSession) return;
    // the orchestrator keeps balances by session: both sides begin anew
    this.#state = undefined;
    this.#manifestId = toHex(this.#deps.random.bytes(4)).slice(2);
    this.#owed = zeroRational;
    this.#credit = zeroRational;
    this.#unsent = undefined;
  }

  check(): void {
    if (this.#offer.ticketParams === undefined) throw senderErrors.paramsMissing();
  }

  price(): Rational | undefined {
    return offeredPrice(this.#offer.priceInfo);
  }

  pay(units: Rational, isExact = false): Promise<OutgoingPayment> {
    const paying = this.#last.then(() => this.#pay(units, isExact));
    this.#last = paying.catch(() => undefined);
    return paying;
  }

  async #pay(units: Rational, isExact: boolean): Promise<OutgoingPayment> {
    this.check();
    const price = this.price();
    checkSessionPrice(price, this.#initialPrice);
    const paid = price as Rational;
    if (paid.num === 0n) return this.#outgoing(undefined, zeroRational, units);
    const unsent = this.#takeUnsent();
    if (unsent !== undefined) return this.#outgoing(unsent, unsent.worth, units);
    const wanted = addRational(this.#owed, isExact ? units : mulRational(units, feeSafetyFactor));
    const inPixels = wanted.num <= 0n ? 1n : ceilRational(wanted);
    let payment = await this.#ask(inPixels, paid);
    if (payment === undefined && this.#runsDry(units, paid)) {
      // go-livepeer's signer waits until its credit is used up, an orchestrator does not: tell it of so much that it is
      payment = await this.#ask(ceilRational(divRational(this.#credit, paid)) + 1n, paid);
    }
    return this.#outgoing(payment, payment === undefined ? zeroRational : worthOf(payment.payment), units);
  }

  /** The signer's tickets for `inPixels` pixels; undefined when it sees no need. */
  async #ask(inPixels: bigint, price: Rational): Promise<Signed | undefined> {
    const signed = await this.#deps.client.payment(
      {
        ...{ orchestrator: this.#offer, state: this.#state, manifestId: this.#manifestId, inPixels },
        ...(this.#job === undefined ? {} : { capabilities: this.#job }),
      },
      this.#deps.signal,
    );
    if (signed === undefined) return undefined;
    const payment = fromBinary(PaymentSchema, signed.payment);
    this.#state = signed.state;
    this.#owed = subRational(this.#owed, rational(inPixels));
    this.#credit = addRational(this.#credit, subRational(worthOf(payment), mulRational(price, rational(inPixels))));
    return { payment, credentials: signed.credentials };
  }

  /** True when the orchestrator's balance is below one ticket and this request: it would refuse the work. */
  #runsDry(units: Rational, price: Rational): boolean {
    const { ticketParams } = this.#offer;
    if (ticketParams === undefined) return false;
    const balance = subRational(this.#credit, mulRational(this.#owed, price));
    const wanted = addRational(ticketExpectedValue(ticketParamsFromWire(ticketParams)), mulRational(units, price));
    return compareRational(balance, wanted) < 0;
  }

  /** Tickets of a request that never left, unless they belong to an older offer: those are paid for again. */
  #takeUnsent(): Unsent | undefined {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent === undefined) return undefined;
    const [had, has] = [unsent.payment.ticketParams, this.#offer.ticketParams].map((params) =>
      params === undefined ? "" : toHex(params.recipientRandHash),
    );
    if (had === has) return unsent;
    this.#lose(unsent.worth);
    return undefined;
  }

  /** Tickets that brought no credit: their worth in pixels is owed again. */
  #lose(worth: Rational): void {
    const price = this.price();
    if (price !== undefined && price.num > 0n) this.#owed = addRational(this.#owed, divRational(worth, price));
  }

  #outgoing(signed: Signed | undefined, worth: Rational, units: Rational): OutgoingPayment {
    const payment = signed?.payment;
    const message = payment ?? paymentMessage(this.#deps.sender, this.#offer.priceInfo, undefined);
    const manifestId = this.#manifestId;
    let isSettled = false;
    const once = (action: () => void) => {
      // what belongs to an ended session changes nothing in this one
      if (!isSettled && manifestId === this.#manifestId) action();
      isSettled = true;
    };
    return {
      header: paymentHeader(message),
      tickets: payment === undefined ? [] : sentTickets(payment),
      credentials: signed?.credentials === "" ? undefined : signed?.credentials,
      expectedValue: worth,
      notSent: () =>
        once(() => {
          if (signed === undefined) return;
          if (this.#unsent === undefined) this.#unsent = { ...signed, worth };
          else this.#lose(worth);
        }),
      spent: () =>
        once(() => {
          this.#lose(worth);
          this.#owed = addRational(this.#owed, units);
        }),
      settle: (pixelCount) =>
        once(() => {
          this.#owed = addRational(this.#owed, rational(pixelCount));
        }),
    };
  }
}

function worthOf(payment: Payment): Rational {
  if (payment.ticketParams === undefined) return zeroRational;
  const each = ticketExpectedValue(ticketParamsFromWire(payment.ticketParams));
  return mulRational(each, rational(BigInt(payment.ticketSenderParams.length)));
}

function sentTickets(payment: Payment): readonly SentTicket[] {
  if (payment.ticketParams === undefined) return [];
  const params = ticketParamsFromWire({
    ...payment.ticketParams,
    ...(payment.expirationParams === undefined ? {} : { expirationParams: payment.expirationParams }),
  });
  const { recipient, faceValueWei, winProb, recipientRandHash, expirationParams } = params;
  const { creationRound, creationRoundBlockHash } = expirationParams ?? noCreation;
  const sender = addressFromBytes(payment.sender);
  return payment.ticketSenderParams.map(({ senderNonce }) => ({
    hash: ticketHash({
      recipient,
      sender,
      faceValueWei,
      winProb,
      senderNonce,
      recipientRandHash,
      creationRound,
      creationRoundBlockHash,
    }),
    faceValueWei,
    winProb,
    senderNonce,
  }));
}

const noCreation = { creationRound: 0n, creationRoundBlockHash: zeroHash };
