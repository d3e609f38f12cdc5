import type { Clock, Metrics, Random, Tasks } from "@livepeer-ts/kernel";
import { base32 } from "../live-runner/base32.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import type { AppAnswer, AppCalls, BegunSession } from "./app-calls.ts";
import type { AppGatewayOptions } from "./app-gateway-options.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import type { ClientCall } from "./client-call.ts";
import type { PaidEnd } from "./runner-payment.ts";

export type AppSessionsDeps = {
  readonly calls: AppCalls;
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly metrics: Metrics;
};

type Session = {
  readonly id: string;
  readonly app: string;
  readonly begun: BegunSession;
  /** Calls that are under way. */
  calls: number;
  /** Monotonic time of the last call's end. */
  usedAt: number;
  readonly over: AbortController;
};

/** A session that is over. */
export type EndedSession = PaidEnd & {
  readonly app: string;
  /** What it cost; undefined where nothing is paid. */
  readonly feeWei: bigint | undefined;
};

const orchestratorGone = "session_gone";

/** The sessions that clients have through this gateway. Whoever knows a session's id may use it: ids cannot be guessed. */
export class AppSessions {
  readonly #options: AppGatewayOptions;
  readonly #deps: AppSessionsDeps;
  readonly #sessions = new Map<string, Session>();
  /** Why sessions ended; the oldest are forgotten. */
  readonly #ended = new Map<string, EndedSession>();
  #opening = 0;

  constructor(options: AppGatewayOptions, deps: AppSessionsDeps) {
    this.#options = options;
    this.#deps = deps;
    deps.clock.every(options.sweepMs, async () => this.#sweep(), deps.tasks);
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Begins a session; returns its id and the orchestrator. Rejects like `AppCalls.begin`, and with 503 when there are too many. */
  async open(app: string, signal: AbortSignal): Promise<{ readonly id: string; readonly uri: string }> {
    const { calls, random, clock } = this.#deps;
    if (this.#sessions.size + this.#opening >= this.#options.maxSessions) {
      throw new AiRefusal(
        503,
        "too_many_sessions",
        `${this.#options.maxSessions} sessions of apps are open here already: try again later`,
      );
    }
    const id = base32(random.bytes(16));
    this.#opening++;
    let early: PaidEnd | undefined;
    let session: Session | undefined;
    try {
      const onOver = (end: PaidEnd) => {
        if (session === undefined) early = end;
        else this.#end(session, end);
      };
      const begun = await calls.begin(app, onOver, signal);
      session = { id, app, begun, calls: 0, usedAt: clock.mono(), over: new AbortController() };
    } finally {
      this.#opening--;
    }
    this.#sessions.set(id, session);
    this.#count();
    if (early !== undefined) this.#end(session, early);
    // whoever has left will not stop it
    if (signal.aborted) this.#end(session, { reason: "stopped_by_client", why: "the client had gone" });
    signal.throwIfAborted();
    return { id, uri: session.begun.runner.entry.uri };
  }

  /** A call in a session. Rejects with 404 for one that is not there, with the reason of its end; else like a call without retries. */
  async call(app: string, id: string, rest: string, call: ClientCall): Promise<AppAnswer> {
    const session = this.#at(app, id);
    session.calls++;
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      session.calls--;
      session.usedAt = this.#deps.clock.mono();
    };
    try {
      return await this.#deps.calls.inSession(session.begun, rest, call, session.over.signal, done);
    } catch (error) {
      done();
      call.signal.throwIfAborted();
      throw this.#callFailure(session, error);
    }
  }

  /** Ends a session, or finds it ended. Rejects with 404 for one that is not known. */
  stop(app: string, id: string): EndedSession {
    const session = this.#sessions.get(id);
    if (session?.app === app) this.#end(session, { reason: "stopped_by_client", why: "the client stopped it" });
    const ended = this.#ended.get(id);
    if (ended?.app !== app) throw unknownSession(app);
    return ended;
  }

  /** Ends all of them here; their orchestrators are told by `AppCalls.stop`. */
  endAll(): void {
    for (const session of [...this.#sessions.values()])
      this.#finish(session, { reason: "gateway_stopping", why: "the gateway is stopped" });
  }

  #at(app: string, id: string): Session {
    const session = this.#sessions.get(id);
    if (session?.app === app) return session;
    const ended = this.#ended.get(id);
    if (ended?.app === app) throw sessionOver(ended);
    throw unknownSession(app);
  }

  #callFailure(session: Session, error: unknown): unknown {
    const ended = this.#ended.get(session.id);
    if (ended !== undefined) return sessionOver(ended);
    if (!(error instanceof AttemptFailure)) return error;
    if (error.isGone) {
      const end = { reason: error.reason ?? orchestratorGone, why: error.message };
      this.#end(session, end);
      return sessionOver(end);
    }
    return new AiRefusal(502, "app_failed", error.message, error);
  }

  #sweep(): void {
    const now = this.#deps.clock.mono();
    const { sessionIdleMs } = this.#options;
    for (const session of [...this.#sessions.values()]) {
      if (session.calls > 0 || now - session.usedAt < sessionIdleMs) continue;
      this.#end(session, { reason: "idle", why: `nobody used it for ${sessionIdleMs / 1000} s` });
    }
  }

  #end(session: Session, end: PaidEnd): void {
    this.#finish(session, end);
    this.#deps.calls.leave(session.begun);
  }

  #finish(session: Session, end: PaidEnd): void {
    if (!this.#sessions.delete(session.id)) return;
    const { payment } = session.begun;
    payment?.end();
    this.#ended.set(session.id, { ...end, app: session.app, feeWei: payment?.feeWei });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > this.#options.maxEnded && oldest !== undefined) this.#ended.delete(oldest);
    session.over.abort(sessionOver(end));
    this.#count();
  }

  #count(): void {
    this.#deps.metrics.gauge("livepeer_app_sessions", this.#sessions.size);
  }
}

function unknownSession(app: string): AiRefusal {
  const path = `/apps/${encodeURIComponent(app)}/session`;
  return new AiRefusal(404, "unknown_session", `there is no such session of "${app}": begin one with POST ${path}`);
}

/** What calls of an ended session hear; the reason goes into `Livepeer-Reason` too. */
function sessionOver({ reason, why }: PaidEnd): AiRefusal {
  const message = `the session has ended (${reason}): ${why}`;
  return new AiRefusal(404, "session_ended", message, new AttemptFailure({ message: why, reachedApp: true, reason }));
}
