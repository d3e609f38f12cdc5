import {
  answerText,
  type Clock,
  errorText,
  type Logger,
  type LpError,
  type Net,
  type Random,
  sameSecret,
  type Tasks,
  utf8,
} from "@livepeer-ts/kernel";
import type { TrickleStore } from "@livepeer-ts/media";
import { base32 } from "./base32.ts";
import { LiveRunner } from "./live-runner.ts";
import { type LiveRunnerOptions, type ProxyTemplate, proxyTemplate } from "./live-runner-options.ts";
import { liveRunnerWire, type SessionEnd } from "./live-runner-wire.ts";
import { readRunnerRecord, runnerIdOf } from "./runner-record.ts";
import { RunnerCallRefusal } from "./runner-refusal.ts";
import { RunnerSession, type SessionPayer } from "./runner-session.ts";
import { readStaticRunners, type StaticRunner } from "./static-runners.ts";

const { text } = liveRunnerWire;

export type RunnerRegistryDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly logger: Logger;
  /** Towards runners. */
  readonly net: Net;
  readonly trickle: TrickleStore;
  /** On chain, runners must have a price. */
  readonly needsPrice: boolean;
};

/** Where a proxy leads: into a session, or to a runner that takes one request at a time. */
export type ProxyTarget =
  | { readonly kind: "session"; readonly session: RunnerSession; readonly url: string }
  | { readonly kind: "runner"; readonly runner: LiveRunner };

/** What a runner is told at a heartbeat. */
export type HeartbeatAnswer = Readonly<Record<string, unknown>>;

const maxHealthBytes = 4096;

/** The runners of an orchestrator, their places and who has them. */
export class RunnerRegistry {
  readonly options: LiveRunnerOptions;
  readonly #deps: RunnerRegistryDeps;
  readonly #proxyTemplate: ProxyTemplate;
  readonly #byId = new Map<string, LiveRunner>();
  readonly #byRoute = new Map<string, LiveRunner>();
  readonly #sessions = new Map<string, RunnerSession>();
  readonly #proxies = new Map<string, ProxyTarget>();
  /** Why sessions ended; the oldest are forgotten. */
  readonly #ended = new Map<string, SessionEnd>();
  readonly #endListeners: ((session: RunnerSession, end: SessionEnd) => void)[] = [];

