import { type Clock, LpError, type Net, type Random, readAnswer, toHex } from "@livepeer-ts/kernel";
import type { AiFile } from "../pipelines/ai-request.ts";
import { type AiJob, type AiOutcome, RunnerRefusal } from "../ports/ai-engine.ts";
import type { VideoAssembler } from "../ports/video-assembler.ts";
import { aiWire } from "../wire/ai-wire.ts";
import { checkAnswer, replaceUrls } from "../wire/check-answer.ts";
import { readDataUrl } from "../wire/data-url.ts";
import { readLlmEvents } from "../wire/llm-events.ts";
import { mediaExtension } from "../wire/media-name.ts";
import { begun, relayed } from "../wire/relayed.ts";
import { writeAiRequest } from "../wire/write-ai-request.ts";

export type RunnerCallDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly assembler: VideoAssembler;
};

/** Address of a runner that is healthy. */
export type RunnerAddress = { readonly url: string; readonly token: string | undefined };

/** Largest answer of a runner: the pictures of a video as text. */
const maxAnswerBytes = 256 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
/** Frames a second of a video whose request names none. */
const defaultFps = 7;

/**
 * Has one runner do a job. Rejects with `RunnerRefusal` when it answered with an error, `bad_answer` when it answered with something
 * else than its pipeline gives, `runner_timeout`, or the net's own error when it cannot be reached.
 */
export async function callRunner(
  runner: RunnerAddress,
  job: AiJob,
  deps: RunnerCallDeps,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AiOutcome> {
  const { request } = job;
  const { pipeline } = request;
  const deadline = deps.clock.deadline(timeoutMs, signal);
  const late = (error: unknown): unknown =>
    deadline.signal.aborted && !signal.aborted
      ? new LpError({
          code: "runner_timeout",
          message: `the runner of ${pipeline.name} has not answered within ${timeoutMs / 1000} s`,
          retryable: true,
          cause: error,
        })
      : error;
  let isStreaming = false;
  try {
    const written = writeAiRequest(request, deps.random);
    const answer = await deps.net.request({
      method: "POST",
      url: `${runner.url}/${pipeline.name}`,
      header: new Headers({
        "content-type": written.contentType,
        ...(runner.token === undefined ? {} : { authorization: `Bearer ${runner.token}` }),
      }),
      body: written.body(),
      signal: deadline.signal,
    });
    if (answer.status !== 200) {
      const body = await readAnswer(answer, maxErrorBytes);
      throw new RunnerRefusal(answer.status, refusalText(new TextDecoder().decode(body)));
    }
    if (request.fields.get("stream") === true && pipeline.result === "llm") {
      if (!(answer.header.get("content-type") ?? "").startsWith(aiWire.eventStreamType)) {
        throw new LpError({ code: "bad_answer", message: "the runner was asked for events and sent none" });
      }
      const events = await begun(readLlmEvents(answer.body));
      isStreaming = true;
      return {
        kind: "events",
        events: relayed(
          events,
          (event) => event,
          () => deadline.clear(),
        ),
      };
    }
    const body = await readAnswer(answer, maxAnswerBytes);
    return pipeline.result === "video"
      ? await videoOutcome(job, body, deps, deadline.signal)
      : await jsonOutcome(job, body, deps.random);
  } catch (error) {
    throw late(error);
  } finally {
    if (!isStreaming) deadline.clear();
  }
}

async function jsonOutcome(job: AiJob, body: Uint8Array, random: Random): Promise<AiOutcome> {
  const files: AiFile[] = [];
  const value = await replaceUrls(checkAnswer(job.request.pipeline, body), async (url) => {
    const file = mediaOf(url, shortId(random));
    files.push(file);
    return file.name;
  });
  return { kind: "json", value, files };
}

/** Runners answer with pictures, one list of them; clients get a video under the name that pictures have. */
async function videoOutcome(
  job: AiJob,
  body: Uint8Array,
  { random, assembler }: RunnerCallDeps,
  signal: AbortSignal,
): Promise<AiOutcome> {
  let frames: unknown;
  try {
    frames = (JSON.parse(new TextDecoder().decode(body)) as { frames?: unknown } | null)?.frames;
  } catch (cause) {
    throw new LpError({ code: "bad_answer", message: "the runner's answer is no JSON", retryable: true, cause });
  }
  const batch: unknown = Array.isArray(frames) && frames.length === 1 ? frames[0] : undefined;
  if (!Array.isArray(batch) || batch.length === 0) {
    throw new LpError({ code: "bad_answer", message: "unexpected number of image-to-video outputs", retryable: true });
  }
  const pictures = batch.map((frame: unknown, index) =>
    mediaOf((frame as { url?: unknown } | null)?.url, `frame-${index}`),
  );
  const first = batch[0] as { seed?: unknown; nsfw?: unknown };
  const fps = job.request.fields.get("fps");
  const made = await assembler.assemble(pictures, typeof fps === "number" && fps > 0 ? fps : defaultFps, signal);
  const file = { ...made, name: `${shortId(random)}.mp4` };
  const image = { url: file.name, seed: Number(first.seed ?? 0), nsfw: first.nsfw === true };
  return { kind: "json", value: { images: [image] }, files: [file] };
}

function mediaOf(url: unknown, stem: string): AiFile {
  const media = typeof url === "string" ? readDataUrl(url) : undefined;
  if (media === undefined || media.bytes.length === 0) {
    throw new LpError({ code: "bad_answer", message: "the runner's answer holds no media", retryable: true });
  }
  return { name: `${stem}${mediaExtension(media.mediaType)}`, ...media };
}

/** A runner's own words: `{"detail":{"msg"}}`, `{"detail":[{"loc","msg"}]}`, or the text as it is. */
function refusalText(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    if (Array.isArray(detail)) {
      return detail.map(({ loc, msg }: { loc?: unknown[]; msg?: unknown }) => `${loc?.join(".")}: ${msg}`).join("; ");
    }
    if (typeof detail === "string") return detail;
    const msg = (detail as { msg?: unknown } | undefined)?.msg;
    if (typeof msg === "string") return msg;
  } catch {
    // no JSON: it is text
  }
  return body.trim().slice(0, 500);
}

/** 8 hex digits, as the protocol names results. */
export function shortId(random: Pick<Random, "bytes">): string {
  return toHex(random.bytes(4)).slice(2);
}
