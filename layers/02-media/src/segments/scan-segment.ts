import { newBytes } from "@livepeer-ts/kernel";
import { h264AccessUnits, hevcAccessUnits } from "../codecs/access-units.ts";
import type { PictureFormat } from "../codecs/picture-format.ts";
import { looksLikeMp4, scanMp4 } from "../mp4/mp4-scan.ts";
import { demuxTs, type TsTrack } from "../mpegts/ts-demuxer.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import type { SegmentProbe } from "./media-segment.ts";

/** One coded video frame, in decoding order. */
export type ScannedFrame = {
  /** 90 kHz ticks, unwrapped from the first frame on. */
  readonly pts: number;
  readonly keyframe: boolean;
  readonly format: PictureFormat | undefined;
};

/** Everything we read from a segment without decoding it. */
export type SegmentScan = {
  readonly readable: boolean;
  /** What the bytes are, whatever the file name said. */
  readonly container: ContainerFormat;
  readonly videoCodec: SegmentProbe["videoCodec"];
  readonly audioCodec: SegmentProbe["audioCodec"];
  /** Name of the video codec where it is `other`. */
  readonly foreignCodec?: string;
  readonly frames: readonly ScannedFrame[];
  /** Frames that came without a presentation time. */
  readonly missingPtsCount: number;
  /** Presentation times of the audio units, 90 kHz ticks as in the file. */
  readonly audioPts: readonly number[];
};

const wrapTicks = 2 ** 33;

/** The value nearest to `reference` that equals `ticks` modulo 2^33. */
export function unwrapTicks(ticks: number, reference: number): number {
  return ticks + Math.round((reference - ticks) / wrapTicks) * wrapTicks;
}

function typicalStep(known: readonly number[]): number {
  if (known.length < 2) return 3000;
  let low = known[0] as number;
  let high = low;
  for (const value of known) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return Math.max(1, Math.round((high - low) / (known.length - 1)));
}

function framesOf(track: TsTrack): { frames: ScannedFrame[]; missing: number } {
  const codec = track.stream.videoCodec;
  const found =
    codec === "h264" ? h264AccessUnits(track.elementary) : codec === "hevc" ? hevcAccessUnits(track.elementary) : [];
  const known: number[] = [];
  let reference: number | undefined;
  let unit = 0;
  let used = -1;
  const rows = found.map((frame) => {
    while (unit + 1 < track.units.length && (track.units[unit + 1]?.start ?? 0) <= frame.offset) unit++;
    const raw = used === unit ? undefined : track.units[unit]?.pts;
    used = unit;
    if (raw === undefined) return { frame, pts: undefined };
    reference ??= raw;
    const pts = unwrapTicks(raw, reference);
    known.push(pts);
    return { frame, pts };
  });
  const step = typicalStep(known);
  let previous = (known[0] ?? 0) - step;
  const frames: ScannedFrame[] = [];
  let missing = 0;
  for (const { frame, pts } of rows) {
    if (pts === undefined) missing++;
    previous = pts ?? previous + step;
    frames.push({ pts: previous, keyframe: frame.keyframe, format: frame.format });
  }
  return { frames, missing };
}

/** Memory for the elementary streams of usual segments; larger ones get some of their own. */
const maxScratchBytes = 4 * 1024 * 1024;
let scratch = new Uint8Array(0);

/** Memory for one scan: nothing of a scan points into it, and the next one uses it again. */
function scratchFor(bytes: Uint8Array): (size: number) => Uint8Array {
  if (bytes.length > maxScratchBytes) return newBytes;
  if (scratch.length < bytes.length) scratch = newBytes(Math.min(maxScratchBytes, Math.ceil(bytes.length * 1.5)));
  let at = 0;
  return (size) => {
    const from = at;
    at += size;
    return scratch.subarray(from, at);
  };
}

function scanTs(bytes: Uint8Array): SegmentScan {
  const content = demuxTs(bytes, scratchFor(bytes));
  const video = content.streams.find((stream) => stream.kind === "video");
  const audio = content.streams.find((stream) => stream.kind === "audio");
  const videoTrack = content.tracks.find((track) => track.stream === video);
  const audioTrack = content.tracks.find((track) => track.stream === audio);
  const { frames, missing } = videoTrack === undefined ? { frames: [], missing: 0 } : framesOf(videoTrack);
  return {
    readable: content.sawProgramMap,
    container: "mpegts",
    videoCodec: video?.videoCodec ?? "",
    audioCodec: audio?.audioCodec ?? "",
    ...(video?.foreignCodec === undefined ? {} : { foreignCodec: video.foreignCodec }),
    frames,
    missingPtsCount: missing,
    audioPts: audioTrack?.units.map((unit) => unit.pts).filter((pts) => pts !== undefined) ?? [],
  };
}

/**
 * Reads a segment's structure. The bytes decide what it is; `container` is only asked when they tell nothing.
 * Never throws, whatever the bytes are.
 */
export function scanSegment(bytes: Uint8Array, container: ContainerFormat): SegmentScan {
  if (looksLikeMp4(bytes)) return scanMp4(bytes);
  const scan = scanTs(bytes);
  return scan.readable ? scan : { ...scan, container };
}
