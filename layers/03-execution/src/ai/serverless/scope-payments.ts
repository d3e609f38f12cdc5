import { create } from "@bufbuild/protobuf";
import {
  type Address,
  type Clock,
  errorText,
  type HttpRequest,
  type HttpResponse,
  hasErrorCode,
} from "@livepeer-ts/kernel";
import type { AuthTokenIssuer } from "../../auth/auth-token.ts";
import { jsonTextAnswer } from "../../http/json-answer.ts";
import { buildOrchestratorInfo, type InfoSource } from "../../orchestrator/orchestrator-info.ts";
import { checkToken, Refusal, readWork } from "../../orchestrator/work-admission.ts";
import { anyGateway, type GatewayCheck } from "../../ports/gateway-check.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { PaymentRecipient } from "../../ports/payment-recipient.ts";
import { type Capabilities, type PriceInfo, PriceInfoSchema } from "../../wire/net_pb.gen.ts";
import { segmentWire } from "../../wire/segment-wire.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { noPayerJson, payerOf, paymentOffer } from "../live-runner/payment-offer.ts";
import { pixelsPerSecond } from "../live-runner/runner-price.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { serverlessWire } from "./serverless-wire.ts";

export type ScopePaymentsDeps = {
  readonly signer: Pick<NodeSigner, "verify">;
  readonly recipient: PaymentRecipient;
  readonly info: InfoSource;
  readonly tokens: Pick<AuthTokenIssuer, "issue" | "check">;
  /** Default: everybody may come. */
  readonly gateways?: GatewayCheck;
  readonly clock: Clock;
};

/** Who pays for a job, and what for one unit. */
export type ScopePayer = { readonly sender: Address; readonly price: PriceInfo };

/** A job that may begin, or the answer that asks for a payment first. */
export type ScopeAdmission =
  | { readonly kind: "admitted"; readonly manifestId: string | undefined; readonly payer: ScopePayer | undefined }
  | { readonly kind: "wanted"; readonly answer: HttpResponse };

/** Offers whose payment has not come yet. */
const maxQuotes = 10_000;
const { text } = serverlessWire;

/** What jobs of the serverless model cost: live video's units by the second. Off chain everything is free. */
export class ScopePayments {
  readonly #deps: ScopePaymentsDeps;
  readonly #job: Capabilities;
  /** What was offered, by the token's session; the oldest are forgotten. */
  readonly #quotes = new Map<string, PriceInfo>();

  constructor(job: Capabilities, deps: ScopePaymentsDeps) {
    this.#job = job;
    this.#deps = deps;
  }

  /** The first payment of a job. Throws refusals: 400, 402, 403, 503. */
  async admit(request: HttpRequest): Promise<ScopeAdmission> {
    const { recipient } = this.#deps;
    if (recipient.recipient === undefined) return { kind: "admitted", manifestId: undefined, payer: undefined };
    if ((request.header.get(segmentWire.paymentHeader) ?? "") === "")
      return { kind: "wanted", answer: await this.#challenge(request) };
    const { work, token } = this.#credentials(request);
    const { manifestId } = work.credentials;
    const expected = work.payment.expectedPrice;
    const prices = [this.#quotes.get(token.sessionId), await this.#priceNow(work.sender)];
    const price = prices.find(
      (one) =>
        one !== undefined &&
        one.pricePerUnit === expected?.pricePerUnit &&
        one.pixelsPerUnit === expected.pixelsPerUnit,
    );
    // a ticket for cheaper work buys nothing here
    if (price === undefined) throw new AiRefusal(400, "scope_price", text.otherPrice);
    await recipient.receive(work.payment, manifestId, manifestId).catch((error: unknown) => {
      throw new AiRefusal(400, "scope_payment", errorText(error), error);
    });
    if (!recipient.hasBalance(work.sender, manifestId, price))
      throw new AiRefusal(400, "scope_balance", text.lowBalance);
    this.#quotes.delete(token.sessionId);
    const bound = create(PriceInfoSchema, { pricePerUnit: price.pricePerUnit, pixelsPerUnit: price.pixelsPerUnit });
    return { kind: "admitted", manifestId, payer: { sender: work.sender, price: bound } };
  }

  /** Takes the price of some ms. False when there is less; then nothing is taken unless it is the last charge. */
  charge({ sender, price }: ScopePayer, manifestId: string, ms: number, isLast: boolean): boolean {
    const { recipient } = this.#deps;
    const units = (BigInt(Math.max(0, Math.trunc(ms))) * pixelsPerSecond) / 1000n;
    const isCovered = recipient.covers(sender, manifestId, units, price);
    if (isCovered || isLast) recipient.debit(sender, manifestId, units, price);
    return isCovered;
  }

  #credentials(request: HttpRequest) {
    try {
      const work = readWork(request, this.#deps.signer);
      return { work, token: checkToken(work.credentials, this.#deps.tokens) };
    } catch (error) {
      if (error instanceof Refusal) throw new AiRefusal(error.status, "scope_credentials", error.message, error);
      throw error;
    }
  }

  async #priceNow(sender: Address): Promise<PriceInfo | undefined> {
    return (await this.#offer(sender, this.#deps.tokens.issue())).priceInfo;
  }

  async #offer(sender: Address, token: ReturnType<AuthTokenIssuer["issue"]>) {
    return buildOrchestratorInfo(this.#deps.info, sender, this.#job, token).catch((error: unknown) => {
      throw new AiRefusal(503, "scope_no_offer", errorText(error), error);
    });
  }

  async #challenge(request: HttpRequest): Promise<HttpResponse> {
    const sender = payerOf(request.header.get(liveRunnerWire.header.payer));
    if (sender === undefined) {
      return jsonTextAnswer(402, JSON.stringify(noPayerJson));
    }
    await (this.#deps.gateways ?? anyGateway).admit(sender).catch((error: unknown) => {
      throw new AiRefusal(hasErrorCode(error, "gateway_refused") ? 403 : 503, "scope_gateway", errorText(error), error);
    });
    const token = this.#deps.tokens.issue();
    const info = await this.#offer(sender, token);
    if (info.priceInfo !== undefined) this.#quotes.set(token.sessionId, info.priceInfo);
    const [oldest] = this.#quotes.keys();
    if (this.#quotes.size > maxQuotes && oldest !== undefined) this.#quotes.delete(oldest);
    const { serviceUri } = this.#deps.info;
    const offer = { serviceUri, manifestId: token.sessionId, paymentPath: segmentWire.paymentPath };
    return jsonTextAnswer(402, JSON.stringify(paymentOffer(info, offer)));
  }
}
