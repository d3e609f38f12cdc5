import {
  eitherSignal,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type Logger,
  type Net,
} from "@livepeer-ts/kernel";
import { relayed } from "../wire/relayed.ts";
import { liveRunnerWire } from "./live-runner-wire.ts";
import { RunnerCallRefusal } from "./runner-refusal.ts";
import type { RunnerSession } from "./runner-session.ts";

export type RunnerProxyDeps = {
  readonly net: Net;
  readonly logger: Logger;
  /** Base URL that runners use. */
  readonly runnerUri: string;
};

/** Fields of one connection, and what is only between the client and this node. */
const notForwarded: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "host", "http2-settings", "expect"],
  ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"],
  ...["livepeer-payment", "livepeer-segment"],
]);
const withoutBody: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "DELETE"]);

/**
 * A client's request at the application, and its answer back, both as they come. `onEnd` is called once, when the answer is over.
 * Throws 502 when the application does not answer.
 */
export async function forwardToRunner(
  request: HttpRequest,
  to: { readonly session: RunnerSession; readonly url: string; readonly rest: string },
  deps: RunnerProxyDeps,
  onEnd: () => void = () => {},
): Promise<HttpResponse> {
  const { session } = to;
  const upgrade = request.header.get("upgrade");
  const isUpgrade = request.peer.protocol === "h1" && upgrade?.toLowerCase() === "websocket";
  const header = forwardedHeader(request.header);
  const { header: names } = liveRunnerWire;
  header.set(names.route, session.runner.route);
  header.set(names.sessionId, session.id);
  header.set(names.sessionToken, session.token);
  header.set(names.sessionControl, `${deps.runnerUri}/runner/${session.runner.route}/session/${session.id}`);
  if (isUpgrade) {
    header.set("connection", "Upgrade");
    header.set("upgrade", "websocket");
  }
  const either = eitherSignal(request.signal, session.signal);
  try {
    const answer = await deps.net.request({
      method: request.method,
      url: targetUrl(to.url, to.rest, new URL(request.url).search),
      header,
      ...(isUpgrade || hasBody(request) ? { body: request.body } : {}),
      signal: either.signal,
    });
    const hasSwitched = answer.status === 101;
    return {
      status: answer.status,
      header: hasSwitched ? answer.header : forwardedHeader(answer.header),
      body: relayed(
        answer.body,
        (chunk) => chunk,
        () => {
          either.clear();
          onEnd();
        },
      ),
    };
  } catch (error) {
    either.clear();
    onEnd();
    request.signal.throwIfAborted();
    deps.logger.info("runner did not answer", {
      runner: session.runner.id,
      session: session.id,
      error: errorText(error),
    });
    const { end } = session;
    throw new RunnerCallRefusal(502, liveRunnerWire.text.unreachable, end === undefined ? {} : { [names.reason]: end });
  }
}

/** The target with the rest of the path and the query added; an empty rest keeps the target as it is. */
function targetUrl(target: string, rest: string, search: string): string {
  const url = new URL(target);
  const query = [url.search.slice(1), search.slice(1)].filter((part) => part !== "").join("&");
  const path = rest === "" || rest === "/" ? url.pathname : `${url.pathname.replace(/\/$/, "")}${rest}`;
  return `${url.origin}${path}${query === "" ? "" : `?${query}`}`;
}

function forwardedHeader(from: Headers): Headers {
  const named = new Set((from.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const header = new Headers();
  for (const [name, value] of from) if (!notForwarded.has(name) && !named.has(name)) header.append(name, value);
  return header;
}

function hasBody({ method, header, peer }: HttpRequest): boolean {
  const length = header.get("content-length");
  if (length !== null) return length !== "0" || !withoutBody.has(method);
  if (header.has("transfer-encoding")) return true;
  return peer.protocol === "h2" && !withoutBody.has(method);
}
