import type { ComputeFacts } from "@livepeer-ts/compute";

/** Where, and on what line, a gateway wants its work done, by what orchestrators say of themselves. */
export type PlaceRules = {
  /** Regions of which one must be the orchestrator's (`-requireRegion`). Empty: any. */
  readonly requiredRegions: readonly string[];
  /** Regions that are drawn from while somebody there is free (`-preferRegion`). Empty: none. */
  readonly preferredRegions: readonly string[];
  /** Bits per second that it must take in (`-minBandwidth`). 0: any. */
  readonly minBandwidthBps: number;
};

export const anyPlace: PlaceRules = { requiredRegions: [], preferredRegions: [], minBandwidthBps: 0 };

/** Why an orchestrator must not be used; undefined when it may. Those that say nothing do not meet a demand. */
export function placeRefusal(facts: ComputeFacts | undefined, rules: PlaceRules): string | undefined {
  const { requiredRegions, minBandwidthBps } = rules;
  if (requiredRegions.length > 0) {
    if (facts?.region === undefined) return "says no region, one is required";
    if (!requiredRegions.includes(facts.region)) return `region ${facts.region} is not a required one`;
  }
  if (minBandwidthBps === 0) return undefined;
  if (facts?.bandwidthBps === undefined) return "says no bandwidth, a least one is required";
  return facts.bandwidthBps.value < minBandwidthBps ? "bandwidth below the minimum" : undefined;
}

/** True for those that are drawn first. */
export function isPreferred(facts: ComputeFacts | undefined, { preferredRegions }: PlaceRules): boolean {
  return facts?.region !== undefined && preferredRegions.includes(facts.region);
}
