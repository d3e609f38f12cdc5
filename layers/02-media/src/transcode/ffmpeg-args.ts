import type { TranscodeRequest } from "../ports/transcoder-backend.ts";
import { scaledSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import { type ClipRange, firstDecodablePts } from "../segments/clip-of-scan.ts";
import type { SegmentScan } from "../segments/scan-segment.ts";
import { checkRunaway, maxFrameGrowth, spanTicks } from "./classify-input.ts";
import type { Dialect } from "./dialect.ts";

/** What decides a command line beside the request. */
export type FfmpegPlanOptions = {
  readonly dialect: Dialect;
  readonly inputPath: string;
  /** One path per profile. */
  readonly outputPaths: readonly string[];
  /** One path per profile; used when the request asks for perceptual hashes. */
  readonly signaturePaths: readonly string[];
  /** Second try for very short segments: the frame-rate filter may not swallow the last frame. */
  readonly keepLastFrame: boolean;
};

/** Time base of movies and of everything that we compute times in. */
export const ticksPerSecond = 90_000;

/** Text inside a filter argument: `\`, `'` and `:` are special there. */
function filterText(text: string): string {
  return text.replace(/[\\':,;[\]]/g, "\\$&").replace(/[\\']/g, "\\$&");
}

/** True when frames of more than one size or sample format lie in the segment. */
export function changesPicture(scan: SegmentScan): boolean {
  const formats = new Set<string>();
  for (const { format } of scan.frames) {
    if (format !== undefined)
      formats.add(`${format.width}x${format.height}/${format.chroma}/${format.colorDepthMinus8}`);
  }
  return formats.size > 1;
}

function changesShape(scan: SegmentScan): boolean {
  const shapes = new Set(
    scan.frames.flatMap(({ format }) => (format === undefined ? [] : format.width / format.height)),
  );
  return shapes.size > 1;
}

/** True when sound is announced and none lies in the segment: no output can be made of such a track. */
export function isSoundAbsent(scan: SegmentScan): boolean {
  return scan.container === "mpegts" && scan.audioCodec !== "" && scan.audioPts.length === 0;
}

/** Frames per second as a fraction. */
export type Rate = { readonly num: number; readonly den: number };

/** The rate a profile asks for; undefined where every frame passes. */
export function rateOf(profile: VideoProfile): Rate | undefined {
  return profile.fps > 0 ? { num: profile.fps, den: Math.max(1, profile.fpsDen) } : undefined;
}

/** True when the first frame lies on the output rate's own grid, so that plain rounding keeps its time. */
function onGrid(pts: number, rate: Rate): boolean {
  return (pts * rate.num) % (ticksPerSecond * rate.den) === 0;
}

function rateFilters(rate: Rate, firstPts: number, clipped: boolean, keepLast: boolean): string[] {
  const fps = `fps=fps=${rate.num}/${rate.den}${keepLast ? ":eof_action=pass" : ""}`;
  if (clipped || onGrid(firstPts, rate)) return [fps];
  // Off the grid: count from the first frame and put its own time back, so that the segment starts exactly there.
  return [
    `settb=1/${ticksPerSecond}`,
    `setpts=PTS-${firstPts}`,
    fps,
    `settb=1/${ticksPerSecond}`,
    `setpts=PTS+${firstPts}`,
  ];
}

function videoChain(
  request: TranscodeRequest,
  scan: SegmentScan,
  options: Pick<FfmpegPlanOptions, "dialect" | "signaturePaths" | "keepLastFrame">,
  index: number,
): string {
  const profile = request.profiles[index] as VideoProfile;
  const format = scan.frames.find((frame) => frame.format !== undefined)?.format ?? { width: 2, height: 2 };
  const { width, height } = scaledSize(profile, format, profile.codec);
  const filters = [...options.dialect.scaleFilters({ width, height }, changesShape(scan))];
  const rate = rateOf(profile);
  // Scale before rate: duplicated frames must never be scaled.
  if (rate !== undefined) {
    filters.push(...rateFilters(rate, firstDecodablePts(scan), request.clip !== undefined, options.keepLastFrame));
  }
  if (request.calcPerceptualHash === true)
    filters.push(`signature=filename=${filterText(options.signaturePaths[index] ?? "")}`);
  filters.push(...options.dialect.lastFilters);
  return filters.join(",");
}

/** Where keyframes are asked for beside the first frame: a distance in frames or in seconds; undefined: the encoder's default. */
export function keyframesOf(
  profile: VideoProfile,
  dialect: Dialect,
): { readonly everyFrames: string } | { readonly everySec: number } | undefined {
  if (profile.gopMs === -1) return { everyFrames: dialect.everyFrameGop };
  if (profile.gopMs <= 0) return undefined;
  const everySec = profile.gopMs / 1000;
  return profile.fps > 0 ? { everyFrames: String(Math.trunc(everySec * profile.fps)) } : { everySec };
}

function gopArgs(profile: VideoProfile, dialect: Dialect): string[] {
  const keyframes = keyframesOf(profile, dialect);
  if (keyframes === undefined) return [];
  if ("everyFrames" in keyframes) return ["-g", keyframes.everyFrames];
  return ["-force_key_frames", `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${keyframes.everySec}))`];
}

/** Name and text of what the container says of itself; undefined when nothing is to be said. */
export function metadataOf(profile: VideoProfile, text: string | undefined): readonly [string, string] | undefined {
  if (text === undefined || text === "") return undefined;
  return [profile.format === "mp4" ? "comment" : "service_provider", text];
}

function containerArgs(profile: VideoProfile, metadata: string | undefined): string[] {
  const args = ["-c:a", "copy"];
  const said = metadataOf(profile, metadata);
  if (said !== undefined) args.push("-metadata", said.join("="));
  if (profile.format === "mp4")
    return [...args, "-movflags", "faststart", "-movie_timescale", String(ticksPerSecond), "-f", "mp4"];
  return [...args, "-muxdelay", "0", "-muxpreload", "0", "-avoid_negative_ts", "disabled", "-f", "mpegts"];
}

function timingArgs(profile: VideoProfile, scan: SegmentScan, clipped: boolean): string[] {
  const rate = rateOf(profile);
  if (rate === undefined) return ["-fps_mode", "passthrough", "-enc_time_base", "-1"];
  if (!clipped && !onGrid(firstDecodablePts(scan), rate)) {
    return ["-fps_mode", "passthrough", "-enc_time_base", `1:${ticksPerSecond}`];
  }
  return [];
}

/** Bounds of a clip on the segment's own timeline, seconds. */
export function clipWindow(scan: SegmentScan, clip: ClipRange): { start: number; end: number } {
  const first = firstDecodablePts(scan) / ticksPerSecond;
  return { start: first + clip.fromMs / 1000, end: first + clip.toMs / 1000 };
}

/** The pictures' way from the input `source` to one end per profile, named `v0`, `v1` … */
export function filterGraph(
  request: TranscodeRequest,
  scan: SegmentScan,
  options: Pick<FfmpegPlanOptions, "dialect" | "signaturePaths" | "keepLastFrame">,
  source: string,
): string {
  const { profiles, clip } = request;
  const labels = profiles.map((_, index) => `[s${index}]`).join("");
  const chains = profiles.map((_, index) => `[s${index}]${videoChain(request, scan, options, index)}[v${index}]`);
  const window = clip === undefined ? undefined : clipWindow(scan, clip);
  const trim = window === undefined ? "" : `trim=start=${window.start}:end=${window.end},setpts=PTS-STARTPTS,`;
  return [`[${source}]${trim}split=${profiles.length}${labels}`, ...chains].join(";");
}

/**
 * The ffmpeg arguments for one segment: decode once, one branch per profile, times kept, audio copied.
 * Throws the protocol's errors for what must not be run.
 */
export function ffmpegArgs(request: TranscodeRequest, scan: SegmentScan, options: FfmpegPlanOptions): string[] {
  const { profiles, clip } = request;
  for (const profile of profiles) checkRunaway(scan, profile.fps, profile.fpsDen);
  const { dialect } = options;
  const args = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-max_alloc", String(2 ** 30)];
  // The whitelist keeps a playlist-like input from reading other files or the network.
  args.push("-protocol_whitelist", "file", "-f", scan.container === "mp4" ? "mov" : "mpegts");
  if (scan.missingPtsCount > 0) args.push("-fflags", "+genpts");
  // A filter graph made anew would lose the frame that the rate filter holds; scale and pad follow the change themselves.
  if (changesPicture(scan)) args.push("-reinit_filter", "0");
  args.push("-copyts", ...dialect.inputArgs, "-i", options.inputPath);
  const window = clip === undefined ? undefined : clipWindow(scan, clip);
  args.push("-filter_complex", filterGraph(request, scan, options, "0:v:0"));
  for (const [index, profile] of profiles.entries()) {
    args.push("-map", `[v${index}]`, ...(isSoundAbsent(scan) ? [] : ["-map", "0:a:0?"]), "-sn", "-dn");
    args.push(...dialect.encoderArgs(profile), ...gopArgs(profile, dialect), ...dialect.outputArgs);
    args.push(...timingArgs(profile, scan, clip !== undefined));
    args.push("-frames:v", String(maxFrameGrowth * scan.frames.length));
    if (window !== undefined && scan.audioCodec !== "") {
      // Audio is copied, so its packets are picked and shifted by time instead of being filtered.
      const outside = `lt(pts*tb,${window.start})+gte(pts*tb,${window.end})`;
      args.push("-bsf:a", `noise=drop='${outside}',setts=ts='TS-${window.start}/TB'`);
    }
    args.push(...containerArgs(profile, request.metadata), options.outputPaths[index] as string);
  }
  return args;
}

/** True when the plain form could lose everything: the segment is shorter than one frame of some rendition. */
export function shorterThanOneFrame(request: TranscodeRequest, scan: SegmentScan): boolean {
  const frames = scan.frames.length;
  const ticks = frames < 2 ? 0 : (spanTicks(scan) * frames) / (frames - 1);
  return request.profiles.some((profile) => {
    const rate = rateOf(profile);
    return rate !== undefined && ticks < (ticksPerSecond * rate.den) / rate.num;
  });
}
