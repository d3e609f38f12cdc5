import { maxFrameGrowth } from "../../transcode/classify-input.ts";
import {
  clipWindow,
  ffmpegArgs,
  filterGraph,
  isSoundAbsent,
  keyframesOf,
  metadataOf,
  type Rate,
  rateOf,
} from "../../transcode/ffmpeg-args.ts";
import type { SegmentPlan } from "../file-transcoder.ts";

/** One rendition to be made. */
export type OutputOrder = {
  readonly path: string;
  readonly format: "mpegts" | "mp4";
  readonly encoder: string;
  /** Options of the encoder, by the library's names. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** Four letters that name the codec in the container; undefined: the container's own choice. */
  readonly tag: string | undefined;
  /** Rate the encoder plans with; undefined: that of the source. */
  readonly rate: Rate | undefined;
  /** A keyframe is forced whenever this much time has passed since the last forced one. */
  readonly keyframeEverySec: number | undefined;
  readonly maxFrames: number;
  readonly metadata: readonly [name: string, text: string] | undefined;
};

/** One segment's work, as a child process is told of it. */
export type NodeAvOrder = {
  readonly inputPath: string;
  /** Demuxer. */
  readonly inputFormat: "mov" | "mpegts";
  /** Some frames came without a time. */
  readonly makesTimes: boolean;
  /** Threads of the decoder; 0: as many as it likes. */
  readonly threads: number;
  /** Filters from `[in]` to `[v0]`, `[v1]` …, one end per output. */
  readonly graph: string;
  readonly hasSound: boolean;
  /** Part of the input to keep, seconds on its own timeline; outputs start at 0. */
  readonly window: { readonly start: number; readonly end: number } | undefined;
  readonly outputs: readonly OutputOrder[];
};

/** What a child says about an order. */
export type NodeAvReply =
  | { readonly type: "done"; readonly rssBytes: number }
  /** `why` is in ffmpeg's words. */
  | { readonly type: "failed"; readonly why: string };

/** What a child says once it has loaded the library. */
export type NodeAvHello = {
  readonly type: "ready";
  readonly encoders: readonly string[];
};

/** Words of the command line, `-name[:v] value` each, as options of the library. */
function libraryOptions(words: readonly string[]): [string, string][] {
  const options: [string, string][] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    options.push([(words[at] as string).replace(/^-/, "").replace(/:v$/, ""), words[at + 1] as string]);
  }
  return options;
}

function outputOrder(plan: SegmentPlan, index: number): OutputOrder {
  const { dialect, request, scan } = plan;
  const profile = request.profiles[index] as (typeof request.profiles)[number];
  const named = new Map(libraryOptions([...dialect.encoderArgs(profile), ...dialect.outputArgs]));
  const [encoder = "", tag] = [named.get("c"), named.get("tag")];
  named.delete("c");
  named.delete("tag");
  const keyframes = keyframesOf(profile, dialect);
  if (keyframes !== undefined && "everyFrames" in keyframes) named.set("g", keyframes.everyFrames);
  return {
    path: plan.outputPaths[index] as string,
    format: profile.format,
    encoder,
    options: [...named],
    tag,
    rate: rateOf(profile),
    keyframeEverySec: keyframes !== undefined && "everySec" in keyframes ? keyframes.everySec : undefined,
    maxFrames: maxFrameGrowth * scan.frames.length,
    metadata: metadataOf(profile, request.metadata),
  };
}

/** The work for one segment: what `ffmpegArgs` says, in the library's words. Throws the protocol's errors as that does. */
export function nodeAvOrder(plan: SegmentPlan): NodeAvOrder {
  const { request, scan, dialect } = plan;
  // Also refuses what must not be run.
  ffmpegArgs(request, scan, plan);
  const threads = new Map(libraryOptions(dialect.inputArgs)).get("threads");
  return {
    inputPath: plan.inputPath,
    inputFormat: scan.container === "mp4" ? "mov" : "mpegts",
    makesTimes: scan.missingPtsCount > 0,
    threads: Number(threads ?? "0"),
    graph: filterGraph(request, scan, plan, "in"),
    hasSound: scan.audioCodec !== "" && !isSoundAbsent(scan),
    window: request.clip === undefined ? undefined : clipWindow(scan, request.clip),
    outputs: request.profiles.map((_, index) => outputOrder(plan, index)),
  };
}
