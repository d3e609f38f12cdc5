import { orchestratorUri } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import type { CommonConfig, LocalTranscoderConfig, TranscoderConfig } from "../node-config.ts";
import { checkHardware } from "./check-hardware.ts";
import { checkSessions } from "./check-sessions.ts";
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

/** How this machine transcodes. */
export function checkLocalTranscoder(flags: FlagValues, problems: Problems): LocalTranscoderConfig {
  return {
    preset: checkPreset(flags, problems),
    hevcDecoding: flags.isSet("hevcDecoding") ? flags.bool("hevcDecoding") : undefined,
    hardware: checkHardware(flags, problems),
  };
}

/** Settings of a transcoder that works for another machine's orchestrator. */
export function checkTranscoder(common: CommonConfig, flags: FlagValues, problems: Problems): TranscoderConfig {
  const [first = "", ...more] = flags.list("orchAddr");
  if (more.length > 0) problems.warn("-orchAddr names several orchestrators: a transcoder works for the first alone");
  if (flags.get("network") !== "offchain")
    problems.warn(
      "-network names no more than the data directory of a transcoder: the orchestrator alone knows the chain",
    );
  return {
    ...common,
    role: "transcoder",
    orchestratorUrl: first === "" ? "" : (problems.read("orchAddr", () => orchestratorUri(first)) ?? ""),
    secret: flags.get("orchSecret"),
    capacity: checkSessions(flags, problems),
    local: checkLocalTranscoder(flags, problems),
  };
}
