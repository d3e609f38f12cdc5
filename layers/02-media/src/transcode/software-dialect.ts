import type { FrameSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import type { Dialect } from "./dialect.ts";

/** Encoder speed names of x264 and x265. */
export type SoftwarePreset =
  | "ultrafast"
  | "superfast"
  | "veryfast"
  | "faster"
  | "fast"
  | "medium"
  | "slow"
  | "slower"
  | "veryslow";

const encoderNames = { h264: "libx264", hevc: "libx265", vp8: "libvpx", vp9: "libvpx-vp9" } as const;

function softwareEncoderArgs(profile: VideoProfile, preset: SoftwarePreset): string[] {
  const args = ["-c:v", encoderNames[profile.codec]];
  if (profile.codec === "h264" || profile.codec === "hevc") args.push("-preset", preset, "-forced-idr", "1");
  if (profile.codec === "h264") {
    const plain = profile.encoderProfile === "baseline" || profile.encoderProfile === "constrained-high";
    const name = profile.encoderProfile === "constrained-high" ? "high" : profile.encoderProfile;
    if (name !== "none") args.push("-profile:v", name);
    args.push("-bf", plain ? "0" : "3");
  } else if (profile.codec === "hevc") {
    args.push("-x265-params", "log-level=error");
    if (profile.format === "mp4") args.push("-tag:v", "hvc1");
  } else args.push("-deadline", "realtime", "-cpu-used", "8");
  const rate = String(profile.bitrateBps);
  if (profile.quality > 0) {
    args.push("-crf", String(profile.quality));
    if (profile.bitrateBps > 0) args.push("-maxrate", rate, "-bufsize", rate);
  } else if (profile.bitrateBps > 0) args.push("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate);
  return args;
}

/** Filters that bring pictures to a size in memory, 4:2:0 with 8 bits in the order `pixelFormat`. */
export function memoryScaleFilters(size: FrameSize, changesShape: boolean, pixelFormat: string): string[] {
  const { width, height } = size;
  if (!changesShape) return [`scale=${width}:${height}`, `format=${pixelFormat}`];
  // The shape changes inside the segment: one output size, bars instead of distortion.
  return [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`,
    `pad=${width}:${height}:-1:-1:eval=frame`,
    `format=${pixelFormat}`,
  ];
}

/** The processor's own codecs. `threads` are those of the decoder and of each encoder; undefined lets ffmpeg choose. */
export function softwareDialect(preset: SoftwarePreset, threads?: number): Dialect {
  const threadArgs = threads === undefined ? [] : ["-threads", String(threads)];
  return {
    name: "software",
    inputArgs: threadArgs,
    scaleFilters: (size, changesShape) => memoryScaleFilters(size, changesShape, "yuv420p"),
    lastFilters: [],
    encoderArgs: (profile) => softwareEncoderArgs(profile, preset),
    outputArgs: threadArgs,
    everyFrameGop: "0",
  };
}
