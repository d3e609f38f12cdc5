import {
  type Clock,
  eitherSignal,
  errorText,
  type HttpResponse,
  type Logger,
  LpError,
  type Metrics,
  type Net,
  type Random,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { forwardedHeader } from "../wire/forwarded-request.ts";
import { relayed } from "../wire/relayed.ts";
import { targetUrl } from "../wire/target-url.ts";
import type { AppDirectory } from "./app-directory.ts";
import type { AppGatewayOptions } from "./app-gateway-options.ts";
import type { AppRunner } from "./app-runner.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import { ableRunners, chooseRunner, type RunnerWant, usableRunners, whyNobody } from "./choose-runner.ts";
import type { ClientCall } from "./client-call.ts";
import type { CallPayment, OpenedSession, RunnerAccess } from "./runner-access.ts";
import { appAnswer } from "./runner-answer.ts";
import type { PaidEnd, RunnerPayment } from "./runner-payment.ts";

export type AppCallsDeps = {
  readonly directory: AppDirectory;
  readonly access: RunnerAccess;
  /** Towards runners: connections that calls may keep for long. */
  readonly appNet: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** An answer that came. */
export type AppAnswer = {
  readonly http: HttpResponse;
  /** Orchestrator that it came through. */
  readonly uri: string;
  /** Undefined where nothing is paid. */
  readonly fee: CallFee | undefined;
};

/** What a call costs: known before the answer when it is a fixed price, else when the answer is over. */
export type CallFee = { readonly isFixed: boolean; readonly wei: () => bigint };

/** A session that was begun for a client. */
export type BegunSession = OpenedSession & { readonly runner: AppRunner };

const stopTries = 3;
const stopPauseMs = 1000;

/** Finds a runner for every call of an app and pays it; goes to another one when that fails and the call can be made again. */
export class AppCalls {
  readonly #options: AppGatewayOptions;
  readonly #deps: AppCallsDeps;
  /** Begun and not given back. */
  readonly #sessions = new Set<BegunSession>();
  #running = 0;
  /** No new calls and sessions; those in sessions that are there go on. */
  refusesNew = false;

  constructor(options: AppGatewayOptions, deps: AppCallsDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Calls that are under way, those in sessions too. */
  get running(): number {
    return this.#running;
  }

  /**
   * One call. Rejects with `AiRefusal`: 404 for an app that nobody offers; 503 when nobody has a place, all are too dear, or this gateway
   * cannot pay; 502 when those that were tried failed, or one did that may have seen the call.
   */
  async call(app: string, rest: string, call: ClientCall): Promise<AppAnswer> {
    return this.#counted(app, (done) =>
      this.#attempts({ app, isSession: false }, call.signal, call.mayRepeat, (runner) =>
        runner.listed.mode === "single-shot"
          ? this.#once(runner, rest, call, done)
          : this.#inOwnSession(runner, rest, call, done),
      ),
    );
  }

  /** Begins a session. Rejects like `call`, and with 400 for an app without sessions. `onOver`: payment has ended it. */
  begin(app: string, onOver: (end: PaidEnd) => void, signal: AbortSignal): Promise<BegunSession> {
    const mayRepeat = () => true;
    return this.#attempts({ app, isSession: true }, signal, mayRepeat, (runner) => this.#open(runner, onOver, signal));
  }

  /**
   * A call in a session that the client has; there is nobody else to go to. Rejects with `AttemptFailure`, or the reason of `over`, which
   * aborts when the session ends. `onDone` is called once when the answer is over; not when it rejects.
   */
  async inSession(
    session: BegunSession,
    rest: string,
    call: ClientCall,
    over: AbortSignal,
    onDone: () => void,
  ): Promise<AppAnswer> {
    const { runner } = session;
    return this.#counted(runner.listed.app, async (done) => {
      const http = await this.#forward(runner, targetUrl(session.appUrl, rest, call.search), call, {
        over,
        done: () => {
          done();
          onDone();
        },
      });
      return { http, uri: runner.entry.uri, fee: feeOf(session.payment) };
    });
  }

  /** Gives a session back to its orchestrator, in the background; a few tries. */
  leave(session: BegunSession): void {
    if (!this.#sessions.delete(session)) return;
    session.payment?.end();
    session.runner.inFlight--;
    this.#deps.tasks.spawn("stop a session of an app", (signal) => this.#stopAt(session, signal));
  }

  /** Stops all sessions at their orchestrators; waits for them until `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    const open = [...this.#sessions];
    this.#sessions.clear();
    await Promise.all(
      open.map((session) => {
        session.payment?.end();
        return this.#stopAt(session, signal);
      }),
    );
  }

  async #open(runner: AppRunner, onOver: (end: PaidEnd) => void, signal: AbortSignal): Promise<BegunSession> {
    runner.inFlight++;
    let session: BegunSession;
    try {
      session = { ...(await this.#deps.access.openSession(runner, onOver, signal)), runner };
    } catch (error) {
      runner.inFlight--;
      throw error;
    }
    this.#sessions.add(session);
    if (signal.aborted) this.leave(session);
    signal.throwIfAborted();
    return session;
  }

  /** Resolves also when the orchestrator cannot be reached. */
  async #stopAt(session: OpenedSession, signal: AbortSignal): Promise<void> {
    const { access, clock, logger } = this.#deps;
    for (let tries = 1; ; tries++) {
      try {
        await access.stopSession(session, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (tries < stopTries) {
          await clock.sleep(stopPauseMs, signal).catch(() => undefined);
          continue;
        }
        logger.warn("a session of an app could not be stopped", { session: session.id, error: errorText(error) });
        return;
      }
    }
  }

  /** Bounds the calls at once and counts how they ended; `done` is to be called once when an answer is over. */
  async #counted(app: string, make: (done: () => void) => Promise<AppAnswer>): Promise<AppAnswer> {
    if (this.#running >= this.#options.maxCalls) {
      throw new AiRefusal(503, "too_many_calls", `${this.#running} calls of apps run here already: try again later`);
    }
    this.#running++;
    let isDone = false;
    const done = () => {
      if (!isDone) this.#running--;
      isDone = true;
    };
    const count = (result: string) => this.#deps.metrics.count("livepeer_app_calls_total", { app, result });
    try {
      const answer = await make(done);
      count("answered");
      return answer;
    } catch (error) {
      done();
      // an app that nobody offers has no name worth keeping
      if (!(error instanceof AiRefusal) || error.status !== 404) count("failed");
      throw error;
    }
  }

  async #attempts<T>(
    want: Omit<RunnerWant, "exclude">,
    signal: AbortSignal,
    mayRepeat: (reachedApp: boolean) => boolean,
    tryOne: (runner: AppRunner) => Promise<T>,
  ): Promise<T> {
    const { clock, logger } = this.#deps;
    if (this.refusesNew) {
      throw new AiRefusal(503, "draining", "this gateway finishes what it has and takes nothing new: use another one");
    }
    const exclude = new Set<string>();
    let last: AttemptFailure | undefined;
    while (exclude.size < this.#options.maxAttempts) {
      const runner = await this.#choose({ ...want, exclude }, last, signal);
      if (runner === undefined) break;
      try {
        return await tryOne(runner);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AttemptFailure)) throw error;
        const { uri } = runner.entry;
        logger.info("a runner did not do a call", { app: want.app, orchestrator: uri, error: error.message });
        if (error.isFull) runner.full();
        else runner.failed(clock.mono());
        exclude.add(runner.url);
        last = error;
        if (!mayRepeat(error.reachedApp)) break;
      }
    }
    throw allFailed(want.app, exclude.size, last as AttemptFailure);
  }

  /** Undefined when others have failed and nobody is left. */
  async #choose(
    want: RunnerWant,
    last: AttemptFailure | undefined,
    signal: AbortSignal,
  ): Promise<AppRunner | undefined> {
    const { directory, clock, random } = this.#deps;
    const usableOf = (all: readonly AppRunner[]) => usableRunners(ableRunners(all, want), this.#options);
    let all = await directory.look((known) => usableOf(known).length > 0, signal);
    if (usableOf(all).length === 0) all = await directory.lookAgain(signal);
    const usable = usableOf(all);
    if (usable.length > 0) return chooseRunner(usable, this.#options, clock.mono(), random);
    if (last !== undefined && !last.isFull) return undefined;
    throw whyNobody(all, { ...want, exclude: new Set() }, this.#options, directory.problem);
  }

  /** A call at a runner that takes one at a time. */
  async #once(runner: AppRunner, rest: string, call: ClientCall, done: () => void): Promise<AppAnswer> {
    runner.inFlight++;
    try {
      if (call.isRepeatable) {
        const answer = await this.#onceMore(runner, rest, call, done);
        if (answer !== undefined) return answer;
      }
      const paid = await this.#deps.access.payCall(runner, call.signal);
      return await this.#paidCall(runner, rest, call, paid, done);
    } catch (error) {
      // a place in the count is kept for the next try
      runner.inFlight--;
      throw error;
    }
  }

  /** The same with what is left of an earlier payment. Undefined when nothing is, or the orchestrator does not take it. */
  async #onceMore(runner: AppRunner, rest: string, call: ClientCall, done: () => void): Promise<AppAnswer | undefined> {
    const paid = await this.#deps.access.payKept(runner, call.signal);
    if (paid === undefined) return undefined;
    try {
      return await this.#paidCall(runner, rest, call, paid, done);
    } catch (error) {
      // only a refusal of the orchestrator says that the payment was not enough
      const isPaymentsFault =
        error instanceof AttemptFailure && !error.reachedApp && !error.isFull && error.reason === undefined;
      if (isPaymentsFault && call.mayRepeat(false)) return undefined;
      throw error;
    }
  }

  async #paidCall(
    runner: AppRunner,
    rest: string,
    call: ClientCall,
    paid: CallPayment | undefined,
    done: () => void,
  ): Promise<AppAnswer> {
    const over = new AbortController();
    const payment = paid?.payment;
    payment?.begin((why) => over.abort(overError(why)));
    let feeWei: bigint | undefined;
    const end = () => {
      payment?.end();
      feeWei = payment?.feeWei;
      if (payment !== undefined && !over.signal.aborted) runner.keep(payment);
      runner.inFlight--;
      done();
    };
    try {
      const http = await this.#forward(runner, targetUrl(runner.url, rest, call.search), call, {
        ...{ over: over.signal, done: end },
        ...(paid === undefined ? {} : { fields: paid.header }),
      });
      const { uri } = runner.entry;
      if (payment === undefined) return { http, uri, fee: undefined };
      return { http, uri, fee: { isFixed: payment.isFixed, wei: () => feeWei ?? payment.feeWei } };
    } catch (error) {
      payment?.end();
      throw error;
    }
  }

  /** A call at a runner with sessions: one is begun for it and stopped after it. */
  async #inOwnSession(runner: AppRunner, rest: string, call: ClientCall, done: () => void): Promise<AppAnswer> {
    const over = new AbortController();
    const session = await this.#open(runner, (why) => over.abort(overError(why)), call.signal);
    try {
      const http = await this.#forward(runner, targetUrl(session.appUrl, rest, call.search), call, {
        over: over.signal,
        done: () => {
          this.leave(session);
          done();
        },
      });
      return { http, uri: runner.entry.uri, fee: feeOf(session.payment) };
    } catch (error) {
      this.leave(session);
      throw error;
    }
  }

  /** The client's request at a runner, and the app's answer. `to.done` is called when the answer is over; not when it rejects. */
  async #forward(
    runner: AppRunner,
    url: string,
    call: ClientCall,
    to: { readonly over: AbortSignal; readonly done: () => void; readonly fields?: Headers },
  ): Promise<HttpResponse> {
    const { appNet, clock } = this.#deps;
    const header = call.header();
    for (const [name, value] of to.fields ?? []) header.set(name, value);
    const either = eitherSignal(call.signal, to.over);
    let isOver = false;
    const finish = () => {
      if (isOver) return;
      isOver = true;
      either.clear();
      call.signal.removeEventListener("abort", finish);
      to.done();
    };
    const body = call.body();
    const askedAt = clock.mono();
    try {
      const raw = await appNet.request({
        method: call.method,
        url,
        header,
        ...(body === undefined ? {} : { body }),
        signal: either.signal,
      });
      const answer = await appAnswer(raw);
      runner.answered(clock.mono() - askedAt);
      const hasSwitched = answer.status === 101;
      // who has left may never ask for the body
      call.signal.addEventListener("abort", finish, { once: true });
      if (call.signal.aborted) finish();
      return {
        status: answer.status,
        header: hasSwitched ? answer.header : forwardedHeader(answer.header),
        body: relayed(answer.body, (chunk) => chunk, finish),
      };
    } catch (error) {
      either.clear();
      call.signal.throwIfAborted();
      if (to.over.aborted && error === to.over.reason) throw error;
      if (error instanceof AttemptFailure) throw error;
      const fault = call.bodyFault();
      if (fault !== undefined) throw new AiRefusal(400, "bad_body", errorText(fault), fault);
      const hasDialed = !(error instanceof LpError && ["net_dial", "egress_refused"].includes(error.code));
      throw new AttemptFailure({ message: errorText(error), reachedApp: hasDialed, cause: error });
    }
  }
}

/** What a call hears when its session could not be paid for any more. */
function overError({ reason, why }: PaidEnd): AttemptFailure {
  return new AttemptFailure({ message: `${reason}: ${why}`, reachedApp: true, reason });
}

function allFailed(app: string, tries: number, last: AttemptFailure): AiRefusal {
  const others =
    tries > 1 ? `${tries} runners of "${app}" were tried; the last one: ` : `a runner of "${app}" failed: `;
  return new AiRefusal(502, "app_failed", `${others}${last.message}`, last);
}

function feeOf(payment: RunnerPayment | undefined): CallFee | undefined {
  return payment === undefined ? undefined : { isFixed: payment.isFixed, wei: () => payment.feeWei };
}
