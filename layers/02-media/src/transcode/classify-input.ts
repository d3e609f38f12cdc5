import { maxSegmentBytes, maxSegmentDurationMs } from "../http-push/http-push.ts";
import type { TranscodeRequest } from "../ports/transcoder-backend.ts";
import type { SegmentScan } from "../segments/scan-segment.ts";
import { transcoderError } from "../wire/transcoder-errors.ts";

/** Most outputs of one input. */
export const maxOutputs = 10;
/** A rendition may not have more than this many times the frames of its input. */
export const maxFrameGrowth = 25;

const codecsWeDecode = new Set(["h264", "hevc", "vp8", "vp9"]);

/** Time the frames of a scan span, 90 kHz ticks. */
export function spanTicks(scan: SegmentScan): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const frame of scan.frames) {
    if (frame.pts < low) low = frame.pts;
    if (frame.pts > high) high = frame.pts;
  }
  return scan.frames.length === 0 ? 0 : high - low;
}

/** Refuses, before any process is started, what must not or cannot be transcoded. Throws the protocol's errors. */
export function checkRequest(request: TranscodeRequest): void {
  const { segment, profiles, clip } = request;
  const { seqNo } = segment;
  if (segment.bytes.length === 0) throw transcoderError("EmptyData", { details: { seqNo } });
  if (segment.bytes.length > maxSegmentBytes) {
    throw transcoderError("TranscoderInvalidInput", {
      details: { seqNo, sizeBytes: segment.bytes.length, maxSegmentBytes },
    });
  }
  if (segment.durationMs < 0 || segment.durationMs > maxSegmentDurationMs) {
    throw transcoderError("TranscoderInvalidDuration", { details: { seqNo, durationMs: segment.durationMs } });
  }
  if (profiles.length > maxOutputs) throw transcoderError("Too many outputs", { details: { count: profiles.length } });
  if (clip !== undefined && (clip.fromMs < 0 || clip.toMs < clip.fromMs)) {
    throw transcoderError("TranscoderInvalidClipConfig", { details: { fromMs: clip.fromMs, toMs: clip.toMs } });
  }
  for (const profile of profiles) {
    const details = { profile: profile.name };
    if (profile.gopMs < 0 && profile.gopMs !== -1) throw transcoderError("TranscoderInvalidGOP", { details });
    if (profile.width < 0 || profile.height < 0) throw transcoderError("TranscoderInvalidResolution", { details });
    // No container for these pairs: TS carries neither VP8 nor VP9, MP4 no VP8.
    if (profile.codec === "vp8" || (profile.codec === "vp9" && profile.format === "mpegts")) {
      throw transcoderError("Invalid argument", {
        details: { ...details, codec: profile.codec, format: profile.format },
      });
    }
  }
}

/** Refuses inputs whose structure says that no engine can use them. Throws the protocol's errors. */
export function checkInput(scan: SegmentScan): void {
  if (!scan.readable) throw transcoderError("Invalid data found when processing input");
  if (scan.videoCodec === "") throw transcoderError("TranscoderInvalidVideo", { details: { why: "no video track" } });
  if (!codecsWeDecode.has(scan.videoCodec)) throw transcoderError("Unsupported input codec");
  if (scan.frames.length === 0) throw transcoderError("TranscoderInvalidVideo", { details: { why: "no video frame" } });
  if (!scan.frames.some((frame) => frame.keyframe)) throw transcoderError("No keyframes in input");
  if (!scan.frames.some((frame) => frame.format !== undefined)) {
    throw transcoderError("TranscoderInvalidVideo", { details: { why: "no picture size" } });
  }
  const durationMs = Math.round(spanTicks(scan) / 90);
  if (durationMs > maxSegmentDurationMs)
    throw transcoderError("TranscoderInvalidDuration", { details: { durationMs } });
}

/** Refuses a rate that would make far more frames than came in. */
export function checkRunaway(scan: SegmentScan, fps: number, fpsDen: number): void {
  if (fps <= 0) return;
  const expected = Math.floor((spanTicks(scan) * fps) / (90_000 * Math.max(1, fpsDen))) + 1;
  if (expected > maxFrameGrowth * scan.frames.length) {
    throw transcoderError("Encoded frames runaway", { details: { expected, decoded: scan.frames.length } });
  }
}
