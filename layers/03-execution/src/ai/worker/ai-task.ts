import {
  type Clock,
  errorText,
  eventBytes,
  type Logger,
  LpError,
  type Net,
  type Random,
  readBody,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import { joinMixed } from "@livepeer-ts/media";
import { bringResult } from "../../remote/bring-result.ts";
import type { NotifyAIJob } from "../../wire/net_pb.gen.ts";
import { aiPipeline } from "../pipelines/ai-pipelines.ts";
import { type AiFile, type AiRequest, maxAiRequestBytes } from "../pipelines/ai-request.ts";
import { type AiEngine, type AiOutcome, RunnerRefusal } from "../ports/ai-engine.ts";
import { aiResultMs, aiWorkerWire } from "../remote/ai-worker-wire.ts";
import { shortId } from "../runner/runner-call.ts";
import { aiWire, runnerReturned } from "../wire/ai-wire.ts";
import { checkAiRequest } from "../wire/read-ai-request.ts";
import { relayed } from "../wire/relayed.ts";

export type AiTaskDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly engine: AiEngine;
};

const downloadMs = 60_000;
const uploadMs = 120_000;

type Result = {
  readonly contentType: string;
  readonly body: () => AsyncIterable<Uint8Array> | Uint8Array;
  readonly timeoutMs: number;
  readonly isRepeatable: boolean;
};

/** Fetches a job's media, has it done and brings what came of it, or the reason why nothing did, to the orchestrator. */
export async function runAiTask(
  notice: NotifyAIJob,
  options: { readonly orchestratorUrl: string; readonly secret: string },
  deps: AiTaskDeps,
  signal: AbortSignal,
): Promise<void> {
  const { taskId } = notice;
  const pipeline = notice.AIJobData?.pipeline ?? "";
  let result: Result;
  try {
    result = resultOf(await work(notice, deps, signal), deps);
  } catch (error) {
    deps.logger.warn("an AI job came to nothing", { taskId, pipeline, error: errorText(error) });
    const text =
      error instanceof RunnerRefusal ? runnerReturned(pipeline, error.status, error.message) : errorText(error);
    result = { contentType: aiWorkerWire.errorType, body: () => utf8(text), timeoutMs: uploadMs, isRepeatable: true };
  }
  const { contentType, ...rest } = result;
  await bringResult(
    {
      ...rest,
      url: `${options.orchestratorUrl}${aiWorkerWire.resultsPath}`,
      header: new Headers({
        Authorization: aiWire.scheme,
        [aiWorkerWire.credentialsHeader]: options.secret,
        [aiWorkerWire.taskIdHeader]: taskId.toString(),
        [aiWorkerWire.pipelineHeader]: pipeline,
        "Content-Type": contentType,
      }),
    },
    deps,
    signal,
  );
}

async function work(notice: NotifyAIJob, deps: AiTaskDeps, signal: AbortSignal): Promise<AiOutcome> {
  const request = await readNotice(notice, deps, signal);
  const duration = /"duration":"?(\d+)/.exec(String(request.fields.get("metadata") ?? ""))?.[1];
  const audioSeconds = duration === undefined ? undefined : Number(duration);
  return deps.engine.run({ requestId: shortId(deps.random), request, audioSeconds }, signal);
}

async function readNotice({ AIJobData: data }: NotifyAIJob, deps: AiTaskDeps, signal: AbortSignal): Promise<AiRequest> {
  const pipeline = aiPipeline(data?.pipeline ?? "");
  if (pipeline === undefined) {
    throw new LpError({
      code: "bad_task",
      message: `this worker knows no pipeline "${data?.pipeline.slice(0, 80) ?? ""}"`,
    });
  }
  const { input_url, request } = JSON.parse(new TextDecoder().decode(data?.requestData)) as {
    input_url?: unknown;
    request?: Record<string, unknown>;
  };
  const files = new Map<string, AiFile>();
  const field = pipeline.fields.find(({ type }) => type === "file");
  if (field !== undefined && typeof input_url === "string" && input_url !== "") {
    files.set(field.name, await fetchInput(input_url, deps, signal));
  }
  return checkAiRequest(pipeline, { values: new Map(Object.entries(request ?? {})), files }, false);
}

async function fetchInput(url: string, deps: AiTaskDeps, signal: AbortSignal): Promise<AiFile> {
  const deadline = deps.clock.deadline(downloadMs, signal);
  try {
    const answer = await deps.net.request({ method: "GET", url, header: new Headers(), signal: deadline.signal });
    const bytes = await readBody(answer.body, maxAiRequestBytes);
    if (answer.status !== 200) {
      throw new LpError({
        code: "input_download",
        message: `the orchestrator answered ${answer.status} for the job's input`,
      });
    }
    const name = new URL(url).pathname.split("/").at(-1) ?? "input";
    return { name, mediaType: answer.header.get("content-type") ?? "", bytes };
  } finally {
    deadline.clear();
  }
}

function resultOf(outcome: AiOutcome, { random }: AiTaskDeps): Result {
  if (outcome.kind === "events") {
    const body = relayed(
      outcome.events,
      (event) => eventBytes(JSON.stringify(event)),
      () => {},
    );
    return { contentType: aiWire.eventStreamType, body: () => body, timeoutMs: aiResultMs, isRepeatable: false };
  }
  const boundary = toHex(random.bytes(10)).slice(2);
  const json = utf8(JSON.stringify(outcome.value));
  const parts = [
    ...outcome.files.map(({ name, mediaType, bytes }) => ({
      header: [
        ["Content-Type", mediaType],
        ["Content-Length", String(bytes.length)],
        ["Content-Disposition", `attachment; filename=${name}`],
      ] as const,
      bytes,
    })),
    { header: [["Content-Type", "application/json"]] as const, bytes: json },
  ];
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: () => joinMixed(parts, boundary),
    timeoutMs: uploadMs,
    isRepeatable: true,
  };
}
