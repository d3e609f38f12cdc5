import type { Clock, HttpRequest, HttpResponse, HttpRoute, Logger, Net, Random, Tasks } from "@livepeer-ts/kernel";
import { type TrickleStore, trickleWire } from "@livepeer-ts/media";
import { textAnswer } from "../../http/text-answer.ts";
import { LivePayments, type LivePaymentsDeps, PaymentWanted } from "./live-payments.ts";
import type { LiveRunner } from "./live-runner.ts";
import type { LiveRunnerOptions } from "./live-runner-options.ts";
import { liveRunnerWire } from "./live-runner-wire.ts";
import { jsonObject, requestText } from "./read-json.ts";
import { forwardToRunner } from "./runner-proxy.ts";
import { answering, emptyAnswer, jsonAnswer, RunnerCallRefusal } from "./runner-refusal.ts";
import { RunnerRegistry } from "./runner-registry.ts";
import type { RunnerSession } from "./runner-session.ts";
import { serveCallback } from "./session-callbacks.ts";

export type LiveRunnersDeps = Omit<LivePaymentsDeps, "registry"> & {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly logger: Logger;
  /** Towards runners. */
  readonly runnerNet: Net;
  readonly trickle: TrickleStore;
};

/** Applications behind an orchestrator: who they are, who uses them, and what it costs. */
export type LiveRunners = {
  /** Proxies first: they may claim any path. */
  readonly routes: readonly HttpRoute[];
  readonly registry: RunnerRegistry;
  /** Takes over the operator's list. Throws a refusal with the entry's number. */
  registerStatic(json: unknown): Promise<readonly Readonly<Record<string, unknown>>[]>;
};

const { path: paths, text } = liveRunnerWire;

/** The live runners of an orchestrator. */
export function startLiveRunners(options: LiveRunnerOptions, deps: LiveRunnersDeps): LiveRunners {
  const registry = new RunnerRegistry(options, {
    ...deps,
    net: deps.runnerNet,
    needsPrice: deps.recipient.recipient !== undefined,
  });
  const payments = new LivePayments({ ...deps, registry });
  const context = { options, registry, payments, deps };
  const route = (
    name: string,
    match: HttpRoute["match"],
    serve: (request: HttpRequest, path: string) => Promise<HttpResponse> | HttpResponse,
  ): HttpRoute => ({
    name,
    match,
    handle: (request) => answering(async () => paid(() => serve(request, new URL(request.url).pathname))),
  });
  return {
    registry,
    registerStatic: (json) => registry.registerStatic(json),
    routes: [
      route(
        "live runner proxy",
        (request) => registry.isForProxy(request),
        (request) => serveProxy(request, context),
      ),
      route(
        "live runner discovery",
        (_request, path) => path === paths.discovery,
        (request) => (isRead(request) ? discovery(context) : notAllowed("GET")),
      ),
      route(
        "live runner registration",
        (_request, path) => path.startsWith(paths.runners),
        (request, path) => serveRegistration(request, path, registry),
      ),
      route(
        "live runner application",
        (_request, path) => path.startsWith(paths.apps),
        (request, path) => serveApp(request, path, context),
      ),
      route(
        "live runner callback",
        (_request, path) => path.startsWith(paths.runner),
        (request, path) => serveSessionCall(request, path, context),
      ),
      route(
        "refresh payment",
        (_request, path) => path === paths.refreshPayment,
        (request) => (request.method === "POST" ? payments.refresh(request) : notAllowed("POST")),
      ),
    ],
  };
}

type Context = {
  readonly options: LiveRunnerOptions;
  readonly registry: RunnerRegistry;
  readonly payments: LivePayments;
  readonly deps: LiveRunnersDeps;
};

async function paid(serve: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  try {
    return await serve();
  } catch (error) {
    if (error instanceof PaymentWanted) return error.answer();
    throw error;
  }
}

function isRead({ method }: HttpRequest): boolean {
  return method === "GET" || method === "HEAD";
}

function notAllowed(allow: string): HttpResponse {
  const answer = textAnswer(405, trickleWire.text.notAllowed);
  answer.header.set("allow", allow);
  return answer;
}

function notFound(): HttpResponse {
  return textAnswer(404, trickleWire.text.notFound);
}

/** Runners that take work, in an order of their own each time: nobody is always first. */
function discovery({ registry, payments, options, deps }: Context): HttpResponse {
  const runners = registry.runners.filter(({ isAvailable }) => isAvailable);
  for (let i = runners.length - 1; i > 0; i--) {
    const j = deps.random.u32() % (i + 1);
    [runners[i], runners[j]] = [runners[j] as LiveRunner, runners[i] as LiveRunner];
  }
  const shown = runners.map((runner) => describe(runner, registry, payments)).filter((one) => one !== undefined);
  return jsonAnswer([{ address: options.serviceUri, ...(shown.length === 0 ? {} : { runners: shown }) }]);
}

