import {
  authTokenNeedsRefresh,
  type Capabilities,
  createSegData,
  encodeSegmentHeader,
  type OrchestratorInfo,
  segmentSigningBytes,
} from "@livepeer-ts/execution";
import {
  addRational,
  addressFromBytes,
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  floorRational,
  formatDecimal,
  formatRational,
  type Logger,
  LpError,
  type Metrics,
  mulRational,
  type Random,
  type Rational,
  rational,
  subRational,
  toHex,
  utf8,
  zeroRational,
} from "@livepeer-ts/kernel";
import type { SpendStore, SpendVerdict } from "../../ports/spend-store.ts";
import { maxSenderNonces } from "../../recipient/sender-nonces.ts";
import type { SignedTicketRecord } from "../../records/signed-ticket-record.ts";
import { paymentHeader, paymentMessage } from "../../sender/payment-message.ts";
import type { TicketSender } from "../../sender/ticket-sender.ts";
import { ticketExpectedValue } from "../../tickets/ticket.ts";
import { type OfferedTicketParams, ticketParamsFromWire } from "../../tickets/ticket-params.ts";
import {
  type CeilingFacts,
  maxAuthIdChars,
  maxTicketsPerCall,
  orchestratorUrlHeader,
  SignerRefusal,
  signerAuthIdHeader,
  signerRefusals,
  signerStatus,
} from "../../wire/signer-wire.ts";
import type { KeySigner } from "../key-signer.ts";
import { type Bill, billOf, ticketsNeeded } from "./billing.ts";
import type { PaymentRequest } from "./payment-request.ts";
import { checkCeilings, type PriceCeiling } from "./price-ceiling.ts";
import { GrantCache, type SignerAuthorizer } from "./signer-authorizer.ts";
import { readState, type SignedState, type SignerState, signState, stateJson } from "./signer-state.ts";

export type RemoteSignerOptions = {
  /** Highest value of one payment, wei; 0 = any. Default 0 (`-remoteSignerMaxRequest`). */
  readonly maxRequestWei?: bigint;
  /** Highest value of all payments of one day (UTC), wei; 0 = any. Default 0 (`-remoteSignerMaxDay`). */
  readonly maxDayWei?: bigint;
  /** The same for each `auth_id`, wei; 0 = any. Default 0 (`-remoteSignerMaxDayPerId`). */
  readonly maxIdDayWei?: bigint;
};

export type RemoteSignerDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly signer: KeySigner;
  readonly tickets: TicketSender;
  readonly authorizer: SignerAuthorizer;
  readonly spending: SpendStore;
  /** Highest price per unit of the configuration; undefined: any. */
  readonly maxPriceOf: (capabilities: Capabilities | undefined) => Rational | undefined;
};

/** A payment ready to be sent on. */
export type SignedPayment = {
  /** Value of the `Livepeer-Payment` header. */
  readonly payment: string;
  /** Value of the `Livepeer-Segment` header. */
  readonly segCreds: string;
  readonly state: SignedState;
};

/** What the signature of a segment covers. */
export type SegmentToSign = {
  readonly manifestId: string;
  readonly seqNo: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly profileNames: readonly string[];
};

/** Sender faults of which another offer knows nothing: the signer's own deposit. */
const ownFaults: ReadonlySet<string> = new Set([
  "sender_no_reserve",
  "sender_no_deposit",
  "sender_unlocking",
  "sender_funds_unknown",
]);

const pipelines = { lv2v: "live-video-to-video", live: "live", fixed: "fixed", "": "" } as const;

/** Holds the key that pays and signs what gateways without one need. Sessions live with their callers; nothing is kept here but sums. */
export class RemoteSigner {
  readonly #maxRequestWei: bigint;
  readonly #maxDayWei: bigint;
  readonly #maxIdDayWei: bigint;
  readonly #deps: RemoteSignerDeps;
  readonly #granted: GrantCache;

  constructor(options: RemoteSignerOptions, deps: RemoteSignerDeps) {
    this.#maxRequestWei = options.maxRequestWei ?? 0n;
    this.#maxDayWei = options.maxDayWei ?? 0n;
    this.#maxIdDayWei = options.maxIdDayWei ?? 0n;
    this.#deps = deps;
    this.#granted = new GrantCache(deps.clock);
  }

