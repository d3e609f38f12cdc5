import {
  type Clock,
  errorText,
  keccak256,
  type Net,
  postText,
  type Rational,
  type TextAnswer,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import { maxAuthIdChars, SignerRefusal, signerRefusals } from "../../wire/signer-wire.ts";
import { readMaxPrice } from "./price-ceiling.ts";
import type { JobType } from "./signer-state.ts";

/** What a webhook allows a caller. */
export type SignerGrant = {
  /** Unix seconds until which it need not be asked about this session; 0: each time. */
  readonly expiry: number;
  /** Undefined: it names nobody. */
  readonly authId: string | undefined;
  readonly maxPrice: Rational | undefined;
  /** Highest value of one payment of this caller, wei; undefined: the signer's own ceiling alone. */
  readonly maxRequestWei?: bigint | undefined;
  /** The same of one day. */
  readonly maxDayWei?: bigint | undefined;
};

/** Whether a caller may have something signed. */
export interface SignerAuthorizer {
  /**
   * Asks about a call. `stateJson` is the session's state as it will be, `{}` without one.
   * Throws a `SignerRefusal`: the webhook's own status and reason, 502 for a price that is none, 500 when it cannot be asked.
   */
  authorize(headers: Headers, stateJson: string, type: JobType): Promise<SignerGrant>;
}

/** Everybody may: the signer is reached by its owner alone. */
export const openAuthorizer: SignerAuthorizer = {
  authorize: async () => ({ expiry: 0, authId: undefined, maxPrice: undefined }),
};

export type WebhookAuthorizerOptions = {
  /** `-remoteSignerWebhookUrl`. */
  readonly url: string;
  /** `-remoteSignerWebhookHeaders`, sent to the webhook. */
  readonly headers: ReadonlyMap<string, string>;
  /** Ms for the whole exchange. Default 5000. */
  readonly timeoutMs?: number;
};

const maxAnswerBytes = 64 * 1024;

/** Asks a webhook: `POST {"headers":{"Name":["value"]},"state":{…}}`, answered by `{"status":200,"expiry"?,"auth_id"?,"maxPrice"?}`, and ours `maxRequestWei`, `maxDayWei`. */
export function webhookAuthorizer(
  options: WebhookAuthorizerOptions,
  deps: { readonly net: Net; readonly clock: Clock },
): SignerAuthorizer {
  const header = new Headers({ "content-type": "application/json" });
  for (const [name, value] of options.headers) header.set(name, value);
  return {
    async authorize(headers, stateJson, type) {
      const post = {
        ...{ url: options.url, header, timeoutMs: options.timeoutMs ?? 5000, maxAnswerBytes },
        text: `{"headers":${JSON.stringify(headerLists(headers))},"state":${stateJson}}`,
      };
      const { status, text }: TextAnswer = await postText(post, deps).catch((cause: unknown) => {
        throw new SignerRefusal(500, `the webhook could not be asked: ${errorText(cause)}`, { cause });
      });
      if (status !== 200) throw new SignerRefusal(500, `the webhook answered with status ${status}`);
      return readGrant(text, type);
    },
  };
}

function readGrant(text: string, type: JobType): SignerGrant {
  let answer: Record<string, unknown>;
  try {
    answer = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new SignerRefusal(500, "the webhook answered something that is not JSON", { cause });
  }
  const { status, reason, expiry, auth_id: authId, maxPrice, maxRequestWei, maxDayWei } = answer ?? {};
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599)
    throw new SignerRefusal(500, "the webhook's answer has no status");
  if (status !== 200) throw new SignerRefusal(status, typeof reason === "string" ? reason : "refused by the webhook");
  let price: Rational | undefined;
  try {
    price = maxPrice === undefined || maxPrice === null ? undefined : readMaxPrice(maxPrice, type);
  } catch (cause) {
    throw new SignerRefusal(502, `the webhook's answer has an ${errorText(cause)}`, { cause });
  }
  if (typeof authId === "string" && authId.length > maxAuthIdChars)
    throw new SignerRefusal(502, `the webhook's answer cannot be used: ${signerRefusals.longAuthId}`);
  return {
    maxRequestWei: readWei("maxRequestWei", maxRequestWei),
    maxDayWei: readWei("maxDayWei", maxDayWei),
    expiry: typeof expiry === "number" && Number.isSafeInteger(expiry) ? expiry : 0,
    authId: typeof authId === "string" && authId !== "" ? authId : undefined,
    maxPrice: price,
  };
}

/** Whole wei, as digits in a text or as a number that is exact. Throws 502. */
function readWei(name: string, value: unknown): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  const isNumber = typeof value === "number" && Number.isSafeInteger(value) && value > 0;
  if (isNumber || (typeof value === "string" && /^[1-9]\d{0,77}$/.test(value))) return BigInt(value as string | number);
  throw new SignerRefusal(502, `the webhook's answer has an invalid ${name}: write whole wei above 0`);
}

/** Headers as Go's `http.Header` in JSON: canonical names, lists of values. */
function headerLists(headers: Headers): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    const canonical = name.replace(
      /(^|-)([a-z])/g,
      (_all, dash: string, letter: string) => dash + letter.toUpperCase(),
    );
    lists[canonical] = [value];
  }
  return lists;
}

/** Remembers for a minute who may, for calls that carry no state of their own. */
export class GrantCache {
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #maxCallers: number;
  /** Mono times until which callers may. */
  readonly #until = new Map<string, number>();

  /** `keepMs`: how long a yes is good. Default 60000. `maxCallers`: default 10000; the oldest goes first. */
  constructor(clock: Clock, keepMs = 60_000, maxCallers = 10_000) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#maxCallers = maxCallers;
  }

  isGranted(headers: Headers): boolean {
    const until = this.#until.get(callerOf(headers));
    return until !== undefined && this.#clock.mono() < until;
  }

  keep(headers: Headers): void {
    const caller = callerOf(headers);
    this.#until.delete(caller);
    const oldest = this.#until.keys().next().value;
    if (this.#until.size >= this.#maxCallers && oldest !== undefined) this.#until.delete(oldest);
    this.#until.set(caller, this.#clock.mono() + this.#keepMs);
  }
}

/** Whatever a caller can prove itself with is in its headers; those of the body differ from call to call. */
function callerOf(headers: Headers): string {
  const own = [...headers].filter(([name]) => name !== "content-length" && name !== "content-type");
  return toHex(keccak256(utf8(JSON.stringify(own))));
}
