import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, LocalTranscoderConfig, TranscoderConfig } from "../node-config.ts";
import { checkHardware } from "./check-hardware.ts";
import { checkSessions } from "./check-sessions.ts";
import { checkWorker } from "./check-worker.ts";
import type { Problems } from "./problems.ts";

const presets = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
] as const;

/** Speed of the software encoder; a sentence and the default when it is not known. */
export function checkPreset(flags: FlagValues, problems: Problems): LocalTranscoderConfig["preset"] {
  const written = flags.get("transcoderPreset");
  const preset = presets.find((name) => name === written);
  if (preset === undefined)
    problems.add(`-transcoderPreset "${written.slice(0, 80)}" is not known: write ${presets.join(", ")}`);
  return preset ?? "medium";
}

/** The engine that was chosen; a sentence and the default when it is not known, or cannot do what else is asked. */
export function checkEngine(
  flags: FlagValues,
  hardware: LocalTranscoderConfig["hardware"],
  problems: Problems,
): LocalTranscoderConfig["engine"] {
  const [, name = "", folder] = /^([^:]*)(?::(.*))?$/.exec(flags.get("transcoderEngine")) ?? [];
  if (name === "ffmpeg" && folder === undefined) return { kind: "ffmpeg" };
  if (name !== "node-av" || folder === "") {
    problems.add(
      `-transcoderEngine "${flags.get("transcoderEngine").slice(0, 80)}" is not known: write ffmpeg, node-av, or node-av:<folder it is installed in>`,
    );
    return { kind: "ffmpeg" };
  }
  if (hardware !== undefined)
    problems.add(
      "-transcoderEngine node-av works on the processor alone: leave it out where -nvidia or -hwaccel is given",
    );
  return { kind: "node-av", folder };
}

/** How this machine transcodes. */
export function checkLocalTranscoder(flags: FlagValues, problems: Problems): LocalTranscoderConfig {
  const hardware = checkHardware(flags, problems);
  return {
    preset: checkPreset(flags, problems),
    engine: checkEngine(flags, hardware, problems),
    hevcDecoding: flags.isSet("hevcDecoding") ? flags.bool("hevcDecoding") : undefined,
    hardware,
  };
}

/** Settings of a transcoder that works for another machine's orchestrator. */
export function checkTranscoder(common: CommonConfig, flags: FlagValues, problems: Problems): TranscoderConfig {
  return {
    ...common,
    role: "transcoder",
    ...checkWorker("a transcoder", flags, problems),
    capacity: checkSessions(flags, problems),
    local: checkLocalTranscoder(flags, problems),
  };
}
