import {
  type Address,
  type Clock,
  checksumAddress,
  errorText,
  type Logger,
  LpError,
  type Net,
  postText,
  type Rational,
  rational,
} from "@livepeer-ts/kernel";
import { basicAuthUrl } from "../http/basic-auth-url.ts";
import type { GatewayCheck } from "../ports/gateway-check.ts";

export type WebhookGatewayCheckOptions = {
  /** `-authWebhookUrl`; user and password in it become basic authentication. */
  readonly url: string;
  /** Ms for the whole exchange. Default 5000. */
  readonly timeoutMs?: number;
  /** Ms for which a yes and its price are good. Default 1800000. */
  readonly keepMs?: number;
  /** Ms for which a no is good. Default 5000. */
  readonly refusalMs?: number;
  /** Ms for which an old yes is good beyond that while the webhook does not answer. Default 1800000. */
  readonly staleMs?: number;
  /** Gateways kept. Default 10000; the one asked about longest ago goes first. */
  readonly maxGateways?: number;
};

export type WebhookGatewayCheckDeps = { readonly net: Net; readonly clock: Clock; readonly logger: Logger };

type Verdict = { readonly refusal: string | undefined; readonly price: Rational | undefined; readonly askedAt: number };

const maxAnswerBytes = 64 * 1024;
const maxReasonChars = 500;

/**
 * Asks a webhook about each gateway: `POST {"id":"0x…"}`. Status 200 lets it in, and a body `{"priceInfo":{"pricePerUnit":n,
 * "pixelsPerUnit":n}}` names its price; any other status refuses it with the body as the reason.
 */
export class WebhookGatewayCheck implements GatewayCheck {
  readonly #options: Required<Omit<WebhookGatewayCheckOptions, "url">>;
  readonly #deps: WebhookGatewayCheckDeps;
  readonly #url: string;
  readonly #header: Headers;
  readonly #verdicts = new Map<Address, Verdict>();
  readonly #asking = new Map<Address, Promise<Verdict>>();

  constructor(options: WebhookGatewayCheckOptions, deps: WebhookGatewayCheckDeps) {
    this.#options = {
      timeoutMs: options.timeoutMs ?? 5000,
      keepMs: options.keepMs ?? 1_800_000,
      refusalMs: options.refusalMs ?? 5000,
      staleMs: options.staleMs ?? 1_800_000,
      maxGateways: options.maxGateways ?? 10_000,
    };
    this.#deps = deps;
    const { url, header } = basicAuthUrl(options.url);
    header.set("content-type", "application/json");
    this.#url = url;
    this.#header = header;
  }

  async admit(gateway: Address): Promise<void> {
    const { refusal } = await this.#verdict(gateway);
    if (refusal !== undefined)
      throw new LpError({ code: "gateway_refused", message: `authentication failed: ${refusal}` });
  }

  /** Wei per pixel that the webhook named last for the gateway; undefined when it named none. */
  priceFor(gateway: Address): Rational | undefined {
    return this.#verdicts.get(gateway)?.price;
  }

  async #verdict(gateway: Address): Promise<Verdict> {
    const known = this.#verdicts.get(gateway);
    const { keepMs, refusalMs, staleMs } = this.#options;
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : this.#deps.clock.mono() - known.askedAt;
    if (known !== undefined && ageMs < (known.refusal === undefined ? keepMs : refusalMs)) return known;
    let asking = this.#asking.get(gateway);
    if (asking === undefined) {
      asking = this.#ask(gateway).finally(() => this.#asking.delete(gateway));
      this.#asking.set(gateway, asking);
    }
    try {
      return await asking;
    } catch (cause) {
      if (known !== undefined && known.refusal === undefined && ageMs < keepMs + staleMs) {
        this.#deps.logger.warn("the webhook for gateways failed: its last answer is used", {
          gateway,
          error: errorText(cause),
        });
        return known;
      }
      throw new LpError({
        code: "gateway_unknown",
        message: `authentication failed: ${errorText(cause)}`,
        retryable: true,
        cause,
      });
    }
  }

  async #ask(gateway: Address): Promise<Verdict> {
    const post = {
      ...{ url: this.#url, header: this.#header, timeoutMs: this.#options.timeoutMs, maxAnswerBytes },
      text: JSON.stringify({ id: checksumAddress(gateway) }),
    };
    const answer = await postText(post, this.#deps);
    const text = answer.text.trim();
    const askedAt = this.#deps.clock.mono();
    const verdict: Verdict =
      answer.status === 200
        ? { refusal: undefined, price: namedPrice(text), askedAt }
        : { refusal: text.slice(0, maxReasonChars) || `status ${answer.status}`, price: undefined, askedAt };
    this.#keep(gateway, verdict);
    return verdict;
  }

  #keep(gateway: Address, verdict: Verdict): void {
    this.#verdicts.delete(gateway);
    const oldest = this.#verdicts.keys().next().value;
    if (this.#verdicts.size >= this.#options.maxGateways && oldest !== undefined) this.#verdicts.delete(oldest);
    this.#verdicts.set(gateway, verdict);
  }
}

/** The price in an answer; undefined when it names none. Throws `gateway_price` when it is no price. */
function namedPrice(text: string): Rational | undefined {
  if (text === "") return undefined;
  let answer: { priceInfo?: { pricePerUnit?: unknown; pixelsPerUnit?: unknown } | null } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new LpError({ code: "gateway_price", message: "the webhook answered something that is not JSON" });
  }
  const info = answer?.priceInfo;
  if (info === undefined || info === null) return undefined;
  const { pricePerUnit, pixelsPerUnit } = info;
  if (!isWhole(pricePerUnit) || !isWhole(pixelsPerUnit) || pricePerUnit < 0 || pixelsPerUnit <= 0)
    throw new LpError({
      code: "gateway_price",
      message: "the webhook's priceInfo is no price: pricePerUnit and pixelsPerUnit are whole numbers",
    });
  return rational(BigInt(pricePerUnit), BigInt(pixelsPerUnit));
}

const isWhole = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value);