/** Undefined when nobody can say what it costs. */
function describe(runner: LiveRunner, registry: RunnerRegistry, payments: LivePayments) {
  const { record } = runner;
  let price: ReturnType<LivePayments["priceOf"]>;
  try {
    price = payments.priceOf(runner);
  } catch {
    return undefined;
  }
  return {
    url: registry.entryUrl(runner),
    ...(record.gpu === undefined ? {} : { gpu: record.gpu }),
    app: record.app,
    ...(record.version === "" ? {} : { version: record.version }),
    ...(record.metadata === "" ? {} : { metadata: record.metadata }),
    mode: record.mode,
    capacity: record.capacity,
    capacity_used: runner.sessions.size,
    capacity_available: runner.freePlaces,
    // a number as it is written in JSON; whole wei stay exact up to 2^53
    ...(price === undefined ? {} : { price_info: { price: Number(price.wei), currency: "wei", unit: price.unit } }),
  };
}

async function serveRegistration(request: HttpRequest, path: string, registry: RunnerRegistry): Promise<HttpResponse> {
  const authorization = request.header.get("authorization") ?? "";
  if (path === paths.heartbeat) {
    if (request.method !== "POST") return notAllowed("POST");
    return jsonAnswer(registry.heartbeat(jsonObject(await requestText(request)), authorization));
  }
  const [id = "", action, ...more] = path.slice(paths.runners.length).split("/");
  if (action !== "unregister" || more.length > 0) return notFound();
  if (request.method !== "POST") return notAllowed("POST");
  registry.unregister(id, authorization);
  return emptyAnswer(204);
}

/** `/apps/{route}/session…` and `/apps/{route}/app…`. */
async function serveApp(request: HttpRequest, path: string, context: Context): Promise<HttpResponse> {
  const { registry, payments } = context;
  const [route = "", kind, ...rest] = path.slice(paths.apps.length).split("/");
  if (kind === "app") return serveOnce(request, registry.atRoute(route), pathOf(rest), context);
  if (kind !== "session") return notFound();
  const [id, action, ...more] = rest;
  if (id === undefined) {
    if (request.method !== "POST") return notAllowed("POST");
    return openSession(request, registry.atRoute(route), context);
  }
  if (action === "app") {
    const session = registry.sessionAt(registry.atRoute(route, id), id);
    return forwardToRunner(
      request,
      { session, url: session.runner.record.runnerUrl, rest: pathOf(more) },
      proxyOf(context),
    );
  }
  if ((action !== "stop" && action !== "payment") || more.length > 0) return notFound();
  if (request.method !== "POST") return notAllowed("POST");
  const runner = registry.atRoute(route, id);
  if (action === "payment") return payments.topUp(request, runner, id);
  const session = runner.sessions.get(id);
  if (session !== undefined) registry.release(session, "stopped_by_client");
  return emptyAnswer(204);
}

async function openSession(request: HttpRequest, runner: LiveRunner, context: Context): Promise<HttpResponse> {
  const { registry, options } = context;
  if (runner.record.mode !== "persistent") throw new RunnerCallRefusal(400, text.notPersistent);
  const session = await begin(request, runner, context);
  const control = `${options.serviceUri}${paths.apps}${runner.route}/session/${session.id}`;
  const app = runner.record.proxy ? registry.addProxy(session, runner.record.runnerUrl).url : `${control}/app`;
  return jsonAnswer({ session_id: session.id, app_url: app, control_url: control });
}

/** A request to an application that takes one at a time: its place is taken and given back with it. */
async function serveOnce(
  request: HttpRequest,
  runner: LiveRunner,
  rest: string,
  context: Context,
): Promise<HttpResponse> {
  if (runner.record.mode !== "single-shot") throw new RunnerCallRefusal(400, text.notSingleShot);
  const session = await begin(request, runner, context);
  const done = () => context.registry.release(session, "request_ended");
  request.signal.addEventListener("abort", done, { once: true });
  if (request.signal.aborted) done();
  return forwardToRunner(request, { session, url: runner.record.runnerUrl, rest }, proxyOf(context), done);
}

async function begin(request: HttpRequest, runner: LiveRunner, context: Context): Promise<RunnerSession> {
  const { id, payer } = await context.payments.admit(request, runner);
  const session = context.registry.reserve(runner, id, payer);
  context.payments.begin(session);
  return session;
}

async function serveProxy(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const found = context.registry.proxyOf(request);
  if (found === undefined) return notFound();
  const { target, rest } = found;
  if (target.kind === "runner") return serveOnce(request, target.runner, rest, context);
  return forwardToRunner(request, { session: target.session, url: target.url, rest }, proxyOf(context));
}

/** `/runner/{route}/session/{id}/channels|proxy|stop`, for runners. */
async function serveSessionCall(request: HttpRequest, path: string, context: Context): Promise<HttpResponse> {
  const [route = "", word, id = "", action = "", ...more] = path.slice(paths.runner.length).split("/");
  const allowed = { channels: "DELETE, POST", proxy: "POST", stop: "POST" }[action];
  if (word !== "session" || allowed === undefined || more.length > 0) return notFound();
  if (!allowed.split(", ").includes(request.method)) return notAllowed(allowed);
  const { registry } = context;
  const session = registry.sessionAt(registry.atRoute(route), id);
  return serveCallback(request, session, action, { registry, trickle: context.deps.trickle });
}

function proxyOf({ deps, options }: Context) {
  return { net: deps.runnerNet, logger: deps.logger, runnerUri: options.runnerUri };
}

function pathOf(rest: readonly string[]): string {
  return rest.length === 0 ? "" : `/${rest.join("/")}`;
}
