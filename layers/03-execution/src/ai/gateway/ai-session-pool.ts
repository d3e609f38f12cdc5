import {
  type Clock,
  compareRational,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type Rational,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import type { DiscoveredOrchestrator, Discovery } from "../../discovery/discover.ts";
import type { SelectionWeights } from "../../gateway/selection.ts";
import type { PaymentSender } from "../../ports/payment-sender.ts";
import { type AiSession, modelAt } from "./ai-session.ts";
import { failureRestMs } from "./failure-rest.ts";
import { FairQueue } from "./fair-queue.ts";
import { newLatencyScore, quickest } from "./quickest.ts";

export type AiSessionPoolOptions = {
  readonly capability: number;
  readonly pipeline: string;
  readonly modelId: string;
  readonly weights: SelectionWeights;
  /** Highest price per unit; undefined = any. */
  readonly maxPrice: () => Rational | undefined;
  /** Use somebody when the price leaves nobody (`-ignoreMaxPriceIfNeeded`). */
  readonly ignoreMaxPriceIfNeeded: boolean;
  /** Ms after which everybody is asked again. Default 600000. */
  readonly ttlMs: number;
  /** Ms after which a pool in use learns anew who is loaded and how much they take. Default 30000. */
  readonly freshMs: number;
  /** Jobs that may wait for a place at once. Default 2048. */
  readonly maxWaiting: number;
};

export type AiSessionPoolDeps = {
  readonly discover: (signal: AbortSignal) => Promise<Discovery>;
  readonly payments: PaymentSender;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tasks: TaskOwner;
};

/** A pool as it is now, for people. */
export type AiPoolState = {
  readonly capability: number;
  readonly modelId: string;
  /** When everybody was asked last, ms since 1970; undefined: never, or in vain. */
  readonly foundAt: number | undefined;
  readonly sessions: readonly (Pick<AiSession, "uri" | "isWarm" | "latencyScore" | "inFlight" | "failures"> & {
    /** It gets no job for a while. */
    readonly isResting: boolean;
  })[];
};

/** What a job asks for. */
export type AiPlaceWant = {
  /** Whose job it is: clients get places in turn. */
  readonly client: string;
  /** Who has failed this job already. */
  readonly exclude: ReadonlySet<string>;
  /** Told when it has to wait, with its turn among those that wait, 1 for the next, as it is when asked. */
  readonly onWait?: (position: () => number) => void;
};

type Waiting = AiPlaceWant & { readonly settle: (session: AiSession | undefined) => void };
type Choice = AiSession | "busy" | "none";

/** An orchestrator that was full is asked for more after this long, ms. */
const fullRestMs = 250;

/**
 * The orchestrators that can run one model: loaded ones before others, quick ones before slow ones. Gives out places and keeps to what
 * each of them takes at once; jobs beyond that wait, clients in turn.
 */
export class AiSessionPool {
  readonly #options: AiSessionPoolOptions;
  readonly #deps: AiSessionPoolDeps;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #sessions = new Map<string, AiSession>();
  readonly #queue = new FairQueue<Waiting>();
  #leftOut: Discovery["leftOut"] = [];
  #foundAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;

  constructor(options: AiSessionPoolOptions, deps: AiSessionPoolDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#labels = { pipeline: options.pipeline, model_name: options.modelId };
  }

  get sessions(): readonly AiSession[] {
    return [...this.#sessions.values()];
  }

  get pipeline(): string {
    return this.#options.pipeline;
  }

  get modelId(): string {
    return this.#options.modelId;
  }

  get state(): AiPoolState {
    const { capability, modelId } = this.#options;
    const { clock } = this.#deps;
    const now = clock.mono();
    const isFound = this.#foundAt !== Number.NEGATIVE_INFINITY;
    return {
      capability,
      modelId,
      foundAt: isFound ? clock.now() - (now - this.#foundAt) : undefined,
      sessions: this.sessions.map(({ uri, isWarm, latencyScore, inFlight, failures, restsUntil }) => ({
        ...{ uri, isWarm, latencyScore, inFlight, failures },
        isResting: restsUntil > now,
      })),
    };
  }

  /** Nothing is under way and nobody waits. */
  get isIdle(): boolean {
    return this.#queue.size === 0 && this.sessions.every(({ inFlight }) => inFlight === 0);
  }

  /** Why nobody can be used, as the last look at the directory and the rests say; empty when nothing is known. */
  get whyNobody(): string {
    const now = this.#deps.clock.mono();
    const resting = this.sessions.filter((session) => session.restsUntil > now);
    return [...this.#leftOut, ...resting.map(({ uri }) => ({ uri, reason: "it has failed a moment ago" }))]
      .map(({ uri, reason }) => `${uri}: ${reason}`)
      .join("; ");
  }

  /**
   * A place for a job, after a wait in turn when all are taken; undefined when nobody is left who could do it.
   * Rejects with `too_many_jobs` when too many wait, or with the signal's reason.
   */
  async acquire(want: AiPlaceWant, signal: AbortSignal): Promise<AiSession | undefined> {
    const age = this.#deps.clock.mono() - this.#foundAt;
    if (this.#sessions.size === 0 || age > this.#options.ttlMs) await this.#refresh();
    else if (age > this.#options.freshMs) this.#refreshInBackground();
    signal.throwIfAborted();
    if (this.#queue.size === 0) {
      const chosen = this.#choose(want.exclude);
      if (typeof chosen === "object") return this.#begin(chosen);
      if (chosen === "none") return undefined;
    }
    return this.#wait(want, signal);
  }

  /** Gives a place back after the job was done there, with what it took for one unit of work in seconds. */
  done(session: AiSession, secondsPerUnit: number | undefined): void {
    session.failures = 0;
    if (secondsPerUnit !== undefined) {
      session.latencyScore = newLatencyScore(session.latencyScore, secondsPerUnit);
    }
    this.#end(session);
  }

  /** Gives a place back that the orchestrator did not have after all: for a while it gets no more than it has now. */
  full(session: AiSession): void {
    this.#narrow(session);
    if (session.inFlight === 1) this.#rest(session, fullRestMs);
    this.#end(session);
  }

  /** Gives a place back where the job came to nothing. `isItsFault`: it gets no jobs for a while. */
  failed(session: AiSession, isItsFault: boolean): void {
    if (isItsFault) {
      this.#rest(session, failureRestMs(session.failures));
      session.failures++;
    }
    this.#end(session);
  }

  #wait(want: AiPlaceWant, signal: AbortSignal): Promise<AiSession | undefined> {
    const { maxWaiting } = this.#options;
    if (this.#queue.size >= maxWaiting) {
      throw new LpError({
        code: "too_many_jobs",
        message: `${maxWaiting} jobs wait for this model already: try again later`,
        retryable: true,
      });
    }
    const since = this.#deps.clock.mono();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        ...want,
        settle: (session) => {
          signal.removeEventListener("abort", onAbort);
          const seconds = (this.#deps.clock.mono() - since) / 1000;
          this.#deps.metrics.observe("livepeer_ai_queue_wait_seconds", seconds, this.#labels);
          resolve(session);
        },
      };
      const onAbort = () => {
        this.#queue.remove(want.client, waiting);
        this.#count();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(want.client, waiting);
      this.#count();
      want.onWait?.(() => this.#queue.positionOf(want.client, waiting) ?? 1);
      // whoever waits for places that nobody gives back asks again
      this.#serve();
    });
  }

  /** Gives free places to jobs that wait. */
  #serve(): void {
    const use = (waiting: Waiting): boolean => {
      const chosen = this.#choose(waiting.exclude);
      if (chosen === "busy") return false;
      waiting.settle(chosen === "none" ? undefined : this.#begin(chosen));
      return true;
    };
    while (this.#queue.size > 0 && this.#queue.take(use));
    this.#count();
  }

  #choose(exclude: ReadonlySet<string>): Choice {
    const now = this.#deps.clock.mono();
    const able = this.sessions.filter((session) => !exclude.has(session.uri));
    const priced = this.#affordable(able);
    if (priced.length === 0) return "none";
    const rested = priced.filter((session) => session.restsUntil <= now);
    const free = rested.filter((session) => session.inFlight < Math.min(session.capacity, session.room));
    if (free.length === 0) {
      const isBusy = priced.some((session) => session.failures === 0 || session.inFlight >= session.capacity);
      // with nobody but those that failed other jobs, the one that rested longest may try this one
      return isBusy ? "busy" : ([...priced].sort((a, b) => a.restsUntil - b.restsUntil)[0] as AiSession);
    }
    const warm = free.filter((session) => session.isWarm);
    return quickest(
      warm.length > 0 ? warm : free,
      ({ entry: { stakeWei }, payment, latencyScore, inFlight, capacity }) => ({
        ...{ stakeWei, latencyScore, inFlight, capacity },
        price: payment.price(),
      }),
      this.#options.weights,
      this.#deps.random,
    );
  }

  #affordable(sessions: readonly AiSession[]): readonly AiSession[] {
    const limit = this.#options.maxPrice();
    if (limit === undefined) return sessions;
    const fitting = sessions.filter((session) => {
      const price = session.payment.price();
      return price === undefined || compareRational(price, limit) <= 0;
    });
    return fitting.length === 0 && this.#options.ignoreMaxPriceIfNeeded ? sessions : fitting;
  }

  #begin(session: AiSession): AiSession {
    session.inFlight++;
    return session;
  }

  #end(session: AiSession): void {
    session.inFlight--;
    this.#serve();
  }

  #rest(session: AiSession, ms: number): void {
    const until = this.#deps.clock.mono() + ms;
    if (until <= session.restsUntil) return;
    session.restsUntil = until;
    this.#deps.tasks.spawn("rest is over", async (signal) => {
      await this.#deps.clock.sleep(ms, signal);
      if (session.restsUntil !== until) return;
      // a timer may be early by a fraction of what the clock shows
      session.restsUntil = 0;
      this.#serve();
    });
  }

  /** Keeps a session to the jobs that are there; then it gets one more, two more, four more, until it is full again or takes all it announces. */
  #narrow(session: AiSession): void {
    session.room = Math.max(1, session.inFlight - 1);
    const epoch = ++session.narrowings;
    this.#deps.tasks.spawn("more room", async (signal) => {
      for (let more = 1; session.room < session.capacity; more *= 2) {
        await this.#deps.clock.sleep(fullRestMs, signal);
        if (session.narrowings !== epoch) return;
        session.room += more;
        this.#serve();
      }
      session.room = Number.POSITIVE_INFINITY;
    });
  }

  #refreshInBackground(): void {
    if (this.#refreshing !== undefined) return;
    this.#deps.tasks.spawn("look for AI orchestrators", () => this.#refresh());
  }

  /** Asks the directory; concurrent calls share one round. Who is not found any more is left. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#find().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #find(): Promise<void> {
    const { clock, logger, tasks } = this.#deps;
    try {
      const { found, leftOut } = await this.#deps.discover(tasks.signal);
      this.#leftOut = leftOut;
      this.#foundAt = found.length === 0 ? Number.NEGATIVE_INFINITY : clock.mono();
      const seen = new Set<string>();
      for (const orchestrator of found) seen.add(this.#take(orchestrator));
      for (const [uri, session] of this.#sessions) {
        if (!seen.has(uri) && session.inFlight === 0) this.#sessions.delete(uri);
      }
      this.#deps.metrics.gauge("livepeer_ai_orchestrators_available_total", this.#sessions.size);
    } catch (error) {
      logger.warn("no look for AI orchestrators", { ...this.#labels, error: errorText(error) });
    }
    this.#serve();
  }

  #take({ entry, info }: DiscoveredOrchestrator): string {
    const uri = info.transcoder;
    const { capability, modelId } = this.#options;
    const model = modelAt(info, capability, modelId) ?? { isWarm: false, capacity: 1 };
    const known = this.#sessions.get(uri);
    if (known !== undefined) {
      known.isWarm = model.isWarm;
      known.capacity = model.capacity;
      return uri;
    }
    if (info.authToken === undefined) return uri;
    this.#sessions.set(uri, {
      uri,
      entry,
      payment: this.#deps.payments.session(info),
      info,
      authToken: info.authToken,
      ...model,
      inFlight: 0,
      latencyScore: 0,
      room: Number.POSITIVE_INFINITY,
      narrowings: 0,
      restsUntil: 0,
      failures: 0,
      renewal: undefined,
    });
    return uri;
  }

  #count(): void {
    const { metrics } = this.#deps;
    metrics.gauge("livepeer_ai_jobs_waiting", this.#queue.size, this.#labels);
    metrics.gauge("livepeer_ai_clients_waiting", this.#queue.clientCount, this.#labels);
  }
}
