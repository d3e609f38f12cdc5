import { bool, type FlagGroup, int, text } from "../flag-spec.ts";

export const transcodingFlags: FlagGroup = {
  title: "Transcoding",
  flags: [
    text("orchSecret", "", "secret between an orchestrator and its remote workers", { orFile: true, secret: true }),
    text("transcodingOptions", "P240p30fps16x9,P360p30fps16x9", "presets, comma separated, or JSON with profiles", {
      orFile: true,
      roles: ["gateway"],
    }),
    int("maxAttempts", 3, "tries of one segment on different orchestrators; 0: never transcode", {
      roles: ["gateway"],
    }),
    text(
      "maxSessions",
      "10",
      "sessions (orchestrator, transcoder) or streams (gateway) at once; auto: what remote transcoders take",
    ),
    bool("currentManifest", false, "serve the newest stream as /stream/current.m3u8", { roles: ["gateway"] }),
    text("nvidia", "", "Nvidia GPUs to transcode and to run AI jobs on: numbers, or all", {
      roles: ["transcoder", "aiWorker"],
    }),
    text("netint", "", "Netint devices to transcode on"),
    bool("testTranscoder", true, "test hardware encoders at the start; the software encoder needs no test", {
      roles: ["transcoder"],
    }),
    bool("hevcDecoding", false, "announce that HEVC can be decoded", {
      unsetMeans: "what was found; the software decoder: no",
      roles: ["transcoder"],
    }),
  ],
};
