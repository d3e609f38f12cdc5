import type { Clock } from "@livepeer-ts/kernel";
import type { Rendition, TranscodeOutcome, TranscodeRequest, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { scaledSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import { countOfScan } from "../segments/count-rendition.ts";
import { type SegmentScan, scanSegment } from "../segments/scan-segment.ts";
import { checkInput, checkRequest, checkRunaway } from "../transcode/classify-input.ts";
import { transcoderError } from "../wire/transcoder-errors.ts";
import { syntheticTs } from "./synthetic-segment.ts";

/** Options of the engine without an encoder. */
export type RemuxBackendOptions = {
  /** Time a segment takes, ms, from the pixels it makes; needs `clock`. Default: none. */
  readonly costMs?: (pixelCount: number) => number;
  readonly clock?: Clock;
};

function sampled(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < bytes.length; i += 61) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}

function withName(sample: number, name: string): number {
  let hash = sample;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 1;
}

function frameTimes(scan: SegmentScan, profile: VideoProfile): number[] {
  const source = scan.frames.map((frame) => frame.pts).sort((a, b) => a - b);
  const first = source[0] ?? 0;
  const last = source.at(-1) ?? first;
  if (profile.fps <= 0) return source;
  const step = (90_000 * Math.max(1, profile.fpsDen)) / profile.fps;
  const sourceStep = source.length > 1 ? (last - first) / (source.length - 1) : step;
  const count = Math.max(1, Math.round((last - first + sourceStep) / step));
  return Array.from({ length: count }, (_, index) => Math.round(first + index * step));
}

class RemuxBackend implements TranscoderBackend {
  readonly name = "remux";
  readonly #options: RemuxBackendOptions;
  #closed = false;

  constructor(options: RemuxBackendOptions) {
    this.#options = options;
  }

  async transcode(request: TranscodeRequest, signal: AbortSignal): Promise<TranscodeOutcome> {
    if (this.#closed) throw transcoderError("TranscoderStopped");
    signal.throwIfAborted();
    checkRequest(request);
    const scan = scanSegment(request.segment.bytes, request.segment.container);
    checkInput(scan);
    for (const profile of request.profiles) checkRunaway(scan, profile.fps, profile.fpsDen);
    const decoded = countOfScan(scan);
    const sample = sampled(request.segment.bytes);
    const renditions = request.profiles.map((profile) => this.#rendition(request, scan, profile, sample));
    const pixels = renditions.reduce((sum, rendition) => sum + rendition.pixelCount, 0);
    const cost = this.#options.costMs?.(pixels) ?? 0;
    if (cost > 0) await this.#options.clock?.sleep(cost, signal);
    return { decodedFrameCount: decoded.frameCount, decodedPixelCount: decoded.pixelCount, renditions };
  }

  async endSession(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  #rendition(request: TranscodeRequest, scan: SegmentScan, profile: VideoProfile, sample: number): Rendition {
    if (profile.format !== "mpegts") throw transcoderError("Muxer not found", { details: { profile: profile.name } });
    const { segment } = request;
    const format = scan.frames.find((frame) => frame.format !== undefined)?.format ?? { width: 2, height: 2 };
    const size = scaledSize(profile, format, profile.codec);
    const pts = frameTimes(scan, profile);
    const bytes = syntheticTs({
      ...size,
      seqNo: segment.seqNo,
      durationMs: segment.durationMs,
      pts,
      sizeBytes: Math.floor((profile.bitrateBps / 8) * (segment.durationMs / 1000)),
      seed: withName(sample, profile.name),
    });
    return { profile, bytes, frameCount: pts.length, pixelCount: pts.length * size.width * size.height };
  }
}

/**
 * An engine that encodes nothing: for tests and figures of everything around the encoder. Renditions have the times, the
 * size on the wire and the pixel counts of real ones, and are a function of input and profile, but hold no pictures.
 */
export function createRemuxBackend(options: RemuxBackendOptions = {}): TranscoderBackend {
  return new RemuxBackend(options);
}
