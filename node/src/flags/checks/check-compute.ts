import { regionPattern } from "@livepeer-ts/compute";
import { anyPlace, type PlaceRules } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import type { ComputeConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

const bitsPerMegabit = 1_000_000;

/** What an orchestrator tells of its machine. */
export function checkCompute(flags: FlagValues, problems: Problems): ComputeConfig {
  const region = flags.get("nodeRegion");
  if (region !== "") checkRegion("nodeRegion", region, problems);
  const bandwidth = problems.number("nodeBandwidth", 0);
  const power = problems.number("nodePower", 0);
  return {
    region: region === "" ? undefined : region,
    bandwidthBps: bandwidth === 0 ? undefined : bandwidth * bitsPerMegabit,
    powerWatts: power === 0 ? undefined : power,
    isMeasured: flags.bool("advertiseCompute"),
  };
}

/** Where a gateway wants its work done. */
export function checkPlace(flags: FlagValues, problems: Problems): PlaceRules {
  const requiredRegions = flags.list("requireRegion");
  const preferredRegions = flags.list("preferRegion");
  for (const region of requiredRegions) checkRegion("requireRegion", region, problems);
  for (const region of preferredRegions) checkRegion("preferRegion", region, problems);
  const never = preferredRegions.filter((region) => requiredRegions.length > 0 && !requiredRegions.includes(region));
  for (const region of never)
    problems.warn(`-preferRegion ${region} does nothing: it is not among those of -requireRegion`);
  const minBandwidthBps = problems.number("minBandwidth", 0) * bitsPerMegabit;
  const isAny = requiredRegions.length === 0 && preferredRegions.length === 0 && minBandwidthBps === 0;
  return isAny ? anyPlace : { requiredRegions, preferredRegions, minBandwidthBps };
}

function checkRegion(flag: string, region: string, problems: Problems): void {
  if (!regionPattern.test(region))
    problems.add(
      `-${flag} "${region.slice(0, 80)}" is no region: write lower-case letters, digits and dashes, for example eu-west`,
    );
}
