import { anyPlace } from "@livepeer-ts/execution";
import { describe, expect, it } from "vitest";
import { checkFlags } from "../check-flags.ts";
import { parseGoFlags } from "../go-flags.ts";
import { nodeFlags } from "../node-flags.ts";

function check(...args: string[]) {
  const flags = parseGoFlags(nodeFlags, { args, env: {}, readFile: () => undefined });
  return checkFlags(flags, { home: "/home/x" });
}
const orchestrator = (...args: string[]) =>
  check("-orchestrator", "-transcoder", "-serviceAddr", "127.0.0.1:8935", ...args);
const gateway = (...args: string[]) => check("-gateway", "-orchAddr", "127.0.0.1:8935", ...args);
const placeOf = ({ config }: ReturnType<typeof check>) =>
  config?.role === "gateway" ? config.options.pool?.place : undefined;

describe("what an orchestrator tells of its machine", () => {
  it("is nothing by default, else what the flags say, in bits and watts", () => {
    const nothing = { region: undefined, bandwidthBps: undefined, powerWatts: undefined, isMeasured: false };
    expect(orchestrator().config).toMatchObject({ compute: nothing });
    const all = orchestrator(
      "-nodeRegion",
      "eu-west",
      "-nodeBandwidth",
      "2.5",
      "-nodePower",
      "450",
      "-advertiseCompute",
    );
    expect(all.config).toMatchObject({
      compute: { region: "eu-west", bandwidthBps: 2_500_000, powerWatts: 450, isMeasured: true },
    });
  });

  it("must make sense", () => {
    expect(orchestrator("-nodeRegion", "EU West").problems).toEqual([
      '-nodeRegion "EU West" is no region: write lower-case letters, digits and dashes, for example eu-west',
    ]);
    expect(orchestrator("-nodeBandwidth", "-1").problems).toEqual([
      "-nodeBandwidth -1 does not do: write a number from 0",
    ]);
  });
});

describe("where a gateway wants its work done", () => {
  it("is anywhere by default, else what the flags say", () => {
    expect(placeOf(gateway())).toBe(anyPlace);
    expect(placeOf(gateway("-requireRegion", "a, b", "-preferRegion", "b", "-minBandwidth", "100"))).toEqual({
      requiredRegions: ["a", "b"],
      preferredRegions: ["b"],
      minBandwidthBps: 100_000_000,
    });
  });

  it("is told when a preference can never be met", () => {
    expect(gateway("-requireRegion", "a", "-preferRegion", "b").warnings).toEqual([
      "-preferRegion b does nothing: it is not among those of -requireRegion",
    ]);
    expect(gateway("-requireRegion", "Ä").problems.length).toBe(1);
  });
});
