import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Address,
  bodyOf,
  type Clock,
  errorText,
  type HttpRequest,
  type HttpResponse,
  hasErrorCode,
  type Logger,
  LpError,
  type Rational,
  rational,
  type Tasks,
} from "@livepeer-ts/kernel";
import type { AuthTokenIssuer } from "../../auth/auth-token.ts";
import { buildOrchestratorInfo, type InfoSource } from "../../orchestrator/orchestrator-info.ts";
import {
  type AdmissionDeps,
  type AdmittedWork,
  checkToken,
  Refusal,
  readWork,
} from "../../orchestrator/work-admission.ts";
import { anyGateway, type GatewayCheck } from "../../ports/gateway-check.ts";
import type { PaymentRecipient } from "../../ports/payment-recipient.ts";
import { type AuthToken, PaymentResultSchema, type PriceInfo, PriceInfoSchema } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import type { LiveRunner } from "./live-runner.ts";
import { liveRunnerWire } from "./live-runner-wire.ts";
import { noPayerJson, payerOf, paymentOffer } from "./payment-offer.ts";
import { jsonObject, requestText } from "./read-json.ts";
import { unitsOf, type WeiPrice, weiPriceOf } from "./runner-price.ts";
import { jsonAnswer, RunnerCallRefusal } from "./runner-refusal.ts";
import type { RunnerRegistry } from "./runner-registry.ts";
import type { RunnerSession, SessionPayer } from "./runner-session.ts";

export type LivePaymentsDeps = Pick<AdmissionDeps, "signer"> & {
  readonly registry: RunnerRegistry;
  readonly recipient: PaymentRecipient;
  readonly info: InfoSource;
  readonly tokens: Pick<AuthTokenIssuer, "issue" | "check">;
  /** Default: everybody may come. */
  readonly gateways?: GatewayCheck;
  /** Wei of one US dollar; undefined: nobody knows. */
  readonly weiPerUsd: () => Rational | undefined;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly logger: Logger;
};

/** A client that may begin: the session's id and payer, both undefined off chain. */
export type Admission = { readonly id: string | undefined; readonly payer: SessionPayer | undefined };

/** An answer that asks for a payment first. */
export class PaymentWanted extends LpError {
  readonly answer: () => HttpResponse;

  constructor(answer: () => HttpResponse) {
    super({ code: "payment_wanted", message: "a payment is wanted first" });
    this.answer = answer;
  }
}

const { text, header: names, path: paths } = liveRunnerWire;
/** Offers whose payment has not come yet. */
const maxQuotes = 10_000;

/** What sessions of live runners cost, and taking it. Off chain everything is free. */
export class LivePayments {
  readonly #deps: LivePaymentsDeps;
  /** What was offered, by the session's id; the oldest are forgotten. */
  readonly #quotes = new Map<string, { readonly runnerId: string; readonly price: WeiPrice }>();
  readonly #meters = new Map<string, () => void>();

  constructor(deps: LivePaymentsDeps) {
    this.#deps = deps;
    deps.registry.onSessionEnd((session) => {
      this.#meters.get(session.id)?.();
      this.#meters.delete(session.id);
    });
  }

  get isPaid(): boolean {
    return this.#deps.recipient.recipient !== undefined;
  }

  /** The price now; undefined off chain. Throws 503 when nobody knows it. */
  priceOf(runner: LiveRunner): WeiPrice | undefined {
    if (!this.isPaid || runner.record.price === undefined) return undefined;
    const weiPerUsd = this.#deps.weiPerUsd();
    if (weiPerUsd === undefined) throw new RunnerCallRefusal(503, text.noPrice("the rate of USD is not known"));
    try {
      return weiPriceOf(runner.record.price, weiPerUsd);
    } catch (error) {
      throw new RunnerCallRefusal(503, errorText(error));
    }
  }

