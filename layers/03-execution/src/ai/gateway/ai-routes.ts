import {
  errorText,
  eventBytes,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  type ObjectStore,
  type Random,
  type Tasks,
} from "@livepeer-ts/kernel";
import type { MediaShelf } from "../media/media-shelf.ts";
import type { AiPipeline } from "../pipelines/ai-pipeline.ts";
import { aiPipelines } from "../pipelines/ai-pipelines.ts";
import type { AiFile, AiRequest } from "../pipelines/ai-request.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors, aiWire } from "../wire/ai-wire.ts";
import { replaceUrls } from "../wire/check-answer.ts";
import { readAiRequest, readJsonObject } from "../wire/read-ai-request.ts";
import { relayed } from "../wire/relayed.ts";
import type { AiAnswer, AiJobs } from "./ai-jobs.ts";
import { withFailureEvent } from "./failure-event.ts";
import { jobStageRoute } from "./job-stage-route.ts";
import { errorJson, failureJson, jsonAnswer, preflightAnswer, streamAnswer } from "./json-answer.ts";
import type { VideoResults } from "./video-results.ts";
import type { WatchedJob, WatchedJobs } from "./watched-jobs.ts";

export type AiRoutesDeps = {
  readonly jobs: AiJobs;
  /** Results that this node serves itself. */
  readonly shelf: MediaShelf;
  /** Where results go instead when it is there; its URLs are absolute. */
  readonly store: () => Promise<ObjectStore | undefined>;
  readonly videos: VideoResults;
  readonly watched: WatchedJobs;
  readonly random: Random;
  readonly logger: Logger;
  readonly tasks: Tasks;
};

const byPath = new Map(aiPipelines.map((pipeline) => [`/${pipeline.name}`, pipeline]));

/** The pipelines' routes of a gateway, where its jobs are, the later answers of videos, and the results that it keeps. */
export function aiGatewayRoutes(deps: AiRoutesDeps): readonly HttpRoute[] {
  return [
    {
      name: "AI pipeline",
      match: (_request, path) => byPath.has(path),
      handle: (request) => guarded(request, deps, (requestId) => servePipeline(request, requestId, deps)),
    },
    {
      name: "AI video result",
      match: (_request, path) => path === aiWire.videoResultPath,
      handle: (request) => guarded(request, deps, () => serveVideoResult(request, deps)),
    },
    jobStageRoute(deps.watched),
    deps.shelf.route(),
  ];
}

/** Preflight, method, and every failure as JSON. */
async function guarded(
  request: HttpRequest,
  deps: Pick<AiRoutesDeps, "random" | "logger">,
  serve: (requestId: string) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const requestId = shortId(deps.random);
  const more = { [aiWire.requestIdHeader]: requestId };
  if (request.method === "OPTIONS") return preflightAnswer("POST, OPTIONS");
  if (request.method !== "POST") {
    return jsonAnswer(405, failureJson(405, { message: aiErrors.notAllowed, code: "not_allowed" }), {
      ...more,
      allow: "POST, OPTIONS",
    });
  }
  try {
    return await serve(requestId);
  } catch (error) {
    const { status, value } = errorJson(error);
    if (!(error instanceof AiRefusal)) deps.logger.error("AI request failed", { requestId, error: errorText(error) });
    return jsonAnswer(status, value, more);
  }
}

async function servePipeline(request: HttpRequest, requestId: string, deps: AiRoutesDeps): Promise<HttpResponse> {
  const pipeline = byPath.get(new URL(request.url).pathname) as AiPipeline;
  const job = watchedJob(request, deps.watched);
  let isLater = false;
  try {
    const ai = await readAiRequest(pipeline, request, true);
    const client = clientOf(request);
    if (pipeline.result === "video" && request.header.get("prefer") === aiWire.respondAsync) {
      const accepted = later(requestId, ai, client, job, deps);
      isLater = true;
      return accepted;
    }
    const answer = await deps.jobs.run(requestId, ai, client, request.signal, job);
    return await answered(requestId, answer, deps);
  } finally {
    if (!isLater) job?.end();
  }
}

/** The job under the id that its client chose, if it did. */
export function watchedJob(request: HttpRequest, watched: WatchedJobs): WatchedJob | undefined {
  return watched.begin(request.header.get(aiWire.jobIdHeader) ?? undefined);
}

/** Who did a job and what it cost, as fields of its answer. */
export function factsOf(requestId: string, { uri, feeWei }: Pick<AiAnswer, "uri" | "feeWei">): Record<string, string> {
  return {
    [aiWire.requestIdHeader]: requestId,
    [aiWire.orchestratorHeader]: uri,
    ...(feeWei === undefined ? {} : { [aiWire.feeHeader]: feeWei.toString() }),
  };
}

/** The gateway's answer for an answer that came. */
export async function answered(
  requestId: string,
  { outcome, uri, feeWei }: AiAnswer,
  deps: Pick<AiRoutesDeps, "shelf" | "store">,
): Promise<HttpResponse> {
  const more = factsOf(requestId, { uri, feeWei });
  if (outcome.kind === "events") {
    const body = relayed(
      outcome.events,
      (event) => eventBytes(JSON.stringify(event)),
      () => {},
    );
    return streamAnswer(aiWire.eventStreamType, withFailureEvent(body), more);
  }
  return jsonAnswer(200, await stored(requestId, outcome.value, outcome.files, deps), more);
}

/** The answer with its media where clients can fetch them. */
async function stored(
  requestId: string,
  value: Readonly<Record<string, unknown>>,
  files: readonly AiFile[],
  { shelf, store: openStore }: Pick<AiRoutesDeps, "shelf" | "store">,
): Promise<Readonly<Record<string, unknown>>> {
  if (files.length === 0) return value;
  const store = await openStore();
  return replaceUrls(value, async (name) => {
    const file = files.find((candidate) => candidate.name === name) as AiFile;
    if (store === undefined) return shelf.put(requestId, file);
    const options = { contentType: file.mediaType, isPublic: true };
    return (await store.put(`${requestId}/${file.name}`, file.bytes, options)).url;
  });
}

/** 202 at once, and the outcome under the request's id. */
function later(
  requestId: string,
  request: AiRequest,
  client: string,
  job: WatchedJob | undefined,
  deps: AiRoutesDeps,
): HttpResponse {
  try {
    deps.videos.begin(requestId);
  } catch (cause) {
    throw new AiRefusal(503, "too_many_jobs", errorText(cause), cause);
  }
  deps.tasks.spawn("video for later", async (signal) => {
    try {
      const { outcome } = await deps.jobs.run(requestId, request, client, signal, job);
      if (outcome.kind === "json") {
        deps.videos.complete(requestId, await stored(requestId, outcome.value, outcome.files, deps));
      }
    } catch (error) {
      deps.videos.complete(requestId, errorJson(error).value as Record<string, unknown>);
    } finally {
      job?.end();
    }
  });
  return jsonAnswer(202, { request_id: requestId }, { [aiWire.requestIdHeader]: requestId });
}

async function serveVideoResult(request: HttpRequest, deps: AiRoutesDeps): Promise<HttpResponse> {
  const asked = (await readJsonObject(request.body)).get("request_id");
  const result = typeof asked === "string" ? deps.videos.get(asked) : undefined;
  if (result === undefined) throw new AiRefusal(400, "unknown_request", aiErrors.invalidRequestId);
  return jsonAnswer(result.status === "processing" ? 202 : 200, result);
}

/** Whose jobs these are, for the order in which they get places: the key it shows, else where it comes from. */
export function clientOf(request: HttpRequest): string {
  return request.header.get("authorization") ?? request.peer.address;
}
