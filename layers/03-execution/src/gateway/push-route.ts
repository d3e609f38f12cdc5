import {
  bodyOf,
  type Clock,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  hasErrorCode,
  type Logger,
  LpError,
  type Random,
  readBody,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import {
  type AnswerPart,
  checkPushDuration,
  type HttpPush,
  httpPushWire,
  isPushPath,
  maxSegmentBytes,
  multipartAnswer,
  nonRetryableTranscoderErrors,
  parseHttpPush,
  probeSegment,
  pushRemedies,
  pushRemedy,
} from "@livepeer-ts/media";
import type { LiveStream, SegmentOutcome } from "./live-stream.ts";
import type { StreamRegistry } from "./stream-registry.ts";

export type PushRouteDeps = {
  readonly registry: StreamRegistry;
  readonly random: Random;
  readonly clock: Pick<Clock, "mono">;
  readonly logger: Logger;
};

/** `PUT|POST /live/<manifestId>/<n>.ts`: one segment in, its renditions out. */
export function pushRoute(deps: PushRouteDeps): HttpRoute {
  return {
    name: "push",
    match: (_request, path) => isPushPath(path),
    async handle(request) {
      try {
        return await servePush(request, deps);
      } catch (error) {
        const status = error instanceof LpError ? Number(error.details["status"] ?? 500) : 500;
        deps.logger.info("push refused", { status, error: errorText(error) });
        return text(status, errorText(error));
      }
    },
  };
}

function text(status: number, message: string): HttpResponse {
  return {
    status,
    header: new Headers({ "content-type": "text/plain; charset=utf-8" }),
    body: bodyOf(utf8(`${message}\n`)),
  };
}

function refuse(status: number, message: string, cause?: unknown): LpError {
  return new LpError({ code: "push_refused", message, details: { status }, cause });
}

async function servePush(request: HttpRequest, deps: PushRouteDeps): Promise<HttpResponse> {
  const push = parseHttpPush(request);
  const startedAt = deps.clock.mono();
  const url = `${new URL(request.url).origin}${new URL(request.url).pathname}`;
  const bytes = await readBody(request.body, maxSegmentBytes).catch((cause: unknown) => {
    throw refuse(500, httpPushWire.text.bodyUnreadable(errorText(cause)), cause);
  });
  checkPushDuration(push.durationMs);
  const probe = probeSegment(bytes, push.container);
  if (probe.status === "unreadable" || probe.status === "no-streams") {
    throw refuse(422, `${httpPushWire.text.probeFailed(url)}\n${pushRemedies.unreadable}`);
  }
  if (probe.videoCodec === "other") throw refuse(422, httpPushWire.text.unknownCodec(probe.foreignCodec ?? "unknown"));
  const stream = await streamOf(push, url, request, deps);
  const segment = { seqNo: push.seqNo, bytes, durationMs: push.durationMs, container: push.container };
  const wishes = {
    ...(push.clip === undefined ? {} : { clip: { ...push.clip, toMs: push.clip.toMs || push.durationMs } }),
    forceSessionReinit: push.configuration?.["forceSessionReinit"] === true,
    // what only the answer carries is of no use to anybody when the client has gone
    ...(push.wantsRenditions && !stream.isStored ? { unwanted: request.signal } : {}),
  };
  const work = await stream
    .accept(segment, { width: push.width, height: push.height }, wishes)
    .catch((cause: unknown) => {
      throw refuse(500, httpPushWire.text.pushError(url, errorText(cause)), cause);
    });
  const outcome = await work();
  if (request.signal.aborted) stream.census.clientGone(1);
  else if (outcome.kind !== "failed") stream.census.answered(push.durationMs, deps.clock.mono() - startedAt);
  const answer = answerOf(outcome, push, url, stream, deps);
  return { ...answer, body: watched(answer.body, request.signal, () => stream.census.clientGone(2)) };
}

/** The same bytes; `onGone` when the client went away while they were sent. */
async function* watched(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onGone: () => void,
): AsyncGenerator<Uint8Array> {
  const wasThere = !signal.aborted;
  let isDone = false;
  try {
    yield* body;
    isDone = true;
  } finally {
    if (wasThere && !isDone) onGone();
  }
}

/** The running stream of this name, or a new one after the access check. */
async function streamOf(push: HttpPush, url: string, request: HttpRequest, deps: PushRouteDeps): Promise<LiveStream> {
  const running = deps.registry.pushed(push.manifestId);
  if (running !== undefined) return running;
  try {
    const { configuration, container } = push;
    const asked = { protocol: "http" as const, url, clientAddress: push.forwardedFor ?? request.peer.address };
    return await deps.registry.openPushed(push.manifestId, asked, {
      container,
      ...(configuration === undefined ? {} : { configuration }),
    });
  } catch (cause) {
    const status = hasErrorCode(cause, "access_denied") ? 403 : 500;
    throw refuse(status, `${httpPushWire.text.noStreamId(url)}: ${errorText(cause)}`, cause);
  }
}

function answerOf(
  outcome: SegmentOutcome,
  push: HttpPush,
  url: string,
  stream: LiveStream,
  deps: PushRouteDeps,
): HttpResponse {
  const profiles = stream.identity.profiles;
  if (outcome.kind === "failed") {
    if (outcome.error.code === "no_sessions") return text(503, httpPushWire.text.noSessions);
    const isFinal =
      outcome.error.code === "attempts_exhausted" || nonRetryableTranscoderErrors.has(outcome.error.message);
    const refusal = httpPushWire.text.segmentError(url, stream.manifestId, outcome.error.message);
    const remedy = pushRemedy(outcome.error.message);
    return text(isFinal ? 422 : 500, remedy === undefined ? refusal : `${refusal}\n${remedy}`);
  }
  if (!push.wantsRenditions || profiles.length === 0) {
    return { status: 200, header: new Headers(), body: bodyOf(new Uint8Array(0)) };
  }
  const contentOf = (i: number): AnswerPart["content"] => {
    if (outcome.kind === "passed-through") return { bytes: outcome.bytes };
    const rendition = outcome.renditions[i];
    return rendition?.url !== undefined ? { url: rendition.url } : { bytes: rendition?.bytes ?? new Uint8Array(0) };
  };
  const answer = multipartAnswer(
    profiles.map((profile, i) => ({
      profileName: profile.name,
      seqNo: push.seqNo,
      container: profile.format,
      content: contentOf(i),
    })),
    toHex(deps.random.bytes(10)).slice(2),
  );
  return { status: 200, header: new Headers({ "content-type": answer.contentType }), body: answer.body };
}
