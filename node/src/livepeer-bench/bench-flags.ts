import { LpError } from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";
import { transcodingProfiles } from "../flags/checks/check-gateway.ts";
import { checkHardware } from "../flags/checks/check-hardware.ts";
import { checkEngine, checkPreset } from "../flags/checks/check-transcoder.ts";
import { Problems } from "../flags/checks/problems.ts";
import { bool, duration, type FlagSpec, int, text } from "../flags/flag-spec.ts";
import type { FlagValues } from "../flags/go-flags.ts";
import type { LocalTranscoderConfig } from "../flags/node-config.ts";

/** Flags of `livepeer_bench` with go-livepeer's names and defaults; `hwaccel` is ours. */
export const benchFlags: readonly FlagSpec[] = [
  text("in", "", "media playlist (.m3u8) whose segments are transcoded"),
  bool("live", true, "begin each segment no earlier than it would come in a live stream"),
  int("concurrentSessions", 1, "sessions at once"),
  duration("concurrentSessionDelay", "300ms", "from the start of one session to that of the next"),
  int("repeat", 1, "times the segments are transcoded"),
  int("segs", 0, "segments of the playlist that are used; 0: all"),
  int("log", 3, "log level, 0 to 6"),
  text(
    "transcodingOptions",
    "P240p30fps16x9,P360p30fps16x9,P720p30fps16x9",
    "presets, or a file of JSON with profiles",
    {
      orFile: true,
    },
  ),
  text("transcoderPreset", "medium", "x264 preset of the software encoder"),
  text("transcoderEngine", "ffmpeg", "ffmpeg, or node-av with its folder as in node-av:/opt/node-av"),
  text("nvidia", "", "Nvidia GPUs to transcode on: numbers, or all"),
  text("netint", "", "Netint devices to transcode on"),
  text("hwaccel", "", "hardware to transcode on: nvidia, vaapi, qsv, amf or videotoolbox"),
  bool("testTranscoder", true, "test hardware encoders at the start"),
  text("outPrefix", "", "begin of the names of the files that hold the renditions; empty: they are not kept"),
  bool("mpeg7Sign", false, "make the MPEG-7 signature of each rendition too"),
  bool("version", false, "print the version and exit"),
  bool("help", false, "print all flags and exit"),
];

export type BenchConfig = {
  readonly playlist: string;
  readonly isLive: boolean;
  readonly sessions: number;
  readonly sessionDelayMs: number;
  readonly repeat: number;
  /** 0: all. */
  readonly segments: number;
  readonly logLevel: number;
  readonly profiles: readonly VideoProfile[];
  readonly local: LocalTranscoderConfig;
  readonly outPrefix: string;
  readonly signs: boolean;
};

/** Most sessions at once. */
const maxSessions = 1000;

function checkLocal(flags: FlagValues, problems: Problems): LocalTranscoderConfig {
  const hardware = checkHardware(flags, problems);
  const engine = checkEngine(flags, hardware, problems);
  if (engine.kind === "node-av" && engine.folder === undefined)
    problems.add("-transcoderEngine node-av needs its folder here, as in node-av:/opt/node-av");
  return { preset: checkPreset(flags, problems), engine, hevcDecoding: undefined, hardware };
}

/** What the flags ask for. Throws `bad_flag` with a sentence for each thing that is wrong. */
export function checkBenchFlags(flags: FlagValues): BenchConfig {
  const problems = new Problems(flags);
  if (flags.get("in") === "") problems.add("-in is missing: name a media playlist, for example -in bbb/source.m3u8");
  if (flags.get("netint") !== "")
    problems.add("-netint does not work: no stock ffmpeg has codecs for Netint devices; leave it out");
  const count = (flag: string, least: number, most = Number.MAX_SAFE_INTEGER) => {
    const value = flags.int(flag);
    if (value < least || value > most) problems.add(`-${flag} ${value} does not do: write ${least} to ${most}`);
    return value;
  };
  const config: BenchConfig = {
    playlist: flags.get("in"),
    isLive: flags.bool("live"),
    sessions: count("concurrentSessions", 1, maxSessions),
    sessionDelayMs: problems.ms("concurrentSessionDelay"),
    repeat: count("repeat", 1, 1_000_000),
    segments: count("segs", 0),
    logLevel: count("log", 0, 6),
    profiles: problems.read("transcodingOptions", () => transcodingProfiles(flags.get("transcodingOptions"))) ?? [],
    local: checkLocal(flags, problems),
    outPrefix: flags.get("outPrefix"),
    signs: flags.bool("mpeg7Sign"),
  };
  if (problems.sentences.length > 0) throw new LpError({ code: "bad_flag", message: problems.sentences.join("\n") });
  return config;
}
