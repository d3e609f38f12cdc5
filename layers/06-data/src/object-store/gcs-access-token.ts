import { LpError, utf8 } from "@livepeer-ts/kernel";
import type { ServiceAccountKey } from "./service-account-key.ts";
import {
  answerText,
  type StoreAnswer,
  type StoreDeps,
  type StoreLimits,
  sendWithRetries,
  withinMs,
} from "./store-requests.ts";

/** What the tokens are good for: objects, not buckets or rights. */
const scope = "https://www.googleapis.com/auth/devstorage.read_write";
const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const assertionSec = 3600;
/** A token is not used in its last minute. */
const spareMs = 60_000;
const maxTokenLength = 16_384;

/** Access tokens of a Google service account: asked for once for all who wait, kept until shortly before they end. */
export class GcsAccessToken {
  readonly #key: ServiceAccountKey;
  readonly #limits: StoreLimits;
  readonly #deps: StoreDeps;
  #token: { readonly value: string; readonly untilMs: number } | undefined;
  #asking: Promise<string> | undefined;

  constructor(key: ServiceAccountKey, limits: StoreLimits, deps: StoreDeps) {
    this.#key = key;
    this.#limits = limits;
    this.#deps = deps;
  }

  /** A token that is good for a while. Rejects with `object_store_refused`, `object_store_failed`, `object_store_timeout`. */
  get(): Promise<string> {
    if (this.#token !== undefined && this.#deps.clock.mono() < this.#token.untilMs) {
      return Promise.resolve(this.#token.value);
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Forgets a token that was refused. */
  drop(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }

  /** Under a deadline of its own: several callers wait for it, and each may give up. */
  #ask(): Promise<string> {
    const { clock } = this.#deps;
    const askedAt = clock.mono();
    const make = () => ({
      method: "POST",
      url: this.#key.tokenUri,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: utf8(new URLSearchParams({ grant_type: grantType, assertion: this.#assertion() }).toString()),
    });
    return withinMs(clock, this.#limits.saveMs, undefined, "asking Google for a token", async (signal) => {
      const answer = await sendWithRetries(this.#deps, this.#limits, signal, make, (refusal) =>
        tokenRefused(this.#key, refusal),
      );
      const { value, seconds } = tokenIn(answer === undefined ? "" : await answerText(answer));
      this.#token = { value, untilMs: askedAt + seconds * 1000 - spareMs };
      return value;
    });
  }

  /** The signed claim (JWT, RS256) that a token is given for. */
  #assertion(): string {
    const nowSec = Math.floor(this.#deps.clock.now() / 1000);
    const header = {
      alg: "RS256",
      typ: "JWT",
      ...(this.#key.privateKeyId === undefined ? {} : { kid: this.#key.privateKeyId }),
    };
    const claims = {
      iss: this.#key.clientEmail,
      scope,
      aud: this.#key.tokenUri,
      iat: nowSec,
      exp: nowSec + assertionSec,
    };
    const text = `${base64Url(utf8(JSON.stringify(header)))}.${base64Url(utf8(JSON.stringify(claims)))}`;
    return `${text}.${base64Url(this.#deps.digests.signRsaSha256(this.#key.privateKey.reveal(), utf8(text)))}`;
  }
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function tokenIn(text: string): { readonly value: string; readonly seconds: number } {
  let fields: { access_token?: unknown; expires_in?: unknown } = {};
  try {
    fields = JSON.parse(text) as typeof fields;
  } catch {
    // told below
  }
  const value = fields?.access_token;
  const seconds = Number(fields?.expires_in);
  const isToken = typeof value === "string" && value.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(value);
  if (!isToken || !(seconds > 0)) {
    throw new LpError({
      code: "object_store_bad_answer",
      message: "Google's token service answered without an access_token: is the key's token_uri right?",
    });
  }
  return { value, seconds };
}

function tokenRefused(key: ServiceAccountKey, answer: StoreAnswer): LpError {
  let said = "";
  try {
    const fields = JSON.parse(answer.text) as { error?: unknown; error_description?: unknown };
    said = `${fields.error ?? ""} ${fields.error_description ?? ""}`.trim().slice(0, 300);
  } catch {
    // no JSON: the status has to do
  }
  const isRefused = answer.status < 500 && answer.status !== 429;
  return new LpError({
    code: isRefused ? "object_store_refused" : "object_store_failed",
    message: `Google gives no token to ${key.clientEmail}: ${answer.status}${said === "" ? "" : ` ${said}`}; check the service account, its key and this machine's clock`,
    details: { status: answer.status },
    retryable: !isRefused,
  });
}
