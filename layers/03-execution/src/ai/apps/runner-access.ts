import {
  addressFromBytes,
  answerText,
  type Clock,
  checksumAddress,
  compareRational,
  errorText,
  hasErrorCode,
  LpError,
  mulRational,
  rational,
  readAnswer,
} from "@livepeer-ts/kernel";
import { senderFaultCodes } from "../../ports/payment-sender.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { isHttpUrl } from "../live-runner/runner-record.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import type { AppGatewayOptions } from "./app-gateway-options.ts";
import type { AppRunner } from "./app-runner.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import { priceText } from "./choose-runner.ts";
import type { AppPrice } from "./listed-runner.ts";
import { refusalOf } from "./runner-answer.ts";
import { type RunnerChallenge, readChallenge } from "./runner-challenge.ts";
import { type PaidEnd, RunnerPayment, type RunnerPaymentDeps } from "./runner-payment.ts";

export type RunnerAccessDeps = RunnerPaymentDeps & { readonly clock: Clock };

/** A session at an orchestrator, begun by this gateway. */
export type OpenedSession = {
  /** Id that the orchestrator knows it by. */
  readonly id: string;
  readonly appUrl: string;
  readonly controlUrl: string;
  /** Undefined where nothing is paid. */
  readonly payment: RunnerPayment | undefined;
};

/** What an orchestrator said at a runner's entry. */
type Said = { readonly status: number; readonly text: string; readonly reason: string | undefined };

/** A payment with the fields of a request that carries it. */
export type CallPayment = { readonly payment: RunnerPayment; readonly header: Headers };

const { header: names } = liveRunnerWire;
const maxSaidBytes = 64 * 1024;
/** A challenge may ask for so much more than the list: rates of currencies move. */
const padding = rational(1012n, 1000n);

/** Gets a gateway into runners: asks what they want to be paid, judges it, and pays. Failures are `AttemptFailure`s and `AiRefusal`s. */
export class RunnerAccess {
  readonly #options: AppGatewayOptions;
  readonly #deps: RunnerAccessDeps;

  constructor(options: AppGatewayOptions, deps: RunnerAccessDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /**
   * Begins a session at a persistent runner. `onOver` is told when payment ends it. `signal` does not break it off once it is asked for:
   * a session that nobody knows would never be stopped.
   */
  async openSession(runner: AppRunner, onOver: (end: PaidEnd) => void, signal: AbortSignal): Promise<OpenedSession> {
    const { price } = runner.listed;
    let payment: RunnerPayment | undefined;
    const { signal: whole } = this.#deps.tasks;
    let answer = await this.#control(runner, "POST", this.#payerFields(price), whole);
    if (answer.status === 402 && price !== undefined) {
      payment = this.#payment(runner, price, challengeOf(answer));
      const header = await this.#first(payment, signal);
      payment.begin(onOver);
      answer = await this.#control(runner, "POST", header, whole).catch((error: unknown) => {
        payment?.end();
        throw error;
      });
    }
    try {
      if (answer.status !== 200) throw refused(answer);
      return { ...readSession(answer.text), payment };
    } catch (error) {
      payment?.end();
      throw error;
    }
  }

  /** The payment of one call at a runner that takes one at a time, not begun; undefined where nothing is paid. */
  async payCall(runner: AppRunner, signal: AbortSignal): Promise<CallPayment | undefined> {
    const { price } = runner.listed;
    if (price === undefined) return undefined;
    const answer = await this.#control(runner, "GET", this.#payerFields(price), signal);
    if (answer.status === 402) {
      const payment = this.#payment(runner, price, challengeOf(answer));
      return { payment, header: await this.#first(payment, signal) };
    }
    if (answer.status >= 400) throw refused(answer);
    // it asks for nothing, and this was a call already: its answer is nobody's
    return undefined;
  }

  /** The same with what is left of an earlier call's; the orchestrator may refuse it. Undefined where nothing is left. */
  async payKept(runner: AppRunner, signal: AbortSignal): Promise<CallPayment | undefined> {
    const payment = runner.takeKept();
    if (payment === undefined) return undefined;
    try {
      return { payment, header: await payment.first(signal) };
    } catch (error) {
      signal.throwIfAborted();
      const { uri } = runner.entry;
      this.#deps.logger.debug("what was left of a payment is of no use", {
        orchestrator: uri,
        error: errorText(error),
      });
      return undefined;
    }
  }

  /** Ends a session at its orchestrator. Rejects when that did not answer. */
  async stopSession({ controlUrl }: Pick<OpenedSession, "controlUrl">, signal: AbortSignal): Promise<void> {
    const deadline = this.#deps.clock.deadline(this.#options.controlMs, signal);
    try {
      const answer = await this.#deps.net.request({
        method: "POST",
        url: `${controlUrl}/stop`,
        header: new Headers(),
        signal: deadline.signal,
      });
      await readAnswer(answer, maxSaidBytes);
    } finally {
      deadline.clear();
    }
  }

  #payerFields(price: AppPrice | undefined): Headers {
    const { address } = this.#deps.signer;
    if (price === undefined) return new Headers();
    if (address !== undefined) return new Headers({ [names.payer]: checksumAddress(address) });
    throw new AiRefusal(
      503,
      "payment_failed",
      `its runners ask ${priceText(price)}, and this gateway has no account to pay from: start it with -network and a key, or with -remoteSignerUrl`,
    );
  }

  /** One request at the runner's entry. Of a good answer to a GET, which is the app's, nothing is read. */
  async #control(runner: AppRunner, method: "GET" | "POST", header: Headers, signal: AbortSignal): Promise<Said> {
    const deadline = this.#deps.clock.deadline(this.#options.controlMs, signal);
    try {
      const answer = await this.#deps.net.request({ method, url: runner.url, header, signal: deadline.signal });
      const { status } = answer;
      if (method === "GET" && status < 400) {
        for await (const _ of answer.body) break;
        return { status, text: "", reason: undefined };
      }
      const text = await answerText(answer, maxSaidBytes);
      return { status, text, reason: answer.header.get(names.reason) ?? undefined };
    } catch (cause) {
      signal.throwIfAborted();
      throw new AttemptFailure({ message: errorText(cause), reachedApp: false, cause });
    } finally {
      deadline.clear();
    }
  }

  /** Judges what it wants. */
  #payment({ entry, listed }: AppRunner, price: AppPrice, challenge: RunnerChallenge): RunnerPayment {
    const { info } = challenge;
    const fault =
      this.#priceFault(listed.app, price, { wei: challenge.price, unit: price.unit }) ?? this.#isBlocked(info);
    if (fault !== undefined) throw new AttemptFailure({ message: `${entry.uri}: ${fault}`, reachedApp: false });
    try {
      this.#deps.payments.checkOffer(info);
    } catch (error) {
      throw paymentFailure(error);
    }
    return new RunnerPayment(challenge, price.unit, this.#options, this.#deps);
  }

  /** Why a price is not paid: it is above that of the list, or above the highest one. */
  #priceFault(app: string, listed: AppPrice, asked: AppPrice): string | undefined {
    if (compareRational(asked.wei, mulRational(listed.wei, padding)) > 0)
      return `it asks ${priceText(asked)}, and its list says ${priceText(listed)}`;
    const { maxPriceOf, ignoreMaxPriceIfNeeded } = this.#options;
    const limit = ignoreMaxPriceIfNeeded ? undefined : maxPriceOf(app, asked.unit);
    if (limit === undefined || compareRational(asked.wei, limit) <= 0) return undefined;
    return `it asks ${priceText(asked)}, and this gateway pays at most ${priceText({ ...asked, wei: limit })}`;
  }

  #isBlocked({ address, ticketParams }: RunnerChallenge["info"]): string | undefined {
    const accounts = [address, ticketParams?.recipient ?? new Uint8Array(0)]
      .filter((bytes) => bytes.length > 0)
      .map(addressFromBytes);
    return accounts.some((account) => this.#options.blocklist.has(account)) ? "it is on the blocklist" : undefined;
  }

  async #first(payment: RunnerPayment, signal: AbortSignal): Promise<Headers> {
    try {
      return await payment.first(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw paymentFailure(error);
    }
  }
}

