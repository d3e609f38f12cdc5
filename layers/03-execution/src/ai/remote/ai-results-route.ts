import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  LpError,
  readBody,
  sameSecret,
  utf8,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../../http/text-answer.ts";
import { boundaryOf, splitMixed } from "../../remote/multipart-mixed.ts";
import { aiPipeline } from "../pipelines/ai-pipelines.ts";
import type { AiFile } from "../pipelines/ai-request.ts";
import { type AiOutcome, type LlmEvent, RunnerRefusal } from "../ports/ai-engine.ts";
import { aiErrors, aiWire } from "../wire/ai-wire.ts";
import { checkAnswer } from "../wire/check-answer.ts";
import { readLlmEvents } from "../wire/llm-events.ts";
import { begun, relayed } from "../wire/relayed.ts";
import type { AiWorkerPool } from "./ai-worker-pool.ts";
import { aiWorkerWire, maxAiResultBytes, maxAiResultParts } from "./ai-worker-wire.ts";

export type AiResultsRouteDeps = {
  readonly secret: string;
  readonly pool: Pick<AiWorkerPool, "settle">;
  readonly logger: Logger;
};

const maxErrorBytes = 64 * 1024;

/** `POST /aiResults`: where remote workers bring what came of a job. */
export function aiResultsRoute(deps: AiResultsRouteDeps): HttpRoute {
  return {
    name: "AI results",
    match: (_request, path) => path === aiWorkerWire.resultsPath,
    handle: (request) => takeResult(request, deps),
  };
}

async function takeResult(request: HttpRequest, deps: AiResultsRouteDeps): Promise<HttpResponse> {
  const { header } = request;
  const isKnown = sameSecret(header.get(aiWorkerWire.credentialsHeader) ?? "", deps.secret);
  if (header.get("authorization") !== aiWire.scheme || !isKnown) {
    deps.logger.warn("an AI result with wrong credentials was refused", { peer: request.peer.address });
    return textAnswer(401, "Unauthorized");
  }
  const contentType = header.get("content-type") ?? "";
  const taskText = header.get(aiWorkerWire.taskIdHeader) ?? "";
  const boundary = boundaryOf(contentType);
  const isEvents = contentType.startsWith(aiWire.eventStreamType);
  if (boundary === undefined && !isEvents && contentType !== aiWorkerWire.errorType) {
    return textAnswer(
      415,
      `content type "${contentType.slice(0, 80)}" is neither multipart/mixed, events nor an error`,
    );
  }
  if (!/^\d{1,18}$/.test(taskText)) return textAnswer(400, "Invalid Task ID");
  const taskId = BigInt(taskText);
  try {
    if (contentType === aiWorkerWire.errorType) {
      const text = new TextDecoder().decode(await readBody(request.body, maxErrorBytes)).trim();
      deps.pool.settle(taskId, workerError(text));
    } else if (isEvents) await relayEvents(taskId, request, deps);
    else deps.pool.settle(taskId, await readResult(request, boundary as string));
    return {
      status: 200,
      header: new Headers({ "content-type": "text/plain; charset=utf-8" }),
      body: bodyOf(utf8("OK")),
    };
  } catch (cause) {
    deps.logger.warn("an AI result could not be read", { peer: request.peer.address, error: errorText(cause) });
    deps.pool.settle(taskId, new LpError({ code: "bad_result", message: errorText(cause), cause, retryable: true }));
    return textAnswer(500, errorText(cause));
  }
}

/** Hands the events over as they come; resolves when whoever reads them has them all, or wants no more. */
async function relayEvents(taskId: bigint, request: HttpRequest, deps: AiResultsRouteDeps): Promise<void> {
  const events = await begun(readLlmEvents(request.body));
  const over = Promise.withResolvers<void>();
  const series = relayed<LlmEvent, LlmEvent>(
    events,
    (event) => event,
    () => over.resolve(),
  );
  if (deps.pool.settle(taskId, { kind: "events", events: series })) await over.promise;
  else await series.return?.();
}

/** File parts, then one of JSON whose URLs are their names. */
async function readResult(request: HttpRequest, boundary: string): Promise<AiOutcome> {
  const body = await readBody(request.body, maxAiResultBytes);
  const parts = splitMixed(body, boundary, { maxParts: maxAiResultParts, maxPartBytes: maxAiResultBytes });
  const files: AiFile[] = [];
  let answer: Uint8Array | undefined;
  for (const part of parts) {
    const mediaType = part.header.get("content-type") ?? "";
    const name = /filename="?([^";]+)"?/i.exec(part.header.get("content-disposition") ?? "")?.[1];
    if (mediaType.startsWith("application/json")) answer = part.bytes;
    else if (name !== undefined) files.push({ name, mediaType, bytes: part.bytes });
  }
  const pipeline = aiPipeline(request.header.get(aiWorkerWire.pipelineHeader) ?? "");
  if (answer === undefined || pipeline === undefined) {
    throw new LpError({ code: "bad_result", message: "the result has no JSON part, or does not name its pipeline" });
  }
  return { kind: "json", value: checkAnswer(pipeline, answer), files };
}

/** A worker's words as the failure they were there. */
function workerError(text: string): LpError {
  const returned = /returned (\d{3}): (.*)$/s.exec(text);
  if (returned !== null) return new RunnerRefusal(Number(returned[1]), returned[2] as string);
  const isFull = text.includes(aiErrors.capacity);
  return new LpError({ code: isFull ? "insufficient_capacity" : "ai_worker_error", message: text, retryable: isFull });
}
