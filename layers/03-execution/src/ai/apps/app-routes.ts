import {
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  type Random,
} from "@livepeer-ts/kernel";
import { commonHeader, errorJson, jsonAnswer, preflightAnswer } from "../gateway/json-answer.ts";
import { liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { emptyAnswer } from "../live-runner/runner-refusal.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors, aiWire } from "../wire/ai-wire.ts";
import type { AppAnswer, AppCalls } from "./app-calls.ts";
import type { AppDirectory } from "./app-directory.ts";
import { listApps } from "./app-list.ts";
import type { AppSessions } from "./app-sessions.ts";
import { reasonBehind } from "./attempt-failure.ts";
import { clientCall } from "./client-call.ts";

export type AppRoutesDeps = {
  readonly directory: AppDirectory;
  readonly calls: AppCalls;
  readonly sessions: AppSessions;
  readonly random: Random;
  readonly logger: Logger;
};

const root = "/apps";
const anyMethod = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const { reason: reasonHeader } = liveRunnerWire.header;

/** `GET /apps`, `/apps/{app}/app…` and `/apps/{app}/session…` of a gateway. */
export function appRoutes(deps: AppRoutesDeps): readonly HttpRoute[] {
  return [
    {
      name: "apps",
      match: (_request, path) => path === root || path.startsWith(`${root}/`),
      handle: (request) => guarded(request, deps),
    },
  ];
}

/** Preflight, and every failure as JSON. */
async function guarded(request: HttpRequest, deps: AppRoutesDeps): Promise<HttpResponse> {
  // a browser's question about the gateway is none for the app, which would be paid for it
  if (request.method === "OPTIONS" && request.header.has("access-control-request-method"))
    return preflightAnswer(anyMethod);
  const requestId = shortId(deps.random);
  try {
    return await serve(request, requestId, deps);
  } catch (error) {
    request.signal.throwIfAborted();
    const { status, value } = errorJson(error);
    if (!(error instanceof AiRefusal))
      deps.logger.error("call of an app failed", { requestId, error: errorText(error) });
    const reason = reasonBehind(error);
    return jsonAnswer(status, value, {
      [aiWire.requestIdHeader]: requestId,
      ...(reason === undefined ? {} : { [reasonHeader]: reason }),
    });
  }
}

async function serve(request: HttpRequest, requestId: string, deps: AppRoutesDeps): Promise<HttpResponse> {
  const { pathname, origin } = new URL(request.url);
  const [written = "", kind, ...rest] = pathname.slice(root.length + 1).split("/");
  if (written === "" && kind === undefined) return list(request, requestId, deps);
  const app = appName(written);
  if (kind === "app") {
    const answer = await deps.calls.call(app, pathOf(rest), await clientCall(request));
    return proxied(answer, requestId, true);
  }
  const [id, action, ...more] = rest;
  if (kind !== "session" || (id !== undefined && action !== "app" && (action !== "stop" || more.length > 0)))
    throw new AiRefusal(
      404,
      "unknown_path",
      "there is nothing here: apps are called at /apps/{app}/app and /apps/{app}/session",
    );
  if (id !== undefined && action === "app") {
    const answer = await deps.sessions.call(app, id, pathOf(more), await clientCall(request));
    return proxied(answer, requestId, false);
  }
  onlyMethod(request, "POST");
  if (id === undefined) {
    const opened = await deps.sessions.open(app, request.signal);
    const control = `${origin}${root}/${encodeURIComponent(app)}/session/${opened.id}`;
    const value = { session_id: opened.id, app_url: `${control}/app`, control_url: control };
    return jsonAnswer(200, value, { [aiWire.requestIdHeader]: requestId, [aiWire.orchestratorHeader]: opened.uri });
  }
  const { feeWei, reason } = deps.sessions.stop(app, id);
  const answer = emptyAnswer(204);
  for (const [name, value] of Object.entries(commonHeader)) answer.header.set(name, value);
  answer.header.set(aiWire.requestIdHeader, requestId);
  answer.header.set(reasonHeader, reason);
  if (feeWei !== undefined) answer.header.set(aiWire.feeHeader, feeWei.toString());
  return answer;
}

async function list(request: HttpRequest, requestId: string, { directory }: AppRoutesDeps): Promise<HttpResponse> {
  onlyMethod(request, "GET");
  const runners = await directory.look((known) => known.length > 0, request.signal);
  return jsonAnswer(200, { apps: listApps(runners) }, { [aiWire.requestIdHeader]: requestId });
}

/** The app's answer with the gateway's own fields. What a call cost follows it where that is known only then. */
function proxied({ http, uri, fee }: AppAnswer, requestId: string, isWhole: boolean): HttpResponse {
  if (http.status === 101) return http;
  const { header } = http;
  header.set(aiWire.requestIdHeader, requestId);
  header.set(aiWire.orchestratorHeader, uri);
  for (const [name, value] of Object.entries(commonHeader)) if (!header.has(name)) header.set(name, value);
  if (fee === undefined || !isWhole) return http;
  if (fee.isFixed) {
    header.set(aiWire.feeHeader, fee.wei().toString());
    return http;
  }
  // not announced: a client of HTTP/1.0 could not be answered then
  return { ...http, trailer: () => new Headers({ [aiWire.feeHeader]: fee.wei().toString() }) };
}

function onlyMethod({ method }: HttpRequest, allowed: string): void {
  if (method !== allowed) throw new AiRefusal(405, "not_allowed", aiErrors.notAllowed);
}

/** Throws 400 for a name that is not percent-encoded as it should be. */
function appName(written: string): string {
  try {
    const name = decodeURIComponent(written);
    if (name !== "") return name;
  } catch {
    // said below
  }
  throw new AiRefusal(
    400,
    "bad_app_name",
    `"${written.slice(0, 80)}" is no app's name: write it as one part of the path, such as demo%2Fecho`,
  );
}

function pathOf(rest: readonly string[]): string {
  return rest.length === 0 ? "" : `/${rest.join("/")}`;
}