  /** The account and its signature over its checksummed address: what `GetOrchestrator` wants. */
  signOrchestratorInfo(): { readonly address: string; readonly signature: string } {
    const address = checksumAddress(this.#deps.signer.address);
    return { address, signature: toHex(this.#deps.signer.sign(utf8(address))) };
  }

  /** Signs the credentials of a segment for a caller with a session or, without one, with the webhook's leave. Throws `SignerRefusal`. */
  async signSegment(segment: SegmentToSign, signed: SignedState | undefined, headers: Headers): Promise<Uint8Array> {
    const { clock, authorizer, signer } = this.#deps;
    const state = signed === undefined ? undefined : readState(signed, signer.address);
    const isKnown = state !== undefined && state.authExpiry * 1000 > clock.now();
    if (!isKnown && !this.#granted.isGranted(headers)) {
      await authorizer.authorize(headers, state === undefined ? "{}" : stateJson(state), state?.type ?? "");
      this.#granted.keep(headers);
    }
    const { manifestId, seqNo, hash, profileNames } = segment;
    return signer.sign(segmentSigningBytes(manifestId, seqNo, hash, profileNames));
  }

  /** Signs a job of an external capability, with the webhook's leave. Throws `SignerRefusal`. */
  async signJob(
    { request, parameters }: { readonly request: string; readonly parameters: string },
    headers: Headers,
  ): Promise<{ readonly address: string; readonly signature: Uint8Array }> {
    const { authorizer, signer } = this.#deps;
    if (!this.#granted.isGranted(headers)) {
      await authorizer.authorize(headers, "{}", "");
      this.#granted.keep(headers);
    }
    return { address: checksumAddress(signer.address), signature: signer.sign(utf8(`${request}${parameters}`)) };
  }

  /** Makes the next payment of a session. Throws `SignerRefusal`; 482 is what a caller hears most. */
  async generateLivePayment(request: PaymentRequest, headers: Headers): Promise<SignedPayment> {
    const { clock, metrics } = this.#deps;
    const now = clock.now();
    const { orchestrator } = request;
    const { params, price } = offerOf(orchestrator);
    const before = request.state === undefined ? undefined : readState(request.state, this.#deps.signer.address);
    this.#checkSession(request, before);
    const bill = billOf(request.type, before === undefined ? undefined : now - before.lastUpdate, request.inPixels);
    if (request.type === "" && request.inPixels <= 0n) throw new SignerRefusal(400, signerRefusals.missingUnits);
    this.#checkPrice(request, before, price);
    this.#checkFresh(orchestrator, params, now);

    const sessionPrice =
      before === undefined ? price : rational(before.initialPricePerUnit, before.initialPixelsPerUnit);
    const ticketEv = ticketExpectedValue(params);
    const fee = mulRational(rational(bill.units), sessionPrice);
    const count = this.#count(request, before, { params, fee, ticketEv, sessionPrice });
    const lastNonce = before?.pmSessionId === params.recipientRandHash ? before.senderNonce : 0;
    if (lastNonce + count > maxSenderNonces) throw refresh(orchestrator, "the offer's nonces are used up");
    this.#checkSender(orchestrator, params, count);
    const worth = mulRational(ticketEv, rational(BigInt(count)));
    const balance = subRational(addRational(before?.balance ?? zeroRational, worth), fee);
    const draft: SignerState = {
      stateId: before?.stateId ?? toHex(this.#deps.random.bytes(16)).slice(2),
      pmSessionId: params.recipientRandHash,
      lastUpdate: now,
      orchestrator: addressFromBytes(orchestrator.address),
      app: request.app,
      authExpiry: before?.authExpiry ?? 0,
      senderNonce: lastNonce + count,
      balance,
      initialPricePerUnit: before?.initialPricePerUnit ?? price.num,
      initialPixelsPerUnit: before?.initialPixelsPerUnit ?? price.den,
      type: request.type,
      sequenceNumber: before === undefined ? 0 : before.sequenceNumber + 1,
      authId: before?.authId ?? "",
      maxRequestWei: before?.maxRequestWei,
      maxDayWei: before?.maxDayWei,
    };
    const state = await this.#authorize(draft, before, headers, price, now);
    await this.#spend(state, worth, now);

    const manifestId = request.manifestId === "" ? toHex(this.#deps.random.bytes(4)).slice(2) : request.manifestId;
    // what is used must be known before anybody can use it
    await this.#report(state, before, { request, bill, fee, worth, count, manifestId, headers });
    const batch = this.#deps.tickets.signTickets(params, lastNonce, count);
    const payment = paymentHeader(paymentMessage(this.#deps.signer.address, orchestrator.priceInfo, batch));
    const segCreds = this.#segmentCredentials(manifestId, request);
    metrics.count("livepeer_signer_tickets_total", { type: request.type }, count);
    return { payment, segCreds, state: signState(stateJson(state), this.#deps.signer) };
  }

  #checkSession(request: PaymentRequest, before: SignerState | undefined): void {
    if (before === undefined) return;
    const fault =
      before.orchestrator !== addressFromBytes(request.orchestrator.address)
        ? signerRefusals.orchestratorMismatch
        : request.manifestId === ""
          ? signerRefusals.missingManifestId
          : before.app !== request.app
            ? signerRefusals.appMismatch
            : before.type !== request.type
              ? signerRefusals.typeMismatch
              : undefined;
    if (fault !== undefined) throw new SignerRefusal(400, fault);
  }

  #checkPrice(request: PaymentRequest, before: SignerState | undefined, price: Rational): void {
    const ceilings: PriceCeiling[] = [];
    const configured = this.#deps.maxPriceOf(request.capabilities);
    if (configured !== undefined) ceilings.push({ source: "configured maximum price", price: configured });
    if (request.maxPrice !== undefined) ceilings.push({ source: "request maxPrice", price: request.maxPrice });
    if (before !== undefined)
      ceilings.push({
        source: "initial session price",
        price: rational(before.initialPricePerUnit, before.initialPixelsPerUnit),
      });
    checkCeilings(price, ceilings);
  }

  #checkFresh(orchestrator: OrchestratorInfo, params: OfferedTicketParams, now: number): void {
    const { authToken } = orchestrator;
    if (authToken !== undefined && authTokenNeedsRefresh(authToken, now))
      throw refresh(orchestrator, "the auth token is about to expire");
    this.#checkSender(orchestrator, params, 1);
  }

  /** The sender's checks of an offer, with the status that tells the caller what to do. */
  #checkSender(orchestrator: OrchestratorInfo, params: OfferedTicketParams, count: number): void {
    try {
      this.#deps.tickets.checkParams(params, count);
    } catch (cause) {
      if (!(cause instanceof LpError)) throw cause;
      if (cause.code === "ticket_params_expired") throw refresh(orchestrator, cause.message);
      throw new SignerRefusal(ownFaults.has(cause.code) ? 503 : 400, cause.message, { cause });
    }
  }

  #count(
    request: PaymentRequest,
    before: SignerState | undefined,
    { params, fee, ticketEv, sessionPrice }: Costs,
  ): number {
    if (ticketEv.num <= 0n) throw new SignerRefusal(signerStatus.noTickets, signerRefusals.noTickets);
    const balance = before?.balance ?? zeroRational;
    const need = { balance, fee, ticketEv, type: request.type, pricePerUnit: sessionPrice };
    const count = ticketsNeeded({ ...need, isFirst: before === undefined });
    if (count === 0n) throw new SignerRefusal(signerStatus.noTickets, signerRefusals.noTickets);
    const most = BigInt(maxTicketsPerCall);
    // the reserve may come later, the fee may not
    const least = ticketsNeeded({ ...need, isFirst: true });
    if (least > most) throw new SignerRefusal(400, signerRefusals.tooManyTickets(least));
    const wanted = count > most ? maxTicketsPerCall : Number(count);
    const isWithinTotal = this.#totalAllows(params, wanted) || least === 0n;
    return isWithinTotal ? wanted : Number(least);
  }

  /** False when so many tickets are worth more than `-maxTotalEV`. */
  #totalAllows(params: OfferedTicketParams, count: number): boolean {
    try {
      this.#deps.tickets.checkParams(params, count);
      return true;
    } catch (error) {
      return !(error instanceof LpError) || error.code !== "ticket_total_ev_high";
    }
  }

  async #authorize(
    draft: SignerState,
    before: SignerState | undefined,
    headers: Headers,
    price: Rational,
    now: number,
  ): Promise<SignerState> {
    const named = headers.get(signerAuthIdHeader) ?? undefined;
    if (named !== undefined && named.length > maxAuthIdChars) throw new SignerRefusal(400, signerRefusals.longAuthId);
    const isGranted = before !== undefined && before.authExpiry * 1000 > now;
    const grant = isGranted ? undefined : await this.#deps.authorizer.authorize(headers, stateJson(draft), draft.type);
    if (grant?.maxPrice !== undefined)
      checkCeilings(price, [{ source: "auth webhook maxPrice", price: grant.maxPrice }]);
    const authId = grant?.authId ?? named ?? draft.authId;
    if (before !== undefined && authId !== before.authId) throw new SignerRefusal(500, signerRefusals.authIdChanged);
    if (grant === undefined) return { ...draft, authId };
    const { expiry, maxRequestWei, maxDayWei } = grant;
    return { ...draft, authId, authExpiry: expiry, maxRequestWei, maxDayWei };
  }

  /** Counts a payment before it is signed. Throws 483 with both figures when a ceiling is in the way. */
  async #spend(state: SignerState, worth: Rational, now: number): Promise<void> {
    // a win probability is rounded up: what is meant is the whole wei
    const wei = floorRational(worth);
    const { authId } = state;
    const refuse = (scope: CeilingFacts["scope"], sumWei: bigint, ceilingWei: bigint, message: string) =>
      new SignerRefusal(signerStatus.insufficientCredit, message, {
        ceiling: { scope, wei: sumWei.toString(), ceilingWei: ceilingWei.toString(), authId },
      });
    const maxRequestWei = lower(this.#maxRequestWei, state.maxRequestWei);
    if (maxRequestWei > 0n && wei > maxRequestWei)
      throw refuse("request", wei, maxRequestWei, signerRefusals.requestCeiling(wei, maxRequestWei));
    const maxIdDayWei = lower(this.#maxIdDayWei, state.maxDayWei);
    const day = new Date(now).toISOString().slice(0, 10);
    let verdict: SpendVerdict;
    try {
      verdict = await this.#deps.spending.add({ day, authId, wei, maxDayWei: this.#maxDayWei, maxIdDayWei });
    } catch (cause) {
      throw new SignerRefusal(500, `the sum of the day could not be kept: ${errorText(cause)}`, { cause });
    }
    const { refusedBy, sumWei } = verdict;
    if (refusedBy === "day")
      throw refuse("day", sumWei, this.#maxDayWei, signerRefusals.dayCeiling(sumWei, this.#maxDayWei));
    if (refusedBy === "idDay")
      throw refuse("id_day", sumWei, maxIdDayWei, signerRefusals.idDayCeiling(sumWei, maxIdDayWei, authId));
  }

  #segmentCredentials(manifestId: string, { orchestrator, capabilities }: PaymentRequest): string {
    const claim = {
      manifestId,
      seqNo: 0n,
      hash: new Uint8Array(32),
      durationMs: 0,
      profiles: [],
      capabilities,
      authToken: orchestrator.authToken,
    };
    return encodeSegmentHeader(createSegData(claim, this.#deps.signer));
  }

  /** Throws 500 when the record of what was used cannot be kept. */
  async #report(
    state: SignerState,
    before: SignerState | undefined,
    { request, bill, fee, worth, count, manifestId, headers }: Report,
  ): Promise<void> {
    const previous = before?.lastUpdate ?? state.lastUpdate;
    const data: SignedTicketRecord = {
      session_id: state.stateId,
      session_status: before === undefined ? "new" : "continuing",
      app: state.app,
      pipeline: pipelines[state.type],
      request_id: headers.get("x-request-id") ?? toHex(this.#deps.random.bytes(4)).slice(2),
      orch_address: checksumAddress(state.orchestrator),
      orch_url: request.orchestrator.transcoder,
      manifest_id: manifestId,
      pm_session_id: state.pmSessionId,
      current_time: new Date(state.lastUpdate).toISOString(),
      current_time_unix: String(state.lastUpdate),
      previous_time: new Date(previous).toISOString(),
      previous_time_unix: String(previous),
      billable_secs: formatDecimal(bill.seconds, 3),
      pixels: String(bill.units),
      session_balance: formatRational(state.balance),
      computed_fee: floorRational(fee).toString(),
      cost: formatDecimal(worth, 10),
      sequence_number: String(state.sequenceNumber),
      num_tickets: String(count),
      auth_id: state.authId,
    };
    this.#deps.logger.info("payment signed", { session: state.stateId, tickets: count, orchestrator: data.orch_url });
    try {
      await this.#deps.events.emit({ type: "create_signed_ticket", subject: state.stateId, data });
    } catch (cause) {
      throw new SignerRefusal(500, `the use could not be recorded: ${errorText(cause)}`, { cause });
    }
  }
}

/** The lower of two ceilings, 0 and undefined = any. */
function lower(own: bigint, given: bigint | undefined): bigint {
  if (given === undefined || given === 0n) return own;
  return own === 0n || given < own ? given : own;
}

type Costs = {
  readonly params: OfferedTicketParams;
  readonly fee: Rational;
  readonly ticketEv: Rational;
  readonly sessionPrice: Rational;
};

type Report = {
  readonly request: PaymentRequest;
  readonly bill: Bill;
  readonly fee: Rational;
  readonly worth: Rational;
  readonly count: number;
  readonly manifestId: string;
  readonly headers: Headers;
};

function offerOf(orchestrator: OrchestratorInfo): { params: OfferedTicketParams; price: Rational } {
  const { priceInfo, ticketParams } = orchestrator;
  if (priceInfo === undefined || priceInfo.pixelsPerUnit <= 0n || priceInfo.pricePerUnit <= 0n)
    throw new SignerRefusal(400, signerRefusals.missingPrice);
  if (ticketParams === undefined) throw new SignerRefusal(400, signerRefusals.missingTicketParams);
  return {
    params: ticketParamsFromWire(ticketParams),
    price: rational(priceInfo.pricePerUnit, priceInfo.pixelsPerUnit),
  };
}

function refresh(orchestrator: OrchestratorInfo, why: string): SignerRefusal {
  return new SignerRefusal(signerStatus.refreshSession, `refresh session: ${why}`, {
    headers: { [orchestratorUrlHeader]: orchestrator.transcoder.replace(/[^\x21-\x7e]/g, "") },
  });
}
