import { errorText, LpError, readAnswer, toHex, utf8 } from "@livepeer-ts/kernel";
import { containerMime, joinMixed } from "@livepeer-ts/media";
import { isCompatibleWith } from "../capabilities/index.ts";
import type { EngineRendition } from "../orchestrator/segment-engine.ts";
import { bringResult } from "../remote/bring-result.ts";
import { readSegData } from "../segments/segment-credentials.ts";
import type { NotifySegment } from "../wire/net_pb.gen.ts";
import { maxSegmentBytes } from "../wire/segment-wire.ts";
import { remoteTranscoderErrors, transcoderWire } from "../wire/transcoder-wire.ts";
import type { TranscoderDeps, TranscoderOptions } from "./transcoder-role.ts";

const downloadMs = 8000;
const uploadMs = 60_000;

type Result = {
  readonly contentType: string;
  readonly pixels: number;
  readonly body: () => AsyncIterable<Uint8Array> | Uint8Array;
};

/** Fetches a segment, has it transcoded and brings the renditions, or the reason why there are none, to the orchestrator. */
export async function runTranscodeTask(
  notice: NotifySegment,
  options: TranscoderOptions,
  deps: TranscoderDeps,
  signal: AbortSignal,
): Promise<void> {
  let result: Result;
  try {
    result = await transcode(notice, deps, signal);
  } catch (error) {
    deps.logger.warn("a segment could not be transcoded", { taskId: notice.taskId, error: errorText(error) });
    result = { contentType: transcoderWire.errorType, pixels: 0, body: () => utf8(errorText(error)) };
  }
  await bringResult(
    {
      url: `${options.orchestratorUrl}${transcoderWire.resultsPath}`,
      header: new Headers({
        Authorization: transcoderWire.scheme,
        [transcoderWire.credentialsHeader]: options.secret,
        [transcoderWire.taskIdHeader]: notice.taskId.toString(),
        [transcoderWire.pixelsHeader]: String(result.pixels),
        "Content-Type": result.contentType,
      }),
      body: result.body,
      timeoutMs: uploadMs,
      isRepeatable: true,
    },
    deps,
    signal,
  );
}

async function transcode(notice: NotifySegment, deps: TranscoderDeps, signal: AbortSignal): Promise<Result> {
  if (notice.segData === undefined)
    throw new LpError({ code: "bad_task", message: "the task says nothing about its segment" });
  const credentials = readSegData(notice.segData);
  if (credentials.capabilities !== undefined && !isCompatibleWith(credentials.capabilities, deps.capabilities)) {
    throw new LpError({ code: "incompatible", message: remoteTranscoderErrors.incompatible });
  }
  const bytes = await download(notice.url, deps, signal);
  const sessionId = credentials.authToken?.sessionId ?? credentials.manifestId;
  const outcome = await deps.engine.transcode({ sessionId, credentials, bytes, orchId: notice.orchId }, signal);
  if (outcome.renditions.length !== credentials.profiles.length) {
    throw new LpError({ code: "count_mismatch", message: remoteTranscoderErrors.countMismatch });
  }
  const boundary = toHex(deps.random.bytes(10)).slice(2);
  const parts = outcome.renditions.flatMap(partsOf);
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    pixels: outcome.decodedPixelCount,
    body: () => joinMixed(parts, boundary),
  };
}

function partsOf(rendition: EngineRendition) {
  const { bytes, pixelCount, perceptualHash, profile } = rendition;
  const type = containerMime(profile.format);
  const media = { header: headerOf(type, bytes, [[transcoderWire.pixelsHeader, String(pixelCount)]]), bytes };
  if (perceptualHash === undefined) return [media];
  return [media, { header: headerOf(transcoderWire.perceptualHashType, perceptualHash), bytes: perceptualHash }];
}

function headerOf(type: string, bytes: Uint8Array, more: readonly (readonly [string, string])[] = []) {
  return [["Content-Length", String(bytes.length)], ["Content-Type", type], ...more] as const;
}

async function download(url: string, deps: TranscoderDeps, signal: AbortSignal): Promise<Uint8Array> {
  const deadline = deps.clock.deadline(downloadMs, signal);
  try {
    const answer = await deps.net.request({ method: "GET", url, header: new Headers(), signal: deadline.signal });
    if (answer.status !== 200) {
      throw new LpError({
        code: "input_download",
        message: `the orchestrator answered ${answer.status} for the segment`,
      });
    }
    return await readAnswer(answer, maxSegmentBytes);
  } finally {
    deadline.clear();
  }
}