  /** Takes the first payment of a session. Throws `PaymentWanted`, 400, 403, 409, 503. */
  async admit(request: HttpRequest, runner: LiveRunner): Promise<Admission> {
    this.#deps.registry.checkRoom(runner);
    const price = this.priceOf(runner);
    if (price === undefined) return { id: undefined, payer: undefined };
    const sent = request.header.get(segmentWire.paymentHeader) ?? "";
    if (sent === "") throw await this.#challenge(request, runner, price);
    const work = this.#credentials(request);
    const id = work.token.sessionId;
    if (this.#deps.registry.session(id) !== undefined) throw new RunnerCallRefusal(409, text.sessionExists);
    const agreed = this.#agreedPrice(work, runner, id, price);
    await this.#receive(work, id);
    const { recipient } = this.#deps;
    const wire = priceInfo(agreed);
    const isEnough =
      agreed.unit === "fixed"
        ? recipient.covers(work.sender, id, 1n, wire)
        : recipient.hasBalance(work.sender, id, wire);
    if (!isEnough) throw new RunnerCallRefusal(400, text.lowBalance);
    this.#quotes.delete(id);
    return { id, payer: { sender: work.sender, price: agreed } };
  }

  /** Begins to charge a session that has begun: at once, or every few seconds. */
  begin(session: RunnerSession): void {
    const { payer } = session;
    if (payer === undefined) return;
    const { recipient, clock, tasks, registry } = this.#deps;
    const wire = priceInfo(payer.price);
    if (payer.price.unit === "fixed") {
      recipient.debit(payer.sender, session.id, 1n, wire);
      return;
    }
    let chargedAt = clock.mono();
    const charge = (isLast: boolean) => {
      const now = clock.mono();
      const { units, restMs } = unitsOf(payer.price.unit, now - chargedAt);
      chargedAt = now - restMs;
      const isCovered = recipient.covers(payer.sender, session.id, units, wire);
      if (isCovered || isLast) recipient.debit(payer.sender, session.id, units, wire);
      else registry.release(session, "insufficient_balance");
    };
    const stop = clock.every(registry.options.paymentIntervalMs, async () => charge(false), tasks);
    this.#meters.set(session.id, () => {
      stop();
      if (session.end !== "insufficient_balance") charge(true);
    });
  }

  /** `POST …/payment`: more money for a session that runs. Throws 400, 403, 404, 409. */
  async topUp(request: HttpRequest, runner: LiveRunner, id: string): Promise<HttpResponse> {
    const session = this.#deps.registry.sessionAt(runner, id);
    const { payer } = session;
    if (payer === undefined || payer.price.unit === "fixed") throw new RunnerCallRefusal(409, text.isFixed);
    const work = this.#credentials(request);
    if (work.token.sessionId !== id || work.sender !== payer.sender)
      throw new RunnerCallRefusal(403, text.otherSession);
    await this.#receive(work, id);
    const info = await this.#info(work.sender, work.token, payer.price);
    const body = toBinary(PaymentResultSchema, create(PaymentResultSchema, { info }));
    return {
      status: 200,
      header: new Headers({ "content-type": "application/octet-stream", "content-length": String(body.length) }),
      body: bodyOf(body),
    };
  }

  /** `POST /refresh-payment`: fresh ticket parameters for a session, at its price. Throws 400, 409. */
  async refresh(request: HttpRequest): Promise<HttpResponse> {
    const fields = jsonObject(await requestText(request));
    const sender = payerOf(fields["sender"]);
    if (sender === undefined) throw new RunnerCallRefusal(400, "invalid sender");
    const id = fields["manifest_id"];
    if (typeof id !== "string" || id === "") throw new RunnerCallRefusal(400, "missing manifest_id");
    const session = this.#deps.registry.session(id);
    if (session?.payer === undefined || session.payer.sender !== sender)
      throw new RunnerCallRefusal(409, text.noFixedPrice);
    return jsonAnswer(await this.#offer(sender, this.#deps.tokens.issue(id), session.runner, session.payer.price));
  }

  async #challenge(request: HttpRequest, runner: LiveRunner, price: WeiPrice): Promise<LpError> {
    const sender = payerOf(request.header.get(names.payer));
    if (sender === undefined) {
      return new PaymentWanted(() => jsonAnswer(noPayerJson, 402));
    }
    await (this.#deps.gateways ?? anyGateway).admit(sender).catch((error: unknown) => {
      throw new RunnerCallRefusal(hasErrorCode(error, "gateway_refused") ? 403 : 503, errorText(error));
    });
    const token = this.#deps.tokens.issue();
    const offer = await this.#offer(sender, token, runner, price);
    this.#quotes.set(token.sessionId, { runnerId: runner.id, price });
    const [oldest] = this.#quotes.keys();
    if (this.#quotes.size > maxQuotes && oldest !== undefined) this.#quotes.delete(oldest);
    return new PaymentWanted(() => jsonAnswer(offer, 402));
  }

  async #offer(
    sender: Address,
    token: AuthToken,
    runner: LiveRunner,
    price: WeiPrice,
  ): Promise<Readonly<Record<string, string>>> {
    const { serviceUri } = this.#deps.registry.options;
    const info = await this.#info(sender, token, price);
    const manifestId = token.sessionId;
    const paymentPath = `${paths.apps}${runner.route}/session/${manifestId}/payment`;
    return paymentOffer(info, { serviceUri, manifestId, paymentPath });
  }

  async #info(sender: Address, token: AuthToken, price: WeiPrice) {
    try {
      return await buildOrchestratorInfo(this.#deps.info, sender, undefined, token, rational(price.wei));
    } catch (error) {
      throw new RunnerCallRefusal(503, errorText(error));
    }
  }

  /** The credentials of a payment; what they are for must be what their token is for. */
  #credentials(request: HttpRequest): AdmittedWork {
    let work: AdmittedWork;
    try {
      const claim = readWork(request, this.#deps.signer);
      work = { ...claim, token: checkToken(claim.credentials, this.#deps.tokens) };
    } catch (error) {
      if (error instanceof Refusal) throw new RunnerCallRefusal(error.status, error.message);
      throw error;
    }
    if (work.credentials.manifestId !== work.token.sessionId) throw new RunnerCallRefusal(403, text.otherManifest);
    return work;
  }

  /** The price that the tickets are for: the one that was offered for this runner, or that of now. */
  #agreedPrice(work: AdmittedWork, runner: LiveRunner, id: string, now: WeiPrice): WeiPrice {
    const expected = work.payment.expectedPrice;
    const quote = this.#quotes.get(id);
    const isFor = (price: WeiPrice) => expected?.pricePerUnit === price.wei && expected.pixelsPerUnit === 1n;
    if (isFor(now)) return now;
    if (now.unit !== "fixed" && quote?.runnerId === runner.id && quote.price.unit === now.unit && isFor(quote.price))
      return quote.price;
    throw new RunnerCallRefusal(400, text.otherPrice);
  }

  async #receive(work: AdmittedWork, id: string): Promise<void> {
    try {
      await this.#deps.recipient.receive(work.payment, id, id);
    } catch (error) {
      throw new RunnerCallRefusal(400, errorText(error));
    }
  }
}

function priceInfo(price: WeiPrice): PriceInfo {
  return create(PriceInfoSchema, { pricePerUnit: price.wei, pixelsPerUnit: 1n });
}