/** Faults of the account, or of the way to the signer: another offer changes nothing. */
const ownFaults: readonly string[] = [...senderFaultCodes, "sender_funds_unknown", "remote_signer_away"];

/** A refusal of a remote signer that is not about the offer. */
function isSignersRefusal(error: unknown): boolean {
  return error instanceof LpError && error.code === "remote_signer_refused" && error.details["status"] !== 400;
}

/** What no other orchestrator would be paid either is the gateway's own fault; the caller hears it. */
function paymentFailure(error: unknown): LpError {
  const why = `this gateway cannot pay: ${errorText(error)}`;
  const isOwn = ownFaults.some((code) => hasErrorCode(error, code)) || isSignersRefusal(error);
  if (isOwn) return new AiRefusal(503, "payment_failed", why, error);
  return new AttemptFailure({ message: why, reachedApp: false, cause: error });
}

function challengeOf({ text }: Said): RunnerChallenge {
  try {
    const challenge = readChallenge(text);
    if (challenge !== undefined) return challenge;
    const message = `it wants to be paid and does not say how: ${text.trim().slice(0, 200)}`;
    throw new LpError({ code: "bad_challenge", message });
  } catch (cause) {
    throw new AttemptFailure({ message: errorText(cause), reachedApp: false, cause });
  }
}

function refused({ status, text, reason: given }: Said): AttemptFailure {
  const { message, isFull, reason } = refusalOf(status, text.slice(0, 500), given);
  // whatever it was, no call had been made yet
  return new AttemptFailure({ message, isFull, reason, reachedApp: false });
}

function readSession(text: string): Omit<OpenedSession, "payment"> {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    fields = {};
  }
  const { session_id: id, app_url: appUrl, control_url: controlUrl } = fields ?? {};
  const isUsable =
    typeof id === "string" &&
    typeof appUrl === "string" &&
    isHttpUrl(appUrl) &&
    typeof controlUrl === "string" &&
    isHttpUrl(controlUrl);
  if (isUsable) return { id, appUrl, controlUrl: controlUrl.replace(/\/+$/, "") };
  throw new AttemptFailure({ message: "what it says of its new session cannot be used", reachedApp: false });
}
