import { LpError } from "@livepeer-ts/kernel";
import type { MediaMeter, PictureSize } from "../ports/media-meter.ts";
import type { AiFile, AiRequest } from "./ai-request.ts";

const videoFrames = 25n;

/** What a request is charged for, and what its latency is measured by. */
export type WorkUnits = {
  /** Units that both sides charge: pixels, milliseconds of sound, tokens asked for, thousandths of a character. */
  readonly units: bigint;
  /** Whole seconds of the sound; undefined for pipelines without any. */
  readonly audioSeconds: number | undefined;
};

/**
 * Units of a request (`ai.md` §4.2 of the protocol's facts): gateway and orchestrator must come to the same number.
 * Rejects with `bad_media` for media that cannot be measured.
 */
export async function workUnits(request: AiRequest, meter: MediaMeter, signal: AbortSignal): Promise<WorkUnits> {
  const pixels = ({ width, height }: PictureSize) => BigInt(width) * BigInt(height);
  const input = async () => pixels(await meter.pictureSize(file(request, "image"), signal));
  const only = (units: bigint): WorkUnits => ({ units, audioSeconds: undefined });
  const each = BigInt(request.pipeline.unit.count);
  const images = () => whole(request, "num_images_per_prompt", 1n);
  switch (request.pipeline.name) {
    case "text-to-image":
      return only(whole(request, "height", 512n) * whole(request, "width", 512n) * images());
    case "image-to-image":
      return only((await input()) * images());
    case "image-to-video":
      return only(whole(request, "height", 576n) * whole(request, "width", 1024n) * videoFrames);
    case "upscale":
    case "segment-anything-2":
    case "image-to-text":
      return only(await input());
    case "audio-to-text": {
      const audioSeconds = await meter.audioSeconds(file(request, "audio"), signal);
      return { units: BigInt(audioSeconds) * each, audioSeconds };
    }
    case "llm":
      return only(whole(request, "max_tokens", 256n));
    case "text-to-speech":
      return only(BigInt([...String(request.fields.get("text") ?? "")].length) * each);
  }
}

/** A count of the request; what is missing or below 1 counts as the default, so that nothing is ever charged backwards. */
function whole(request: AiRequest, name: string, otherwise: bigint): bigint {
  const value = request.fields.get(name);
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? BigInt(value) : otherwise;
}

function file(request: AiRequest, name: string): AiFile {
  const found = request.files.get(name);
  if (found === undefined) throw new LpError({ code: "bad_media", message: `the request has no ${name}` });
  return found;
}
