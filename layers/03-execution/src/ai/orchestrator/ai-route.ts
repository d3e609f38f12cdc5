import {
  bodyOf,
  type Clock,
  errorText,
  eventBytes,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type Rational,
  utf8,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../../http/text-answer.ts";
import {
  type AdmissionDeps,
  type AdmittedWork,
  admitCredentials,
  Refusal,
  refusal,
} from "../../orchestrator/work-admission.ts";
import type { PaymentRecipient } from "../../ports/payment-recipient.ts";
import type { MediaShelf } from "../media/media-shelf.ts";
import type { AiPipeline } from "../pipelines/ai-pipeline.ts";
import { aiPipelines } from "../pipelines/ai-pipelines.ts";
import { workUnits } from "../pipelines/work-units.ts";
import { type AiEngine, type AiOutcome, RunnerRefusal } from "../ports/ai-engine.ts";
import type { MediaMeter } from "../ports/media-meter.ts";
import { shortId } from "../runner/runner-call.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import { aiErrors, aiWire, runnerReturned } from "../wire/ai-wire.ts";
import { replaceUrls } from "../wire/check-answer.ts";
import { dataUrl } from "../wire/data-url.ts";
import { readAiRequest } from "../wire/read-ai-request.ts";
import { relayed } from "../wire/relayed.ts";

export type AiRouteDeps = Omit<AdmissionDeps, "sessions"> & {
  readonly engine: AiEngine;
  readonly recipient: PaymentRecipient;
  readonly meter: MediaMeter;
  /** Where gateways fetch media from. */
  readonly shelf: MediaShelf;
  readonly serviceUri: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

const byPath = new Map(aiPipelines.map((pipeline) => [`/${pipeline.name}`, pipeline]));
/** Pipelines whose pictures come as data URLs to whoever is no gateway. */
const inlineToStrangers: ReadonlySet<string> = new Set(["text-to-image", "image-to-image", "upscale"]);

/** `POST /<pipeline>` on an orchestrator: payment, credentials, request, capacity, work, in the protocol's order. */
export function aiRoute(deps: AiRouteDeps): HttpRoute {
  return {
    name: "ai job",
    match: (_request, path) => byPath.has(path),
    async handle(request) {
      if (request.method !== "POST") return textAnswer(405, aiErrors.notAllowed);
      const pipeline = byPath.get(new URL(request.url).pathname) as AiPipeline;
      try {
        return await serveJob(pipeline, request, deps);
      } catch (error) {
        const status = error instanceof Refusal || error instanceof AiRefusal ? error.status : 500;
        const { name } = pipeline;
        deps.logger.info("AI job refused", {
          pipeline: name,
          status,
          error: errorText(error),
          peer: request.peer.address,
        });
        return textAnswer(status, errorText(error));
      }
    },
  };
}

async function serveJob(pipeline: AiPipeline, request: HttpRequest, deps: AiRouteDeps): Promise<HttpResponse> {
  const work = admitCredentials(request, deps);
  const ai = await readAiRequest(pipeline, request, false);
  const offer = deps.engine
    .offers()
    .find((candidate) => candidate.pipeline === pipeline.name && candidate.modelId === ai.modelId);
  if (offer === undefined || offer.inUse >= offer.capacity) throw new Refusal(503, aiErrors.capacity);
  const balanceId = `${pipeline.capability}_${ai.modelId}`;
  await takePayment(work, balanceId, deps);
  const { units, audioSeconds } = await workUnits(ai, deps.meter, request.signal).catch((cause: unknown) => {
    throw new AiRefusal(400, "bad_media", errorText(cause), cause);
  });

  const requestId = shortId(deps.random);
  const startedAt = deps.clock.mono();
  const labels = { pipeline: pipeline.name, model_name: ai.modelId };
  deps.metrics.count("livepeer_ai_models_requested", labels);
  const facts = { requestId, pipeline: pipeline.name, modelId: ai.modelId, sender: work.sender };
  deps.logger.info("AI job", { ...facts, units });
  const outcome = await deps.engine
    .run({ requestId, request: ai, audioSeconds }, request.signal)
    .catch((error: unknown) => {
      deps.metrics.count("livepeer_ai_request_errors", {
        ...labels,
        error_code: error instanceof LpError ? error.code : "internal",
        sender: work.sender,
      });
      deps.logger.warn("AI job failed", { ...facts, error: errorText(error) });
      throw refusalOf(pipeline, error);
    });
  const done = (charged: bigint): Rational => {
    const seconds = (deps.clock.mono() - startedAt) / 1000;
    if (units > 0n) deps.metrics.gauge("livepeer_ai_request_latency_score", seconds / Number(units), labels);
    const price = deps.recipient.priceOf(work.sender, balanceId, work.credentials.capabilities);
    return deps.recipient.debit(work.sender, balanceId, charged, price);
  };
  if (outcome.kind === "events") return eventAnswer(outcome.events, units, done);
  const body = await answerJson(pipeline, requestId, outcome, request, deps);
  done(units);
  return {
    status: 200,
    header: new Headers({ "content-type": "application/json", "content-length": String(body.length) }),
    body: bodyOf(body),
  };
}

async function takePayment(work: AdmittedWork, balanceId: string, deps: AiRouteDeps): Promise<void> {
  try {
    await deps.recipient.receive(work.payment, balanceId, balanceId);
  } catch (cause) {
    throw new Refusal(400, errorText(cause), cause);
  }
  const price = deps.recipient.priceOf(work.sender, balanceId, work.credentials.capabilities);
  if (!deps.recipient.hasBalance(work.sender, balanceId, price)) throw refusal("balance");
}

/** Whoever stops reading pays for what came until then, one unit for each event. */
function eventAnswer(
  events: Extract<AiOutcome, { kind: "events" }>["events"],
  units: bigint,
  done: (charged: bigint) => Rational,
): HttpResponse {
  return {
    status: 200,
    header: new Headers({ "content-type": aiWire.eventStreamType, "cache-control": "no-cache" }),
    body: relayed(
      events,
      (event) => eventBytes(JSON.stringify(event)),
      (end, count) => {
        if (end.kind === "whole") done(units);
        else if (end.kind === "left") done(units < BigInt(count) ? units : BigInt(count));
      },
    ),
  };
}

async function answerJson(
  pipeline: AiPipeline,
  requestId: string,
  outcome: Extract<AiOutcome, { kind: "json" }>,
  request: HttpRequest,
  deps: AiRouteDeps,
): Promise<Uint8Array> {
  const isGateway = request.header.get("authorization") === aiWire.scheme;
  const isInline = !isGateway && inlineToStrangers.has(pipeline.name);
  const value = await replaceUrls(outcome.value, async (name) => {
    const file = outcome.files.find((candidate) => candidate.name === name);
    if (file === undefined)
      throw new LpError({ code: "bad_answer", message: `the answer names ${name}, which did not come` });
    if (isInline) return dataUrl(file.mediaType, file.bytes);
    return `${deps.serviceUri}${deps.shelf.put(requestId, file)}`;
  });
  return utf8(`${JSON.stringify(value)}\n`);
}

/** What peers read of a failure: capacity as 503, a runner's own status in the text that gateways look into. */
function refusalOf(pipeline: AiPipeline, error: unknown): LpError {
  if (error instanceof RunnerRefusal) {
    return new Refusal(500, runnerReturned(pipeline.name, error.status, error.message), error);
  }
  if (error instanceof LpError && error.code === "insufficient_capacity") {
    return new Refusal(503, aiErrors.capacity, error);
  }
  return error instanceof LpError ? error : new LpError({ code: "ai_failed", message: errorText(error), cause: error });
}
