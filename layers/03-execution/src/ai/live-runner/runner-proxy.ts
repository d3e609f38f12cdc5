import {
  eitherSignal,
  errorText,
  type HttpRequest,
  type HttpResponse,
  hasErrorCode,
  type Logger,
  type Net,
} from "@livepeer-ts/kernel";
import { forwardedHeader, hasBody, wantsWebSocket } from "../wire/forwarded-request.ts";
import { relayed } from "../wire/relayed.ts";
import { targetUrl } from "../wire/target-url.ts";
import { liveRunnerWire } from "./live-runner-wire.ts";
import { RunnerCallRefusal } from "./runner-refusal.ts";
import type { RunnerSession } from "./runner-session.ts";

export type RunnerProxyDeps = {
  readonly net: Net;
  readonly logger: Logger;
  /** Base URL that runners use. */
  readonly runnerUri: string;
};

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
  const isUpgrade = wantsWebSocket(request);
  const { header: names } = liveRunnerWire;
  const header = forwardedHeader(request.header);
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
    const answered = hasSwitched ? answer.header : forwardedHeader(answer.header);
    // in this field the node speaks
    answered.delete(names.reason);
    return {
      status: answer.status,
      header: answered,
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
    const { end } = session;
    either.clear();
    onEnd();
    request.signal.throwIfAborted();
    deps.logger.info("runner did not answer", {
      runner: session.runner.id,
      session: session.id,
      error: errorText(error),
    });
    const reason = end ?? (hasErrorCode(error, "net_dial") ? "runner_unreachable" : "runner_failed");
    throw new RunnerCallRefusal(502, liveRunnerWire.text.unreachable, { [names.reason]: reason });
  }
}
