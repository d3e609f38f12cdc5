import { fromBinary } from "@bufbuild/protobuf";
import {
  answerText,
  type Clock,
  ceilRational,
  checksumAddress,
  errorText,
  type HttpResponse,
  hasErrorCode,
  type Logger,
  LpError,
  mulRational,
  type Net,
  rational,
  readAnswer,
  type TaskOwner,
  utf8,
} from "@livepeer-ts/kernel";
import { authTokenNeedsRefresh } from "../../auth/auth-token.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { OutgoingPayment, PaymentSender, PaymentSession } from "../../ports/payment-sender.ts";
import type { SegmentSigner } from "../../ports/segment-signer.ts";
import { createSegData, encodeSegmentHeader, signedSegData } from "../../segments/segment-credentials.ts";
import { type AuthToken, PaymentResultSchema } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { unitsOf, type WeiUnit } from "../live-runner/runner-price.ts";
import type { AppPrice } from "./listed-runner.ts";
import { type RunnerChallenge, readChallenge } from "./runner-challenge.ts";

export type RunnerPaymentDeps = {
  readonly payments: PaymentSender;
  readonly signer: NodeSigner;
  readonly segmentSigner?: SegmentSigner | undefined;
  /** For what is not the app's. */
  readonly net: Net;
  readonly clock: Clock;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
};

export type RunnerPaymentOptions = {
  /** Ms between two payments; twice as long is paid in advance. */
  readonly paymentIntervalMs: number;
  /** Ms for one answer. */
  readonly controlMs: number;
};

/** Why something that was paid for is over; `why` says more where there is more to say. */
export type PaidEnd = { readonly reason: string; readonly why: string };

const { header: names, path: paths } = liveRunnerWire;
/** After a payment that did not arrive the next one comes sooner, by this factor. */
const hurry = 5;
const maxRefreshes = 4;
const maxAnswerBytes = 256 * 1024;

/**
 * Pays for one session at one orchestrator: at once for a fixed price; else two intervals in advance and, while it lasts, for the time
 * that has passed. Ticket parameters and tokens that age are renewed.
 */
export class RunnerPayment {
  readonly #challenge: RunnerChallenge;
  readonly #unit: WeiUnit;
  readonly #options: RunnerPaymentOptions;
  readonly #deps: RunnerPaymentDeps;
  readonly #session: PaymentSession;
  #stop = new AbortController();
  #token: AuthToken;
  #credentials: { readonly of: AuthToken; readonly header: string } | undefined;
  /** Monotonic time at which the orchestrator began to charge; undefined: not yet. */
  #since: number | undefined;
  #settledUnits = 0n;
  /** Monotonic time up to which the payments that arrived are enough. */
  #paidUntil = 0;
  #chargedUnits: bigint | undefined;
  /** Of earlier calls: charged there, and not counted against what was paid. */
  #carriedUnits = 0n;
  #isSpoiled = false;
  #onOver: (end: PaidEnd) => void = () => {};

  constructor(challenge: RunnerChallenge, unit: WeiUnit, options: RunnerPaymentOptions, deps: RunnerPaymentDeps) {
    this.#challenge = challenge;
    this.#unit = unit;
    this.#options = options;
    this.#deps = deps;
    this.#token = challenge.token;
    this.#session = deps.payments.session(challenge.info, { manifestId: challenge.manifestId });
  }

