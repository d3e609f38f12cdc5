import {
  type Clock,
  compareRational,
  type Logger,
  LpError,
  type Random,
  type Rational,
  rationalToNumber,
  toAddress,
  toHex,
} from "@livepeer-ts/kernel";
import type { Discovery } from "../discovery/discover.ts";
import { type Trust, trustOf } from "../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../ports/payment-sender.ts";
import type { SelectionCandidate, SelectionRecord } from "../records/segment-record.ts";
import type { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { computeFactsOf } from "../wire/compute-facts-field.ts";
import type { AuthToken } from "../wire/net_pb.gen.ts";
import { type OrchestratorSession, orchestratorAddress, priceText } from "./orchestrator-session.ts";
import { anyPlace, isPreferred, type PlaceRules, placeRefusal } from "./place-rules.ts";
import type { ScoreFilter } from "./score-filter.ts";
import { drawIndex, type SelectionWeights, selectionProbabilities } from "./selection.ts";

export type SessionPoolOptions = {
  readonly weights: SelectionWeights;
  /** Highest price per pixel that is drawn; undefined = any (`-maxPricePerUnit`). */
  readonly maxPrice: () => Rational | undefined;
  /** Draw from all when the price filter leaves nobody (`-ignoreMaxPriceIfNeeded`). */
  readonly ignoreMaxPriceIfNeeded: boolean;
  /** Segments a stream stays with one orchestrator before the next draw; 0 = as long as it is quick enough (`-redrawSegments`). */
  readonly redrawSegments: number;
  /** A session with this latency score or below is quick enough. Default 1. */
  readonly latencyThreshold: number;
  /** A slow session is drawn again when its score is older than this, ms. Default 30000. */
  readonly slowRetryMs: number;
  /**
   * Segments on their way to one orchestrator at once; further ones wait in the gateway, where no timer runs. One while its
   * speed is unknown or `slowRoundTripMs` was passed: a queue there would use up the next segment's time. Default 2.
   */
  readonly maxInFlight: number;
  /** Half the time that a result may take, ms. Default 4000. */
  readonly slowRoundTripMs: number;
  /** Sessions the pool wants to hold. Default 8. */
  readonly poolSize: number;
  /** Ms between looks for orchestrators while one of them is suspended. Default 5000. */
  readonly lostRefreshMs: number;
  /** Ms between looks for newcomers otherwise. Default 60000. */
  readonly idleRefreshMs: number;
  /** Where the work must or should be done. Default: anywhere. */
  readonly place: PlaceRules;
};

export const defaultSessionPoolOptions: Omit<SessionPoolOptions, "weights"> = {
  maxPrice: () => undefined,
  ignoreMaxPriceIfNeeded: false,
  redrawSegments: 0,
  latencyThreshold: 1,
  slowRetryMs: 30_000,
  maxInFlight: 2,
  slowRoundTripMs: 4000,
  poolSize: 8,
  lostRefreshMs: 5000,
  idleRefreshMs: 60_000,
  place: anyPlace,
};

export type SessionPoolDeps = {
  readonly discover: (signal: AbortSignal) => Promise<Discovery>;
  readonly payments: PaymentSender;
  /** Shared by all streams of the gateway. */
  readonly pulse: OrchestratorPulse;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Absent: nobody is left out for a low score. */
  readonly scores?: ScoreFilter | undefined;
};

export type Selected = { readonly session: OrchestratorSession; readonly record: SelectionRecord };

/** Nobody can be used now. `isBusy`: somebody could who is full; `whenFree` tells when to ask again. */
export type NotSelected = {
  readonly session: undefined;
  readonly isBusy: boolean;
  readonly record: SelectionRecord;
};

type Want = {
  readonly manifestId: string;
  readonly seqNo: number;
  readonly attempt: number;
  readonly durationMs: number;
  /** An answer that takes longer is late, ms. */
  readonly lateMs: number;
  /** The stream is verified: trusted ones are the better help for a late segment. */
  readonly isVerified?: boolean;
};

/** Whose result is worth what: the one that is known to be good, and whether it is asked alone this time. */
export type VerificationWant = { readonly verifiedUri: string | undefined; readonly isDue: () => boolean };

/** Untrusted orchestrators that get a segment which is to be verified, beside one trusted one. */
const untrustedCopies = 2;

const shortSegmentMs = 1500;
/** After the first segment that was called off there, ms; doubles with each further one. */
const firstLateRetryMs = 4000;

/** The orchestrators one stream works with: who is there, who is next, who is left alone for a while. */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #deps: SessionPoolDeps;
  readonly #sessions = new Map<string, OrchestratorSession>();
  /** Refresh count up to which an orchestrator is only used when nobody else is there. */
  readonly #suspended = new Map<string, number>();
  #waiting: (() => void)[] = [];
  #leftOut: Discovery["leftOut"] = [];
  /** Who got the last segment, of the trusted and of the untrusted ones. */
  readonly #last = new Map<Trust, OrchestratorSession>();
  /** Why each could not be used at the last choice that came to nothing. */
  readonly #notUsed = new Map<string, string>();
  #refreshCount = 0;
  #refreshedAt = 0;
  #refreshing: Promise<void> | undefined;

  constructor(options: SessionPoolOptions, deps: SessionPoolDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get sessions(): readonly OrchestratorSession[] {
    return [...this.#sessions.values()];
  }

  /** Why nobody can be used: what the last look at the directory and the last choice found against them; empty when nothing. */
  get whyNobody(): string {
    const here = [...this.#notUsed]
      .filter(([uri]) => this.#sessions.has(uri))
      .map(([uri, reason]) => ({ uri, reason }));
    return [...this.#leftOut, ...here].map(({ uri, reason }) => `${uri}: ${reason}`).join("; ");
  }

  /** True when it is time to ask the directory again: too few sessions, someone to win back, or a while has passed. */
  get wantsRefresh(): boolean {
    const { poolSize, lostRefreshMs, idleRefreshMs } = this.#options;
    if (this.#available().length < Math.ceil(Math.min(poolSize, this.#sessions.size + this.#suspended.size) / 2))
      return true;
    const age = this.#deps.clock.mono() - this.#refreshedAt;
    return age > (this.#suspended.size > 0 ? lostRefreshMs : idleRefreshMs);
  }

  /** Asks the directory again; concurrent calls share one round. */
  refresh(signal: AbortSignal): Promise<void> {
    this.#refreshing ??= this.#refresh(signal).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * The next orchestrator for a segment, with the reason: an untrusted one while one can be used, else a trusted one. Call `begin`
   * in the same turn: that is what makes it full.
   */
  select(want: Want, exclude: ReadonlySet<string>): Selected | NotSelected {
    if (!this.#has("untrusted")) return this.#selectOf("trusted", want, exclude);
    const untrusted = this.#selectOf("untrusted", want, exclude);
    const isWorking = untrusted.session !== undefined && !this.#isStuck(untrusted.session, want.lateMs);
    if (isWorking || !this.#has("trusted")) return untrusted;
    const trusted = this.#selectOf("trusted", want, exclude);
    if (trusted.session !== undefined) return trusted;
    return untrusted.session !== undefined ? untrusted : { ...trusted, isBusy: trusted.isBusy || untrusted.isBusy };
  }

  /**
   * Who gets a segment of a stream that is verified: the verified orchestrator alone, or a trusted one and up to two untrusted
   * ones, as far as they are there. Call `begin` for each in the same turn.
   */
  selectCopies(
    want: Want,
    exclude: ReadonlySet<string>,
    { verifiedUri, isDue }: VerificationWant,
  ): readonly [Selected, ...Selected[]] | NotSelected {
    const first = this.#verified(want, exclude, verifiedUri) ?? this.#selectOf("untrusted", want, exclude);
    if (first.session !== undefined && first.session.uri === verifiedUri && !isDue()) return [first];
    const trusted = this.#selectOf("trusted", want, exclude);
    if (first.session === undefined) {
      return trusted.session === undefined ? { ...trusted, isBusy: trusted.isBusy || first.isBusy } : [trusted];
    }
    const copies: [Selected, ...Selected[]] = [asCopy(first, "untrusted")];
    if (trusted.session === undefined) return [first]; // nobody to compare with
    copies.unshift(asCopy(trusted, "trusted"));
    const taken = new Set([...exclude, first.session.uri]);
    while (copies.length <= untrustedCopies) {
      const next = this.#selectOf("untrusted", want, taken);
      if (next.session === undefined || this.#isStuck(next.session, want.lateMs)) break;
      taken.add(next.session.uri);
      copies.push(asCopy(next, "untrusted"));
    }
    return copies;
  }

  /** The verified one while it can be used and is quick enough. */
  #verified(want: Want, exclude: ReadonlySet<string>, uri: string | undefined): Selected | undefined {
    const { drawn, excluded } = this.#filter("untrusted", want, exclude);
    const session = drawn.find((candidate) => candidate.uri === uri);
    if (session === undefined || session.latencyScore > this.#options.latencyThreshold) return undefined;
    if (this.#isStuck(session, want.lateMs)) return undefined;
    return this.#chosen(want, session, "verified", this.#candidates(exclude, excluded));
  }

  #has(trust: Trust): boolean {
    return this.sessions.some((session) => trustOf(session.entry) === trust);
  }

  #selectOf(trust: Trust, want: Want, exclude: ReadonlySet<string>): Selected | NotSelected {
    const reuse = this.#reusable(trust, want, exclude);
    if (reuse !== undefined) return this.#chosen(want, reuse, "reuse", this.#candidates(exclude, new Map()));
    const { drawn: fit, excluded, isBusy } = this.#filter(trust, want, exclude);
    const drawn = this.#preferred(fit, excluded);
    if (drawn.length === 0) {
      for (const [uri, why] of excluded) if (why !== `not ${trust}`) this.#notUsed.set(uri, why);
      const record = this.#record(want, undefined, "none", this.#candidates(exclude, excluded));
      return { session: undefined, isBusy, record };
    }
    const quickest = this.#quickestKnown(drawn);
    if (quickest !== undefined) return this.#chosen(want, quickest, "known", this.#candidates(exclude, excluded));
    const good = this.#goodEnough(drawn, excluded);
    const probabilities = selectionProbabilities(
      good.map((session) => ({
        stake: Number((session.entry.stakeWei ?? 0n) / 10n ** 13n),
        price: rationalToNumber(session.payment.price() ?? { num: 0n, den: 1n }),
      })),
      this.#options.weights,
    );
    const session = good[drawIndex(probabilities, this.#deps.random.unit())] as OrchestratorSession;
    session.sinceDraw = 0;
    const chances = new Map(good.map((candidate, i) => [candidate.uri, probabilities[i] as number]));
    return this.#chosen(
      want,
      session,
      good.length === 1 ? "only" : "draw",
      this.#candidates(exclude, excluded, chances),
    );
  }

  /**
   * Somebody for a segment that is late where it is: idle, not suspended, and not known to have been late itself a while ago. Undefined
   * when there is nobody. Call `begin` in the same turn.
   */
  selectHedge(want: Want, exclude: ReadonlySet<string>): Selected | undefined {
    return this.#selectHelper(want, exclude, (session) => session.inFlight.length === 0 && !this.#isSlow(session));
  }

  /** Somebody for a segment that nobody works on where it is: whoever works, also slowly. Otherwise as `selectHedge`. */
  selectRelief(want: Want, exclude: ReadonlySet<string>): Selected | undefined {
    return this.#selectHelper(want, exclude, (session) => !this.#isStuck(session, want.lateMs));
  }

  #selectHelper(
    want: Want,
    exclude: ReadonlySet<string>,
    isAble: (session: OrchestratorSession) => boolean,
  ): Selected | undefined {
    const { drawn, excluded } = this.#filter(undefined, want, exclude);
    const spare = this.#goodEnough(drawn, excluded).filter(
      (session) => isAble(session) && !this.#suspended.has(session.uri),
    );
    const trusted = want.isVerified === true ? spare.filter((session) => trustOf(session.entry) === "trusted") : [];
    const meant = trusted.length > 0 ? trusted : spare;
    // others may have stopped as well, and nobody knows it yet
    const alive = meant.filter((session) => this.#deps.pulse.isAlive(session.uri, want.lateMs));
    const helpers = alive.length > 0 ? alive : meant;
    const known = helpers.filter((session) => session.latencyScore > 0).sort((a, b) => a.latencyScore - b.latencyScore);
    const session = known[0] ?? helpers[Math.floor(this.#deps.random.unit() * helpers.length)];
    return session === undefined
      ? undefined
      : this.#chosen(want, session, "hedge", this.#candidates(exclude, excluded));
  }

  /** Resolves when a segment has come back, in the order of asking. Rejects with the signal's reason. */
  async whenFree(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      this.#waiting.push(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
    });
  }

  /** The segment is on its way. */
  begin(session: OrchestratorSession): number {
    const started = this.#deps.clock.mono();
    session.inFlight.push(started);
    this.#deps.pulse.begin(session.uri, started);
    session.sinceDraw++;
    this.#last.set(trustOf(session.entry) ?? "untrusted", session);
    return started;
  }

  /** The segment came back after `roundTripMs`. */
  complete(session: OrchestratorSession, started: number, durationMs: number): void {
    this.#leave(session, started, "answered");
    session.timesLate = 0;
    this.#score(session, started, durationMs);
  }

  #score(session: OrchestratorSession, started: number, durationMs: number): void {
    session.suspected = false;
    session.scoredAt = this.#deps.clock.mono();
    session.roundTripMs = session.scoredAt - started;
    session.latencyScore = session.roundTripMs / Math.max(shortSegmentMs, durationMs);
  }

  /** A segment is late there: it counts as slow for a while, unless the segment does come back soon. */
  suspect(session: OrchestratorSession): void {
    session.suspected = true;
    session.scoredAt = this.#deps.clock.mono();
    session.latencyScore = Math.max(session.latencyScore, this.#options.latencyThreshold * 1.01);
  }

  /** The segment was called off: another orchestrator was quicker, or this one answers nobody. */
  late(session: OrchestratorSession, started: number, durationMs: number): void {
    this.#leave(session, started, "missed");
    session.timesLate++;
    this.#score(session, started, durationMs);
    session.latencyScore = Math.max(session.latencyScore, this.#options.latencyThreshold * 1.01);
  }

  /** The segment failed without the orchestrator's fault. */
  release(session: OrchestratorSession, started: number): void {
    this.#leave(session, started, "failed");
  }

  /** The orchestrator failed, or answered nothing (`missed`): it is out of the pool and used only when nobody else is left for a while. */
  suspend(session: OrchestratorSession, started: number, outcome: "missed" | "failed" = "failed"): void {
    this.#leave(session, started, outcome);
    this.exclude(session);
  }

  /** What the orchestrator delivered is not what it should be: as after a failure. */
  exclude(session: OrchestratorSession): void {
    if (this.#sessions.get(session.uri) !== session) return; // suspended for another segment already
    this.#sessions.delete(session.uri);
    for (const [trust, last] of this.#last) if (last === session) this.#last.delete(trust);
    this.#suspended.set(session.uri, Math.max(this.#suspended.get(session.uri) ?? 0, this.#refreshCount) + 1);
  }

  /** True for a session that is out of the pool and has nothing under way any more: nobody will use it again. */
  isOver(session: OrchestratorSession): boolean {
    return this.#sessions.get(session.uri) !== session && session.inFlight.length === 0;
  }

  #leave(session: OrchestratorSession, started: number, outcome: "answered" | "missed" | "failed"): void {
    this.#deps.pulse.end(session.uri, started, outcome);
    const index = session.inFlight.indexOf(started);
    if (index >= 0) session.inFlight.splice(index, 1);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { found, leftOut } = await this.#deps.discover(signal);
    this.#leftOut = leftOut;
    this.#refreshCount++;
    this.#refreshedAt = this.#deps.clock.mono();
    for (const { entry, info } of found) {
      const penalty = this.#suspended.get(info.transcoder);
      if (penalty !== undefined && penalty < this.#refreshCount) this.#suspended.delete(info.transcoder);
      if (this.#sessions.has(info.transcoder) || info.authToken === undefined) continue;
      const payment = this.#deps.payments.session(info);
      this.#sessions.set(info.transcoder, {
        uri: info.transcoder,
        entry,
        payment,
        info,
        authToken: info.authToken as AuthToken,
        latencyScore: 0,
        scoredAt: 0,
        roundTripMs: undefined,
        inFlight: [],
        suspected: false,
        timesLate: 0,
        sinceDraw: 0,
        mismatches: 0,
      });
    }
  }

  /** Sessions that may be used: the unsuspended ones, or all of them when nobody else is left. */
  #available(): OrchestratorSession[] {
    const all = [...this.#sessions.values()];
    const free = all.filter((session) => !this.#suspended.has(session.uri));
    return free.length > 0 ? free : all;
  }

  #reusable(trust: Trust, want: Want, exclude: ReadonlySet<string>): OrchestratorSession | undefined {
    const last = this.#last.get(trust);
    if (last === undefined || exclude.has(last.uri) || this.#sessions.get(last.uri) !== last) return undefined;
    if (this.#isFull(last) || this.#deps.pulse.isSilent(last.uri, want.lateMs)) return undefined;
    const { redrawSegments, latencyThreshold } = this.#options;
    if (redrawSegments > 0 && last.sinceDraw >= redrawSegments) return undefined;
    const oldest = last.inFlight[0];
    if (oldest === undefined) return last.latencyScore > 0 && last.latencyScore <= latencyThreshold ? last : undefined;
    const allowedMs = want.durationMs <= 1000 ? shortSegmentMs : want.durationMs;
    return this.#deps.clock.mono() - oldest < allowedMs ? last : undefined;
  }

  /** The known session with the best score while it is quick enough; undefined = draw. */
  #quickestKnown(drawn: readonly OrchestratorSession[]): OrchestratorSession | undefined {
    if (this.#options.redrawSegments > 0) return undefined;
    const known = drawn.filter((session) => session.latencyScore > 0);
    const unknown = drawn.length - known.length;
    const best = [...known].sort((a, b) => a.latencyScore - b.latencyScore)[0];
    if (best === undefined) return undefined;
    return best.latencyScore > this.#options.latencyThreshold && unknown > 0 ? undefined : best;
  }

  /** Who can be used, of those with that trust or of all. */
  #filter(
    trust: Trust | undefined,
    want: Want,
    exclude: ReadonlySet<string>,
  ): {
    drawn: OrchestratorSession[];
    excluded: Map<string, string>;
    isBusy: boolean;
  } {
    const excluded = new Map<string, string>();
    const { redrawSegments } = this.#options;
    const maxPrice = this.#options.maxPrice(); // for every choice: an operator may change it
    const isMeant = (session: OrchestratorSession) => trust === undefined || trustOf(session.entry) === trust;
    const available = this.#available().filter((session) => !exclude.has(session.uri) && isMeant(session));
    for (const session of this.#sessions.values()) if (!isMeant(session)) excluded.set(session.uri, `not ${trust}`);
    for (const session of this.#sessions.values()) {
      if (this.#suspended.has(session.uri) && !available.includes(session))
        excluded.set(session.uri, "suspended after a failure");
    }
    const suitable = available.filter((session) => {
      const { place } = this.#options;
      const why = place === anyPlace ? undefined : placeRefusal(computeFactsOf(session.info), place);
      if (why !== undefined) excluded.set(session.uri, why);
      return why === undefined;
    });
    const affordable = suitable.filter((session) => {
      const price = session.payment.price();
      return maxPrice === undefined || price === undefined || compareRational(price, maxPrice) <= 0;
    });
    const priced = affordable.length > 0 || !this.#options.ignoreMaxPriceIfNeeded ? affordable : suitable;
    for (const session of suitable) if (!priced.includes(session)) excluded.set(session.uri, "price above the maximum");
    const free = priced.filter((session) => !this.#isFull(session));
    for (const session of priced)
      if (!free.includes(session))
        excluded.set(session.uri, `${session.inFlight.length} segments are on their way to it`);
    const isBusy = free.length < priced.length;
    // better wait for one that works than give more to one that does not answer
    const works = (session: OrchestratorSession) => !this.#isStuck(session, want.lateMs);
    if (!free.some(works) && priced.some(works)) return { drawn: [], excluded, isBusy };
    if (redrawSegments === 0) {
      const answering = free.filter((session) => !this.#deps.pulse.isSilent(session.uri, want.lateMs));
      for (const session of free) if (!answering.includes(session)) excluded.set(session.uri, "answers no stream");
      return { drawn: answering.length > 0 ? answering : free, excluded, isBusy };
    }
    const quick = free.filter((session) => !this.#isSlow(session) && works(session));
    if (quick.length === 0) return { drawn: free, excluded, isBusy };
    for (const session of free) if (!quick.includes(session)) excluded.set(session.uri, "slower than real time");
    return { drawn: quick, excluded, isBusy };
  }

  /** Those in a preferred region; all of them while nobody there is free. */
  #preferred(drawn: OrchestratorSession[], excluded: Map<string, string>): OrchestratorSession[] {
    const { place } = this.#options;
    if (place.preferredRegions.length === 0) return drawn;
    const near = drawn.filter((session) => isPreferred(computeFactsOf(session.info), place));
    if (near.length === 0) return drawn;
    for (const session of drawn)
      if (!near.includes(session)) excluded.set(session.uri, "outside the preferred regions");
    return near;
  }

  /** Those whose score suffices; all of them when nobody's does. */
  #goodEnough(drawn: OrchestratorSession[], excluded: Map<string, string>): OrchestratorSession[] {
    const { scores } = this.#deps;
    if (scores?.isActive !== true) return drawn;
    const good = drawn.filter((session) => {
      const account = orchestratorAddress(session);
      return account !== null && scores.isGoodEnough(toAddress(account));
    });
    if (good.length === 0) return drawn;
    for (const session of drawn)
      if (!good.includes(session)) excluded.set(session.uri, "performance score below the minimum");
    return good;
  }

  #isFull(session: OrchestratorSession): boolean {
    const { maxInFlight, slowRoundTripMs } = this.#options;
    const isQuick = session.roundTripMs !== undefined && session.roundTripMs <= slowRoundTripMs;
    return session.inFlight.length >= (isQuick ? maxInFlight : 1);
  }

  /** One that was called off gets another try soon, since nobody knows how long it would have taken; then less and less soon. */
  #isSlow(session: OrchestratorSession): boolean {
    const { latencyThreshold, slowRetryMs } = this.#options;
    const { timesLate } = session;
    const waitMs = timesLate === 0 ? slowRetryMs : Math.min(slowRetryMs, firstLateRetryMs * 2 ** (timesLate - 1));
    return session.latencyScore > latencyThreshold && this.#deps.clock.mono() - session.scoredAt < waitMs;
  }

  /** True while it answers no stream, or a segment given to it is older than three seconds or was late enough to be hedged. */
  #isStuck(session: OrchestratorSession, lateMs: number): boolean {
    if (this.#deps.pulse.isSilent(session.uri, lateMs)) return true;
    const oldest = session.inFlight[0];
    if (oldest === undefined) return false;
    return session.suspected || this.#deps.clock.mono() - oldest > 3000;
  }

  #candidates(
    exclude: ReadonlySet<string>,
    excluded: ReadonlyMap<string, string>,
    chances: ReadonlyMap<string, number> = new Map(),
  ): SelectionCandidate[] {
    return [...this.#sessions.values()].map((session) => ({
      uri: session.uri,
      orchestrator: orchestratorAddress(session),
      stakeWei: session.entry.stakeWei?.toString() ?? null,
      pricePerPixel: priceText(session.payment.price()),
      latencyScore: session.latencyScore > 0 ? session.latencyScore : null,
      probability: chances.get(session.uri) ?? null,
      excludedBy: exclude.has(session.uri) ? "already tried for this segment" : (excluded.get(session.uri) ?? null),
    }));
  }

  #chosen(
    want: Want,
    session: OrchestratorSession,
    rule: SelectionRecord["rule"],
    candidates: SelectionCandidate[],
  ): Selected {
    return { session, record: this.#record(want, session.uri, rule, candidates) };
  }

  #record(
    want: Want,
    chosen: string | undefined,
    rule: SelectionRecord["rule"],
    candidates: SelectionCandidate[],
  ): SelectionRecord {
    const { stake, price, random } = this.#options.weights;
    return {
      selectionId: toHex(this.#deps.random.bytes(16)).slice(2),
      manifestId: want.manifestId,
      seqNo: want.seqNo,
      attempt: want.attempt,
      rule,
      weights: { stake, price, random },
      candidates,
      chosen: chosen ?? null,
    };
  }
}

function asCopy({ session, record }: Selected, copyOf: Trust): Selected {
  return { session, record: { ...record, copyOf } };
}

/** What a stream gets when nobody can take its segment; `why` goes to the log. */
export function noSessionsError(why: string, cause?: LpError): LpError {
  return new LpError({
    code: "no_sessions",
    message: "No sessions available",
    details: { why },
    retryable: true,
    cause,
  });
}