  constructor(options: LiveRunnerOptions, deps: RunnerRegistryDeps) {
    this.options = options;
    this.#deps = deps;
    this.#proxyTemplate = proxyTemplate(options.proxyUrl);
    const { clock, tasks } = deps;
    clock.every(options.sweepMs, async () => this.sweep(), tasks);
    clock.every(options.healthMs, () => this.checkHealth(), tasks);
    clock.every(options.keepAliveMs, async () => this.#keepAlive(), tasks);
    tasks.signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get runners(): readonly LiveRunner[] {
    return [...this.#byId.values()];
  }

  /** The runner that stands at this place of a path. Throws 404, with the reason of the session's end where one is asked for. */
  atRoute(route: string, sessionId?: string): LiveRunner {
    const runner = this.#byRoute.get(route);
    if (runner === undefined) throw new RunnerCallRefusal(404, text.noRunner, this.#reasonOf(sessionId));
    return runner;
  }

  /** Its session of that id. Throws 404, with the reason when it has ended not long ago. */
  sessionAt(runner: LiveRunner, id: string): RunnerSession {
    const session = runner.sessions.get(id);
    if (session !== undefined) return session;
    throw new RunnerCallRefusal(404, text.noSession, this.#reasonOf(id));
  }

  #reasonOf(sessionId: string | undefined): Readonly<Record<string, string>> {
    const end = sessionId === undefined ? undefined : this.#ended.get(sessionId);
    return end === undefined ? {} : { [liveRunnerWire.header.reason]: end };
  }

  session(id: string): RunnerSession | undefined {
    return this.#sessions.get(id);
  }

  onSessionEnd(listener: (session: RunnerSession, end: SessionEnd) => void): void {
    this.#endListeners.push(listener);
  }

  /** A runner says that it is there, for the first time or again. Throws 400, 401, 404, 503. */
  heartbeat(fields: Readonly<Record<string, unknown>>, authorization: string): HeartbeatAnswer {
    const { secret } = this.options;
    if (secret === undefined) throw new RunnerCallRefusal(404, text.noDynamic);
    const named = fields["runner_id"];
    const known = typeof named === "string" ? this.#byId.get(named) : undefined;
    if (known === undefined) {
      if (!sameSecret(authorization, secret)) throw new RunnerCallRefusal(401, text.badRegistration);
    } else if (known.isStatic || !sameSecret(authorization, known.secretFor("heartbeat"))) {
      throw new RunnerCallRefusal(401, text.badHeartbeat);
    } else if (this.#isOverdue(known)) {
      throw new RunnerCallRefusal(404, text.noRunner);
    }
    const id = runnerIdOf(fields);
    const record = readRunnerRecord(fields, this.#deps.needsPrice);
    const runner = known ?? this.#add(new LiveRunner(this.#newRunner(id, record)));
    runner.record = record;
    runner.lastSeenAt = this.#deps.clock.mono();
    this.#placeProxy(runner);
    return {
      runner_id: runner.id,
      orchestrator: this.options.runnerUri,
      heartbeat_interval: liveRunnerWire.heartbeatInterval,
      heartbeat_ttl: liveRunnerWire.heartbeatTtl,
      ...(known === undefined ? this.#introduction(runner) : {}),
      session_ids: [...runner.sessions.keys()],
    };
  }

  /** A runner goes. Throws 400, 401, 404. */
  unregister(id: string, authorization: string): void {
    const runner = this.#byId.get(id);
    if (runner === undefined) throw new RunnerCallRefusal(404, text.noRunner);
    if (runner.isStatic) throw new RunnerCallRefusal(400, text.isStatic);
    if (!sameSecret(authorization, runner.secretFor("heartbeat")))
      throw new RunnerCallRefusal(401, text.badAuthorization);
    this.#remove(runner);
  }

  /** Takes a list of runners over, all of them or none; those that are known by their label keep id and sessions. Throws 400. */
  async registerStatic(json: unknown): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const entries = readStaticRunners(json, this.#deps.needsPrice);
    const fresh = entries.filter(({ record }) => this.#labelled(record.label) === undefined);
    if (this.#byId.size + fresh.length > this.options.maxRunners) throw this.#tooMany();
    for (const entry of entries) {
      const holder = entry.routing === "label" ? this.#byRoute.get(entry.record.label) : undefined;
      if (holder !== undefined && holder !== this.#labelled(entry.record.label))
        throw new RunnerCallRefusal(400, `label "${entry.record.label}" is the id of another runner`);
    }
    const runners = entries.map((entry) => this.#upsert(entry));
    await Promise.all(runners.map((runner) => this.#checkRunner(runner)));
    return runners.map((runner) => ({
      runner_id: runner.id,
      label: runner.record.label,
      app: runner.record.app,
      proxy: runner.record.proxy,
      runner_url: runner.record.runnerUrl,
      mode: runner.record.mode,
      health_url: runner.health?.url,
      healthy_status_code: runner.health?.status,
      healthy: runner.isHealthy,
    }));
  }

  /** Takes a place. Throws 409, 503. */
  reserve(runner: LiveRunner, id: string | undefined, payer: SessionPayer | undefined): RunnerSession {
    if (id !== undefined && this.#sessions.has(id)) throw new RunnerCallRefusal(409, text.sessionExists);
    this.checkRoom(runner);
    const session = new RunnerSession(id ?? `session_${this.#name()}`, runner, payer);
    runner.sessions.set(session.id, session);
    this.#sessions.set(session.id, session);
    this.#ended.delete(session.id);
    this.#tell(runner, "reserved", session.id);
    return session;
  }

  /** Throws 503 when the runner has no place, or is not well. */
  checkRoom(runner: LiveRunner): void {
    if (!runner.isAvailable || runner.freePlaces === 0 || this.#sessions.size >= this.options.maxSessions)
      throw new RunnerCallRefusal(503, text.noCapacity);
  }

  /** Gives a place back, with everything that belongs to the session. */
  release(session: RunnerSession, end: SessionEnd): void {
    if (!session.finish(end)) return;
    session.runner.sessions.delete(session.id);
    this.#sessions.delete(session.id);
    for (const id of session.proxyIds) this.#proxies.delete(id);
    this.#ended.set(session.id, end);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > this.options.maxEnded && oldest !== undefined) this.#ended.delete(oldest);
    this.#tell(session.runner, "released", session.id, end);
    this.#deps.logger.info("runner session ended", { runner: session.runner.id, session: session.id, reason: end });
    for (const listener of this.#endListeners) listener(session, end);
  }

  /** A URL of its own that leads to `url` in this session. Throws 400. */
  addProxy(session: RunnerSession, url: string): { readonly id: string; readonly url: string } {
    if (session.proxyIds.size >= this.options.maxPerSession) throw new RunnerCallRefusal(400, "too many proxies");
    const id = this.#newProxyId();
    this.#proxies.set(id, { kind: "session", session, url });
    session.proxyIds.add(id);
    return { id, url: this.#proxyTemplate.urlOf(id) };
  }

  /** Where a request to a proxy leads; undefined: it is for none. Throws 404 for an unknown one. */
  proxyOf(request: { readonly url: string }): { readonly target: ProxyTarget; readonly rest: string } | undefined {
    const found = this.#proxyTemplate.match(request);
    if (found === undefined) return undefined;
    const target = this.#proxies.get(found.id);
    if (target === undefined) throw new RunnerCallRefusal(404, text.noProxy);
    return { target, rest: found.rest };
  }

  /** True when the request is for a proxy, known or not. */
  isForProxy(request: { readonly url: string }): boolean {
    return this.#proxyTemplate.match(request) !== undefined;
  }

  /** URL where clients begin with a runner. */
  entryUrl(runner: LiveRunner): string {
    if (runner.record.mode === "persistent") return `${this.options.serviceUri}/apps/${runner.route}/session`;
    if (runner.proxyId !== undefined) return this.#proxyTemplate.urlOf(runner.proxyId);
    return `${this.options.serviceUri}/apps/${runner.route}/app`;
  }

  /** Drops the runners that have been silent for too long. */
  sweep(): void {
    for (const runner of this.runners) {
      if (runner.isStatic || !this.#isOverdue(runner)) continue;
      this.#deps.logger.info("runner is gone", { runner: runner.id });
      this.#remove(runner);
    }
  }

  /** Asks every static runner whether it is well. */
  async checkHealth(): Promise<void> {
    await Promise.all(this.runners.filter(({ isStatic }) => isStatic).map((runner) => this.#checkRunner(runner)));
  }

  async #checkRunner(runner: LiveRunner): Promise<void> {
    const { health } = runner;
    if (health === undefined) return;
    const { clock, net, tasks, logger } = this.#deps;
    const deadline = clock.deadline(this.options.healthTimeoutMs, tasks.signal);
    let problem: string | undefined;
    try {
      const answer = await net.request({
        method: "GET",
        url: health.url,
        header: new Headers(),
        signal: deadline.signal,
      });
      if (answer.status !== health.status) problem = `it answers ${answer.status}`;
      await answerText(answer, maxHealthBytes).catch(() => "");
    } catch (error) {
      if (tasks.signal.aborted) return;
      problem = errorText(error);
    } finally {
      deadline.clear();
    }
    const wasHealthy = runner.isHealthy;
    runner.isHealthy = problem === undefined;
    if (runner.isHealthy === wasHealthy) return;
    logger.info(runner.isHealthy ? "runner is healthy" : "runner is not healthy", { runner: runner.id, problem });
    if (!runner.isHealthy)
      for (const session of [...runner.sessions.values()]) this.release(session, "runner_unhealthy");
  }

  #introduction(runner: LiveRunner): HeartbeatAnswer {
    const name = `${runner.id}-${runner.secretFor("trickle:o2r").slice(0, 16)}-o2r`;
    const mimeType = "application/json";
    runner.o2r = this.#deps.trickle.create({ name, mimeType });
    const { basePath } = this.#deps.trickle.options;
    return {
      heartbeat_secret: runner.secretFor("heartbeat"),
      o2r: {
        name: "o2r",
        channel_name: name,
        url: `${this.options.runnerUri}${basePath}${name}`,
        mime_type: mimeType,
      },
    };
  }

  #newRunner(id: string | undefined, record: ReturnType<typeof readRunnerRecord>) {
    const named = id ?? `runner_${this.#name()}`;
    return { id: named, route: named, record, seed: this.#deps.random.bytes(32) };
  }

  #upsert({ record, routing, health }: StaticRunner): LiveRunner {
    const known = this.#labelled(record.label);
    const id = known?.id ?? `runner_${this.#name()}`;
    const route = routing === "label" ? record.label : id;
    if (known === undefined) {
      const runner = this.#add(new LiveRunner({ id, route, record, health, seed: this.#deps.random.bytes(32) }));
      this.#placeProxy(runner);
      return runner;
    }
    this.#byRoute.delete(known.route);
    known.route = route;
    this.#byRoute.set(route, known);
    known.record = record;
    known.health = health;
    this.#placeProxy(known);
    return known;
  }

  #labelled(label: string): LiveRunner | undefined {
    return this.runners.find(({ isStatic, record }) => isStatic && record.label === label);
  }

  #add(runner: LiveRunner): LiveRunner {
    if (this.#byId.size >= this.options.maxRunners) throw this.#tooMany();
    if (this.#byRoute.has(runner.route)) throw new RunnerCallRefusal(409, `runner "${runner.route}" exists`);
    runner.lastSeenAt = this.#deps.clock.mono();
    this.#byId.set(runner.id, runner);
    this.#byRoute.set(runner.route, runner);
    this.#deps.logger.info("runner registered", { runner: runner.id, app: runner.record.app });
    return runner;
  }

  #remove(runner: LiveRunner): void {
    for (const session of [...runner.sessions.values()]) this.release(session, "runner_gone");
    this.#byId.delete(runner.id);
    this.#byRoute.delete(runner.route);
    if (runner.proxyId !== undefined) this.#proxies.delete(runner.proxyId);
    runner.o2r?.close();
  }

  /** A runner that takes one request at a time and wants a proxy has one for itself. */
  #placeProxy(runner: LiveRunner): void {
    const wants = runner.record.proxy && runner.record.mode === "single-shot";
    if (wants && runner.proxyId === undefined) {
      runner.proxyId = this.#newProxyId();
      this.#proxies.set(runner.proxyId, { kind: "runner", runner });
    } else if (!wants && runner.proxyId !== undefined) {
      this.#proxies.delete(runner.proxyId);
      runner.proxyId = undefined;
    }
  }

  #isOverdue(runner: LiveRunner): boolean {
    return this.#deps.clock.mono() - runner.lastSeenAt > this.options.ttlMs;
  }

  #tell(runner: LiveRunner, event: "reserved" | "released", session: string, end?: SessionEnd): void {
    if (runner.o2r === undefined || runner.o2r.isClosed) return;
    const timestamp = new Date(this.#deps.clock.now()).toISOString();
    const isPlain = end === undefined || end.startsWith("stopped_") || end === "request_ended";
    this.#publish(runner, { event, session, timestamp, ...(isPlain ? {} : { reason: end }) });
  }

  #keepAlive(): void {
    for (const runner of this.runners) this.#publish(runner, { keep: "alive" });
  }

  #publish(runner: LiveRunner, message: Readonly<Record<string, string>>): void {
    if (runner.o2r === undefined || runner.o2r.isClosed) return;
    try {
      runner.o2r.publish(utf8(JSON.stringify(message)));
    } catch (error) {
      this.#deps.logger.warn("a runner could not be told", { runner: runner.id, error: errorText(error) });
    }
  }

  #end(): void {
    for (const session of [...this.#sessions.values()]) this.release(session, "node_stopping");
  }

  #tooMany(): LpError {
    return new RunnerCallRefusal(503, `too many runners: this node takes ${this.options.maxRunners}`);
  }

  #name(): string {
    return base32(this.#deps.random.bytes(5));
  }

  #newProxyId(): string {
    return base32(this.#deps.random.bytes(16));
  }
}
