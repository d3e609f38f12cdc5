import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  outlasts,
  type Tasks,
  toHex,
} from "@livepeer-ts/kernel";
import type { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import { trustOf } from "../ports/orchestrator-directory.ts";
import type { OutgoingPayment } from "../ports/payment-sender.ts";
import { type AttemptRecord, calledOffCode, hedgeLostCode, orchestratorSilentCode } from "../records/segment-record.ts";
import type { FastVerificationRecord } from "../records/verification-record.ts";
import type { HedgeBudget } from "../segments/hedge-budget.ts";
import type { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { segmentRefusals } from "../wire/segment-wire.ts";
import type { CopyResult, FastVerification } from "./fast-verification.ts";
import { type OrchestratorSession, priceText } from "./orchestrator-session.ts";
import type { Delivery, SegmentJob, SegmentSender, SendOutcome } from "./segment-sender.ts";
import { noSessionsError, type Selected, type SessionPool } from "./session-pool.ts";
import type { StreamCensus } from "./stream-census.ts";

export type SegmentDeliveryOptions = {
  readonly manifestId: string;
  /** Tries of one segment on different orchestrators; a hedge is part of the try it helps. */
  readonly maxAttempts: number;
  /** Ms a segment waits for an orchestrator when nobody is there. */
  readonly waitMs: number;
  /** A second orchestrator gets the segment too when this share of its duration has passed without a result; 0 = never. */
  readonly hedgeAfter: number;
};

export type SegmentDeliveryDeps = {
  readonly sender: SegmentSender;
  readonly client: Pick<OrchestratorClient, "endSession">;
  readonly hedges: HedgeBudget;
  /** Undefined: the stream has none. */
  readonly verification?: FastVerification | undefined;
  readonly pulse: OrchestratorPulse;
  readonly clock: Clock;
  /** Owner of the stream. */
  readonly tasks: Tasks;
  readonly metrics: Metrics;
  readonly census: StreamCensus;
  readonly logger: Logger;
  readonly emit: (type: string, data: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Ends the stream for a reason. */
  readonly closeStream: (reason: string) => Promise<void>;
};

/** What was tried for one segment so far. */
export type Running = {
  readonly attempts: AttemptRecord[];
  readonly tried: Set<string>;
  /** Results that did not pass, at most one for each try. */
  readonly kept: Kept[];
  /** Aborts when nobody wants the result any more. */
  readonly unwanted?: AbortSignal;
};

type Kept = { readonly delivered: Delivered; readonly score: number; readonly error: LpError };

export type Delivered = {
  readonly delivery: Delivery;
  readonly orchestrator: string | null;
  readonly session: OrchestratorSession;
  readonly fastVerification?: FastVerificationRecord;
  /** Why nothing better is played. */
  readonly acceptedAfter?: string;
};

type AttemptOutcome =
  | ({ readonly ok: true } & Delivered)
  | { readonly ok: false; readonly error: LpError; readonly isFinal: boolean };

/** An attempt under way; `outcome` never rejects. */
type Attempt = {
  readonly uri: string;
  /** Monotonic. */
  readonly startedAt: number;
  readonly outcome: Promise<AttemptOutcome>;
  /** True once the orchestrator has taken the segment over. */
  readonly isTaken: () => boolean;
  readonly callOff: (reason: LpError) => void;
};

/** The best of more results than this that did not pass is played, as in the protocol's gateways: all may be misjudged. */
const verifyRetries = 2;
const retryPauseMs = 250;
const endSessionMs = 2500;
/** No hedge before this, however short the segment: below, the way there and back is most of the time, ms. */
const minHedgeMs = 500;
/** Looks whether anybody works on a late segment, in the time after which it is late: seen too often, who is slow would seem silent. */
const looksPerDeadline = 3;
/** Looks for somebody who could help, between two of those. */
const searchesPerLook = 4;
/** A segment that is not taken after this many times what its orchestrator needed for the one before is not worked on. */
const takenFactor = 3;

function hedgeLost(): LpError {
  return new LpError({
    code: hedgeLostCode,
    message: "another orchestrator delivered the segment first",
    retryable: true,
  });
}

function calledOff(): LpError {
  return new LpError({ code: calledOffCode, message: "the client has gone: nobody waits for the renditions" });
}

const tokenRefusals: ReadonlySet<string> = new Set([
  segmentRefusals.invalidToken.text,
  segmentRefusals.expiredToken.text,
  segmentRefusals.missingToken.text,
]);

/** Codes of errors that say no more than that nobody answered. */
const silentCodes: ReadonlySet<string> = new Set(["timeout", "net_dial"]);

/** Refused before segment and payment were looked at, because of the session's token. */
function isTokenRefused(error: LpError): boolean {
  return tokenRefusals.has(error.message);
}

function orchestratorSilent(uri: string, lateMs: number): LpError {
  return new LpError({
    code: orchestratorSilentCode,
    message: `${uri} has answered no stream for ${lateMs} ms: its segments go to others`,
    retryable: true,
  });
}

/** Brings segments of one stream to orchestrators until one delivers. */
export class SegmentDelivery {
  readonly #options: SegmentDeliveryOptions;
  readonly #deps: SegmentDeliveryDeps;

  constructor(options: SegmentDeliveryOptions, deps: SegmentDeliveryDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Tries orchestrators until one delivers; rejects with the last error when none does. */
  async deliver(pool: SessionPool, job: SegmentJob, running: Running): Promise<Delivered> {
    const { maxAttempts, waitMs } = this.#options;
    const { clock, tasks } = this.#deps;
    this.#deps.hedges.segment();
    let giveUpAt: number | undefined;
    let lookedAt = 0;
    let lastError: LpError | undefined;
    let attempt = 0;
    while (attempt < maxAttempts) {
      if (running.unwanted?.aborted === true) throw calledOff();
      const selected = this.#select(pool, job, running, attempt);
      if ("session" in selected) {
        if (selected.isBusy) {
          await pool.whenFree(tasks.signal);
          continue;
        }
        giveUpAt ??= clock.mono() + waitMs;
        // whoever failed is followed by a look for others, however short the wait
        if (clock.mono() >= giveUpAt && lookedAt === attempt) {
          await this.#deps.emit("segment.selection", selected.record);
          break;
        }
        // a second look at those who must not be used finds the same, unless one of them failed before
        const isVain = pool.size > 0 && running.tried.size === 0;
        lookedAt = attempt;
        await this.#refresh(pool);
        running.tried.clear(); // those who failed may have come back
        if (pool.size === 0 || isVain) await clock.sleep(retryPauseMs, tasks.signal);
        continue;
      }
      const outcome = await this.#attemptAll(pool, selected, job, running, attempt);
      if (outcome.ok) return outcome;
      lastError = outcome.error;
      if (outcome.isFinal) throw outcome.error;
      // nobody tried where nobody worked on it
      if (outcome.error.code !== orchestratorSilentCode) attempt++;
    }
    const best =
      running.kept.length > verifyRetries ? running.kept.toSorted((a, b) => b.score - a.score)[0] : undefined;
    if (best !== undefined) {
      const { manifestId } = this.#options;
      const reason = best.error.message;
      this.#deps.logger.warn("no result passed: the best is played", { manifestId, seqNo: job.segment.seqNo, reason });
      return { ...best.delivered, acceptedAfter: reason };
    }
    if (attempt < maxAttempts) throw noSessionsError(pool.whyNobody, lastError);
    throw new LpError({
      code: "attempts_exhausted",
      message: `hit max transcode attempts: ${lastError?.message}`,
      cause: lastError,
    });
  }

  /** Tells an orchestrator that a session is over: it counts sessions against its capacity until they end. */
  leave(session: OrchestratorSession, signal: AbortSignal): Promise<void> {
    return this.#deps.client.endSession(session.uri, session.authToken, endSessionMs, signal);
  }

  #want(job: SegmentJob, attempt: number) {
    const { seqNo, durationMs } = job.segment;
    const isVerified = this.#deps.verification !== undefined;
    // without hedging no answer is late
    const lateMs = this.#options.hedgeAfter > 0 ? this.#lateMs(job) : Number.POSITIVE_INFINITY;
    return { manifestId: this.#options.manifestId, seqNo, attempt, durationMs, lateMs, isVerified };
  }

  /** Who gets the segment now: one, or several whose results are compared. */
  #select(pool: SessionPool, job: SegmentJob, running: Running, attempt: number) {
    const want = this.#want(job, attempt);
    const { verification } = this.#deps;
    if (verification === undefined) {
      const selected = pool.select(want, running.tried);
      return selected.session === undefined ? selected : ([selected] as const);
    }
    const { verifiedUri } = verification;
    return pool.selectCopies(want, running.tried, { verifiedUri, isDue: () => verification.isDue() });
  }

  async #attemptAll(
    pool: SessionPool,
    copies: readonly [Selected, ...Selected[]],
    job: SegmentJob,
    running: Running,
    attempt: number,
  ): Promise<AttemptOutcome> {
    const { verification } = this.#deps;
    if (verification === undefined) return this.#attemptHedged(pool, copies[0], job, running, attempt);
    if (copies.length > 1) return this.#attemptCopies(verification, pool, copies, job, running);
    const outcome = await this.#attemptHedged(pool, copies[0], job, running, attempt);
    if (!outcome.ok) return outcome;
    const { session } = outcome;
    return { ...outcome, fastVerification: verification.alone(session.uri, trustOf(session.entry) === "trusted") };
  }

  /**
   * Several orchestrators get the segment and their results are compared. All are awaited for as long as the segment lasts; then
   * those who are late are called off as soon as the trusted one has delivered, or another while it takes twice as long.
   */
  async #attemptCopies(
    verification: FastVerification,
    pool: SessionPool,
    copies: readonly Selected[],
    job: SegmentJob,
    running: Running,
  ): Promise<AttemptOutcome> {
    const { clock, tasks } = this.#deps;
    type Arrived = { readonly session: OrchestratorSession; readonly outcome: AttemptOutcome };
    const arrived: Arrived[] = [];
    let anyDelivered = () => {};
    const delivered = new Promise<void>((resolve) => {
      anyDelivered = resolve;
    });
    const attempts = copies.map((selected) => {
      const attempt = this.#start(pool, selected, job, running);
      const settled = attempt.outcome.then((outcome) => {
        arrived.push({ session: selected.session, outcome });
        if (outcome.ok) anyDelivered();
      });
      const isTrusted = trustOf(selected.session.entry) === "trusted";
      return { settled, callOff: attempt.callOff, isTrusted };
    });
    const all = Promise.all(attempts.map(({ settled }) => settled));
    const waitMs = Math.max(this.#lateMs(job), job.segment.durationMs);
    if (await outlasts(all, waitMs, clock, tasks.signal)) {
      await Promise.race([all, delivered]);
      // an untrusted result alone says little: the trusted one gets as long again
      const trusted = attempts.find(({ isTrusted }) => isTrusted)?.settled ?? all;
      await outlasts(Promise.race([all, trusted]), waitMs, clock, tasks.signal);
      for (const { callOff } of attempts) callOff(hedgeLost());
    }
    await all;
    const results = arrived.flatMap(({ session, outcome }): (CopyResult & { readonly outcome: Delivered })[] =>
      outcome.ok ? [{ session, delivery: outcome.delivery, outcome }] : [],
    );
    const failures = arrived.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome]));
    if (results.length === 0) {
      return (failures.find(({ isFinal }) => isFinal) ?? failures.at(-1)) as AttemptOutcome;
    }
    const isTrusted = ({ session }: CopyResult) => trustOf(session.entry) === "trusted";
    const untrusted = results.filter((result) => !isTrusted(result));
    const verdict = verification.judge(job, results.find(isTrusted), untrusted);
    for (const session of verdict.suspended) {
      pool.exclude(session);
      if (pool.isOver(session)) this.#deps.tasks.spawn("leave session", (stop) => this.leave(session, stop));
    }
    if (verdict.suspended.length > 0) tasks.spawn("refresh pool", (signal) => pool.refresh(signal));
    const used = results.find(({ session }) => session === verdict.used.session) as (typeof results)[number];
    const verified = used.outcome.delivery.verified || verdict.isVerified;
    const delivery = { ...used.outcome.delivery, verified };
    return { ok: true, ...used.outcome, delivery, fastVerification: verdict.record };
  }

  /** Time after which a segment without a result is late, ms. */
  #lateMs(job: SegmentJob): number {
    return Math.max(minHedgeMs, this.#options.hedgeAfter * job.segment.durationMs);
  }

  #refresh(pool: SessionPool): Promise<void> {
    const { manifestId } = this.#options;
    return pool
      .refresh(this.#deps.tasks.signal)
      .catch((error: unknown) => this.#deps.logger.warn("discovery failed", { manifestId, error: errorText(error) }));
  }

  /**
   * One try. When it is late and the budget allows it, a second orchestrator gets the segment too and the quicker one counts; a hedge is
   * not hedged. Whoever does not work on it is called off, and the next one gets it in its place.
   */
  async #attemptHedged(
    pool: SessionPool,
    selected: Selected,
    job: SegmentJob,
    running: Running,
    attempt: number,
  ): Promise<AttemptOutcome> {
    const first = this.#start(pool, selected, job, running);
    if (this.#options.hedgeAfter <= 0) return first.outcome;
    const { clock, hedges, metrics, tasks } = this.#deps;
    const lateMs = this.#lateMs(job);
    const lookMs = lateMs / looksPerDeadline;
    const untakenMs = lookMs / 2;
    const others = new Set([...running.tried, selected.session.uri]);
    const underWay = [first];
    const hedged: Attempt[] = [];
    const end = (outcome: AttemptOutcome, by: Attempt): AttemptOutcome => {
      for (const hedge of hedged) this.#countHedge(outcome.ok && hedge === by ? "won" : "lost");
      return outcome;
    };
    // who gets it after another one is looked at sooner: it is late already
    const isFirst = running.attempts.length === 0;
    let waitMs = isFirst ? lateMs : untakenMs;
    let isRefused = false;
    // what cannot be helped now may be a moment later
    for (let searches = isFirst ? 0 : searchesPerLook / 2; ; searches++, waitMs = lookMs / searchesPerLook) {
      const next = Promise.race(underWay.map((one) => one.outcome.then((outcome) => ({ one, outcome }))));
      if (!(await outlasts(next, waitMs, clock, tasks.signal))) {
        const { one, outcome } = await next;
        underWay.splice(underWay.indexOf(one), 1);
        if (underWay.length > 0 && !outcome.ok && !outcome.isFinal) continue;
        // without this the losers work on, and are paid for the next segment as if they had been quick
        for (const other of underWay) other.callOff(hedgeLost());
        await Promise.all(underWay.map((other) => other.outcome));
        return end(outcome, one);
      }
      const want = this.#want(job, attempt);
      const untaken = underWay.find((one) => this.#isUntaken(one, untakenMs));
      const spare =
        (untaken === undefined ? undefined : pool.selectRelief(want, others)) ?? pool.selectHedge(want, others);
      if (spare === undefined) continue;
      const isLook = searches % searchesPerLook === 0;
      const idle = untaken ?? underWay.find((one) => isLook && this.#isSilent(one, spare.session, lateMs));
      if (idle !== undefined) {
        // no hedge: nobody works on it any more
        metrics.count("livepeer_segments_moved_total");
        idle.callOff(orchestratorSilent(idle.uri, lateMs));
        if (underWay.length === 1) return end(await idle.outcome, idle);
      } else if (underWay.length > 1 || clock.mono() - first.startedAt < lateMs) continue;
      else if (!hedges.take()) {
        if (!isRefused) this.#countHedge("refused");
        isRefused = true;
        continue;
      }
      others.add(spare.session.uri);
      const helper = this.#start(pool, spare, job, running);
      if (idle === undefined) {
        pool.suspect(selected.session); // the next segment need not find out by itself
        hedged.push(helper);
      }
      underWay.push(helper);
    }
  }

  #countHedge(result: "won" | "lost" | "refused"): void {
    this.#deps.metrics.count("livepeer_hedges_total", { result });
  }

  /** True when its orchestrator answers no stream while the other one does. */
  #isSilent(one: Attempt, spare: OrchestratorSession, lateMs: number): boolean {
    const { pulse } = this.#deps;
    return pulse.isSilent(one.uri, lateMs) && pulse.isAlive(spare.uri, lateMs);
  }

  /** True when its orchestrator has not even taken it for `ms` at least, although it took the one before quickly. */
  #isUntaken(one: Attempt, ms: number): boolean {
    const { clock, pulse } = this.#deps;
    const takenMs = pulse.takenMs(one.uri);
    return (
      !one.isTaken() && takenMs !== undefined && Math.max(ms, takenMs * takenFactor) <= clock.mono() - one.startedAt
    );
  }

  #start(pool: SessionPool, selected: Selected, job: SegmentJob, running: Running): Attempt {
    const race = new AbortController();
    const onStop = () => race.abort(this.#deps.tasks.signal.reason);
    const { unwanted } = running;
    const onUnwanted = () => race.abort(calledOff());
    if (this.#deps.tasks.signal.aborted) onStop();
    else this.#deps.tasks.signal.addEventListener("abort", onStop, { once: true });
    if (unwanted?.aborted === true) onUnwanted();
    else unwanted?.addEventListener("abort", onUnwanted, { once: true });
    let isTaken = false;
    const startedAt = this.#deps.clock.mono();
    const onTaken = () => {
      isTaken = true;
      this.#deps.pulse.taken(selected.session.uri, this.#deps.clock.mono() - startedAt);
    };
    const outcome = this.#attempt(pool, selected, job, running, onTaken, race.signal).finally(() => {
      this.#deps.tasks.signal.removeEventListener("abort", onStop);
      unwanted?.removeEventListener("abort", onUnwanted);
    });
    const { uri } = selected.session;
    return { uri, startedAt, outcome, isTaken: () => isTaken, callOff: (reason) => race.abort(reason) };
  }

  async #attempt(
    pool: SessionPool,
    { session, record }: Selected,
    job: SegmentJob,
    running: Running,
    onTaken: () => void,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const started = pool.begin(session);
    const { census } = this.#deps;
    // neither a hedge nor a copy is a change of the orchestrator
    census.attempt(session.uri, record.attempt, record.rule === "hedge" || record.copyOf !== undefined);
    await this.#deps.emit("segment.selection", record);
    let outcome = await this.#deps.sender.send(job, session, record.selectionId, signal, { census, onTaken });
    if (!outcome.ok && isTokenRefused(outcome.error)) {
      // it was started again since it gave the token, and may be as good as before
      running.attempts.push(outcome.attempt);
      await this.#emitTickets(job, session, outcome.payment);
      outcome = await this.#deps.sender.send(job, session, record.selectionId, signal, { anew: true, census, onTaken });
    }
    const settled = await this.#settle(pool, session, started, job, running, outcome);
    if (pool.isOver(session)) this.#deps.tasks.spawn("leave session", (stop) => this.leave(session, stop));
    return settled;
  }

  async #settle(
    pool: SessionPool,
    session: OrchestratorSession,
    started: number,
    job: SegmentJob,
    running: Running,
    outcome: SendOutcome,
  ): Promise<AttemptOutcome> {
    running.attempts.push(outcome.attempt);
    running.tried.add(session.uri);
    await this.#emitTickets(job, session, outcome.payment);
    if (outcome.ok) {
      pool.complete(session, started, job.segment.durationMs);
      return { ok: true, delivery: outcome.delivery, orchestrator: outcome.attempt.orchestrator, session };
    }
    const { error } = outcome;
    if (error.code === calledOffCode) {
      pool.release(session, started);
      return { ok: false, error, isFinal: true };
    }
    if (outcome.kept !== undefined) {
      const { delivery, score } = outcome.kept;
      const delivered = { delivery, orchestrator: outcome.attempt.orchestrator, session };
      running.kept.push({ delivered, score, error });
    }
    if (error.code === hedgeLostCode || error.code === orchestratorSilentCode) {
      pool.late(session, started, job.segment.durationMs);
      return { ok: false, error, isFinal: false };
    }
    this.#deps.logger.warn("attempt failed", {
      manifestId: this.#options.manifestId,
      seqNo: job.segment.seqNo,
      orchSessionId: session.authToken.sessionId,
      ethAddress: outcome.attempt.orchestrator ?? undefined,
      orchestrator: session.uri,
      error: error.message,
    });
    if (outcome.blame === "orchestrator") {
      pool.suspend(session, started, silentCodes.has(error.code) ? "missed" : "failed");
      this.#deps.tasks.spawn("refresh pool", (signal) => pool.refresh(signal));
      return { ok: false, error, isFinal: false };
    }
    pool.release(session, started);
    if (outcome.blame === "store") return { ok: false, error, isFinal: false };
    if (outcome.blame === "sender") {
      await this.#deps.closeStream(
        `this gateway cannot pay for the stream (${error.message}): its operator must fund deposit and reserve`,
      );
    }
    return { ok: false, error, isFinal: true };
  }

  async #emitTickets(
    job: SegmentJob,
    session: OrchestratorSession,
    payment: OutgoingPayment | undefined,
  ): Promise<void> {
    const first = payment?.tickets[0];
    if (payment === undefined || first === undefined) return;
    const recipient = session.info.ticketParams?.recipient;
    await this.#deps.emit("tickets.sent", {
      manifestId: this.#options.manifestId,
      seqNo: job.segment.seqNo,
      recipient: recipient === undefined ? "" : toHex(recipient),
      ticketHashes: payment.tickets.map((ticket) => ticket.hash),
      faceValueWei: first.faceValueWei.toString(),
      winProb: first.winProb.toString(),
      expectedValueWei: `${payment.expectedValue.num}/${payment.expectedValue.den}`,
      uri: session.uri,
      pricePerPixel: priceText(session.payment.price()),
    });
  }
}