  get price(): AppPrice {
    return { wei: this.#challenge.price, unit: this.#unit };
  }

  /** Fixed prices are known before the work. */
  get isFixed(): boolean {
    return this.#unit === "fixed";
  }

  /** What the orchestrator charges, by this node's clock, whole wei. */
  get feeWei(): bigint {
    const units = this.#chargedUnits ?? this.#unitsUntil(this.#deps.clock.mono());
    return ceilRational(mulRational(this.#challenge.price, rational(units)));
  }

  /**
   * The fields of the first payment. Rejects like `PaymentSession.pay`, or with what the signer says.
   * The request that carries them is followed by `begin`, whatever becomes of it, and by `end`.
   */
  async first(signal: AbortSignal): Promise<Headers> {
    const carried = this.#carriedUnits;
    const units = this.isFixed ? 1n : carried + this.#advanceUnits;
    const payment = await this.#session.pay(rational(units), true);
    const header = await this.#unsentHeader(payment, signal);
    payment.settle(this.isFixed ? 1n : carried);
    this.#carriedUnits = 0n;
    return header;
  }

  /** The request with the first payment leaves. `onOver` is told, once, when the session is over for a reason of payment. */
  begin(onOver: (end: PaidEnd) => void): void {
    const { clock, tasks } = this.#deps;
    this.#since = clock.mono();
    this.#paidUntil = this.#since + this.#advanceMs;
    this.#onOver = onOver;
    if (this.isFixed) return;
    tasks.spawn("pay for an app", (signal) => this.#keepPaying(signal));
  }

  /** It is over: nothing more is paid. May be called again. */
  end(): void {
    if (this.#stop.signal.aborted) return;
    this.#chargedUnits = this.#unitsUntil(this.#deps.clock.mono());
    this.#carriedUnits = this.isFixed ? 0n : this.#chargedUnits - this.#settledUnits;
    this.#stop.abort();
  }

  /**
   * Makes it ready for another call, which uses what is left of the payments: the orchestrator keeps that under the same id. False when
   * it can be used no more.
   */
  reopen(): boolean {
    if (!this.#stop.signal.aborted || this.#isSpoiled || authTokenNeedsRefresh(this.#token, this.#deps.clock.now()))
      return false;
    this.#stop = new AbortController();
    this.#since = undefined;
    this.#settledUnits = 0n;
    this.#chargedUnits = undefined;
    this.#onOver = () => {};
    return true;
  }

  get #advanceMs(): number {
    return 2 * this.#options.paymentIntervalMs;
  }

  /** Units of what is paid in advance, begun ones in full. */
  get #advanceUnits(): bigint {
    const { units, restMs } = unitsOf(this.#unit, this.#advanceMs);
    return restMs > 0 ? units + 1n : units;
  }

  /** Whole units since the beginning, as orchestrators charge them. What they measured is not longer: they began later. */
  #unitsUntil(now: number): bigint {
    if (this.isFixed) return 1n;
    return this.#since === undefined ? 0n : unitsOf(this.#unit, now - this.#since).units;
  }

  async #keepPaying(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const own = this.#stop;
    const stop = own.signal;
    const onAbort = () => own.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (let isInTime = true; !stop.aborted; ) {
        const { paymentIntervalMs } = this.#options;
        await clock.sleep(isInTime ? paymentIntervalMs : paymentIntervalMs / hurry, stop);
        isInTime = await this.#topUp(stop);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Pays for what has passed and for what comes. False when it has to be tried again soon. */
  async #topUp(stop: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#deps;
    const asked = clock.mono();
    const owed = this.#unitsUntil(asked);
    let hasLeft = false;
    try {
      await this.#freshToken(stop);
      const payment = await this.#pay(owed - this.#settledUnits + this.#advanceUnits, stop);
      // without new tickets what is there is enough
      if (payment.tickets.length === 0) this.#paidUntil = asked + this.#advanceMs;
      const header = await this.#unsentHeader(payment, stop);
      hasLeft = true;
      if (await this.#send(payment, header, owed, stop)) this.#paidUntil = asked + this.#advanceMs;
      return true;
    } catch (error) {
      if (stop.aborted) return true;
      const why = errorText(error);
      logger.warn("a payment for an app did not arrive", { session: this.#challenge.manifestId, error: why });
      if (clock.mono() >= this.#paidUntil) {
        this.#over({
          reason: "insufficient_balance",
          why: `this gateway could not pay for it any more: ${why}`,
        });
      }
      // tickets that left are not to be sent again and again
      return hasLeft && !hasErrorCode(error, "net_dial");
    }
  }

  /** A token that ends soon is renewed; where that fails, the old one does until its end. */
  async #freshToken(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    if (!authTokenNeedsRefresh(this.#token, clock.now())) return;
    try {
      await this.#refresh(signal);
    } catch (error) {
      if (signal.aborted || clock.now() >= Number(this.#token.expiration) * 1000) throw error;
      logger.warn("the token of an app's session was not renewed", {
        session: this.#challenge.manifestId,
        error: errorText(error),
      });
    }
  }

  async #pay(units: bigint, signal: AbortSignal): Promise<OutgoingPayment> {
    for (let refreshes = 0; ; refreshes++) {
      try {
        return await this.#session.pay(rational(units), true);
      } catch (error) {
        if (!hasErrorCode(error, "ticket_params_expired") || refreshes >= maxRefreshes) throw error;
        await this.#refresh(signal);
      }
    }
  }

  /** False when there is nothing more to pay. */
  async #send(payment: OutgoingPayment, header: Headers, owed: bigint, signal: AbortSignal): Promise<boolean> {
    const charge = owed - this.#settledUnits;
    const deadline = this.#deps.clock.deadline(this.#options.controlMs, signal);
    let answer: HttpResponse;
    let body: Uint8Array;
    try {
      answer = await this.#deps.net.request({
        method: "POST",
        url: this.#challenge.paymentUrl,
        header,
        signal: deadline.signal,
      });
      body = await readAnswer(answer, maxAnswerBytes);
    } catch (error) {
      if (hasErrorCode(error, "net_dial")) payment.notSent();
      else payment.spent();
      throw error;
    } finally {
      deadline.clear();
    }
    if (answer.status === 200) {
      payment.settle(charge);
      this.#settledUnits = owed;
      const { info } = fromBinary(PaymentResultSchema, body);
      // the token stays until it is renewed on purpose
      if (info !== undefined) this.#session.update({ ...info, authToken: this.#token });
      return true;
    }
    payment.spent();
    const text = new TextDecoder().decode(body).trim();
    const reason = answer.header.get(names.reason);
    if (answer.status === 404) {
      this.#over({ reason: reason === null || reason === "refused" ? "session_gone" : reason, why: text });
      return false;
    }
    if (answer.status === 409) {
      this.end();
      return false;
    }
    throw new LpError({ code: "payment_refused", message: `the orchestrator answered ${answer.status} ${text}` });
  }

  /** New ticket parameters and a new token, at the price of the session. */
  async #refresh(signal: AbortSignal): Promise<void> {
    const { net, clock, signer } = this.#deps;
    const deadline = clock.deadline(this.#options.controlMs, signal);
    try {
      const { manifestId, paymentUrl } = this.#challenge;
      const sender = checksumAddress(signer.address as NonNullable<NodeSigner["address"]>);
      const answer = await net.request({
        method: "POST",
        url: `${new URL(paymentUrl).origin}${paths.refreshPayment}`,
        header: new Headers({ "content-type": "application/json" }),
        body: utf8(JSON.stringify({ sender, manifest_id: manifestId })),
        signal: deadline.signal,
      });
      const text = await answerText(answer, maxAnswerBytes);
      const fresh = answer.status === 200 ? readChallenge(text) : undefined;
      if (fresh === undefined || fresh.manifestId !== manifestId) {
        throw new LpError({
          code: "payment_refused",
          message: `the orchestrator did not renew what tickets are made from: ${answer.status} ${text.trim().slice(0, 200)}`,
        });
      }
      this.#token = fresh.token;
      this.#session.update(fresh.info);
    } finally {
      deadline.clear();
    }
  }

  /** The fields of a payment that is about to leave; without them it does not. */
  async #unsentHeader(payment: OutgoingPayment, signal: AbortSignal): Promise<Headers> {
    try {
      return await this.#header(payment, signal);
    } catch (error) {
      payment.notSent();
      throw error;
    }
  }

  async #header(payment: OutgoingPayment, signal: AbortSignal): Promise<Headers> {
    const { signer } = this.#deps;
    return new Headers({
      [names.payer]: checksumAddress(signer.address as NonNullable<NodeSigner["address"]>),
      [segmentWire.paymentHeader]: payment.header,
      [segmentWire.segmentHeader]: await this.#credentialsOf(payment, signal),
    });
  }

  /** Whose session it is: the same credentials as for a segment, of no bytes. */
  async #credentialsOf(payment: OutgoingPayment, signal: AbortSignal): Promise<string> {
    const { signer, segmentSigner } = this.#deps;
    const of = this.#token;
    if (payment.credentials === undefined && this.#credentials?.of === of) return this.#credentials.header;
    const claim = {
      manifestId: this.#challenge.manifestId,
      seqNo: 0n,
      hash: new Uint8Array(32),
      durationMs: 0,
      profiles: [],
      capabilities: undefined,
      authToken: of,
    };
    const header =
      payment.credentials ??
      encodeSegmentHeader(
        segmentSigner === undefined
          ? createSegData(claim, signer)
          : signedSegData(claim, await segmentSigner.signSegment(claim, signal)),
      );
    this.#credentials = { of, header };
    return header;
  }

  #over(end: PaidEnd): void {
    if (this.#stop.signal.aborted) return;
    this.#isSpoiled = true;
    this.end();
    this.#onOver(end);
  }
}
