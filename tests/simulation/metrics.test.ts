import type { DiscoveryRecord } from "@livepeer-ts/execution";
import { PrometheusMetrics } from "@livepeer-ts/kernel/adapters";
import { describe, expect, it } from "vitest";
import { metricRegistry } from "../../node/src/metrics/metric-registry.ts";
import { sampleSum } from "../metrics/exposition.ts";
import { faultsOf, hasPromtool } from "../metrics/promtool.ts";
import { offChainWorld, segmentPixels, sourceBytes, type WorldOptions, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const seed = 27;

type Counted = {
  readonly page: (machine: string) => string;
  readonly successes: number;
  readonly attempts: number;
  /** URIs of each look at the directory that was recorded. */
  readonly discoveries: readonly (readonly string[])[];
};

/** Streams segments and gives the pages of the machines, taken at `pageAtMs` after the last segment. */
async function stream(
  segmentCount: number,
  orchestratorCount: number,
  options: WorldOptions,
  pageAfterMs = 90_000,
): Promise<Counted> {
  console.log(`SIM seed=${seed}`);
  const metrics = new Map<string, PrometheusMetrics>();
  const undeclared: string[] = [];
  const world = offChainWorld(seed, orchestratorCount, {
    ...options,
    metricsOf(machine) {
      const own = new PrometheusMetrics(metricRegistry, {
        perStream: true,
        perClient: true,
        mono: () => 0,
        onUndeclared: (what) => undeclared.push(what),
      });
      metrics.set(machine, own);
      return own;
    },
  });
  const { sim, gateway, events } = world;
  publishStream({ sim, gateway }, { segmentMs, protocol: "http", count: segmentCount });
  await sim.run(1000 + (segmentCount - 1) * segmentMs + pageAfterMs);
  expect(sim.failures).toEqual([]);
  expect(undeclared).toEqual([]);
  const records = events.of<{ success: boolean; attempts: unknown[] }>("segment.done");
  const pages = new Map([...metrics].map(([machine, own]) => [machine, own.text()]));
  return {
    page: (machine) => pages.get(machine) ?? "",
    successes: records.filter(({ success }) => success).length,
    attempts: records.reduce((sum, record) => sum + record.attempts.length, 0),
    discoveries: events
      .of<DiscoveryRecord>("discovery.done")
      .map(({ orchestrators }) => orchestrators.map(({ uri }) => uri).sort()),
  };
}

const stream1 = { manifest_id: "sim" };

describe("what gateways and orchestrators count", () => {
  it("is what went through them, also when the stream was pushed", async () => {
    const count = 6;
    const { page, successes } = await stream(count, 1, {}, 4000);
    expect(successes).toBe(count);
    const gateway = (name: string, labels = {}) => sampleSum(page("g1"), `livepeer_${name}`, { ...stream1, ...labels });
    const client = { client_ip: "10.0.0.9" };
    expect(gateway("segment_source_appeared_total", { profile: "source", seg_type: "regular" })).toBe(count);
    expect(gateway("segment_source_emerged_unprocessed_total", client)).toBe(count);
    expect(gateway("segment_source_emerged_total")).toBe(count);
    expect(gateway("segment_source_uploaded_total", { orchestrator_uri: "https://o1.test:8935" })).toBe(count);
    expect(gateway("segment_transcoded_downloaded_total")).toBe(count * worldProfiles.length);
    const profiles = worldProfiles.map(({ name }) => name).join(",");
    expect(gateway("segment_transcoded_all_appeared_total", { profiles })).toBe(count);
    expect(sampleSum(page("g1"), "livepeer_transcode_overall_latency_seconds_count", { profiles })).toBe(count);
    expect(sampleSum(page("g1"), "livepeer_transcode_time_seconds_count", { verified: "verified" })).toBe(count);
    expect(gateway("source_segment_duration_seconds_sum")).toBe((count * segmentMs) / 1000);
    expect(gateway("mil_pixels_processed", client)).toBeCloseTo((count * segmentPixels) / 1e6, 6);
    expect(gateway("success_rate_per_stream")).toBe(1);
    expect(gateway("stream_source_width_pixels")).toBe(1280);
    expect(gateway("stream_source_bitrate_bps")).toBe(sourceBytes(5).length * 4);
    expect(sampleSum(page("g1"), "livepeer_current_sessions_total")).toBe(1);
    expect(sampleSum(page("o1"), "livepeer_current_sessions_total")).toBe(1);
    expect(sampleSum(page("o1"), "livepeer_segment_transcoded_total", { profiles, trusted: "trusted" })).toBe(count);
    expect(sampleSum(page("o1"), "livepeer_mil_pixels_processed", stream1)).toBeCloseTo(
      (count * segmentPixels) / 1e6,
      6,
    );
  });

  it("shows a success rate below 1 for a pushed stream whose segments fail, with a code for the reason", async () => {
    let begun = 0;
    const { page, successes, attempts } = await stream(
      10,
      1,
      {
        gateway: { stream: { maxAttempts: 1, hedgeAfter: 0 } },
        isBroken: () => begun++ % 2 === 1,
      },
      4000,
    );
    expect(successes).toBeGreaterThan(0);
    expect(successes).toBeLessThan(10);
    expect(sampleSum(page("g1"), "livepeer_success_rate")).toBeCloseTo(successes / 10, 9);
    const failed = sampleSum(page("g1"), "livepeer_segment_transcode_failed_total", {
      ...stream1,
      error_code: "Other",
    });
    const nobody =
      sampleSum(page("g1"), "livepeer_segment_transcode_failed_total", { error_code: "NoOrchestrators" }) ?? 0;
    expect((failed ?? 0) + nobody).toBe(10 - successes);
    expect(attempts).toBe(successes + (failed ?? 0));
    expect(sampleSum(page("o1"), "livepeer_segment_transcode_failed_total", { error_code: "broken" })).toBe(failed);
  });

  it("counts segments that nobody hears of again as lost, once, and a late success does not win them back", async () => {
    // each takes 7 s, one after the other: the first is there in time, the others are not
    const count = 3;
    const { page, successes } = await stream(
      count,
      1,
      { pixelsPerMs: segmentPixels / 7000, gateway: { stream: { hedgeAfter: 0 } } },
      40_000,
    );
    expect(successes).toBe(count);
    const lost = sampleSum(page("g1"), "livepeer_segment_transcode_failed_total", { error_code: "LostSegment" });
    expect(lost).toBe(count - 1);
    expect(sampleSum(page("g1"), "livepeer_segment_source_emerged_total")).toBe(count);
    expect(sampleSum(page("g1"), "livepeer_segment_transcoded_unprocessed_total")).toBe(count);
    expect(sampleSum(page("g1"), "livepeer_segment_transcoded_all_appeared_total")).toBe(1);
    expect(sampleSum(page("g1"), "livepeer_success_rate_per_stream", stream1)).toBeCloseTo(1 / count, 9);
  });

  it("counts the retries and the changes of orchestrator", async () => {
    const { page, attempts } = await stream(
      8,
      2,
      {
        gateway: { stream: { maxAttempts: 3, hedgeAfter: 0 } },
        isBroken: (() => {
          let calls = 0;
          return () => calls++ % 3 === 1;
        })(),
      },
      10_000,
    );
    const retried = sampleSum(page("g1"), "livepeer_transcode_retried") ?? 0;
    expect(retried).toBe(attempts - 8);
    expect(retried).toBeGreaterThan(0);
    expect(sampleSum(page("g1"), "livepeer_orchestrator_swaps")).toBeGreaterThan(0);
  });

  it("tells whom a stream could use once, and again when that is somebody else", async () => {
    const { discoveries, page } = await stream(
      12,
      2,
      { isBroken: () => true, gateway: { stream: { hedgeAfter: 0 } } },
      20_000,
    );
    expect(discoveries[0]).toEqual(["https://o1.test:8935", "https://o2.test:8935"]);
    // every failure is followed by another look, which finds the same two
    expect(sampleSum(page("g1"), "livepeer_transcode_retried")).toBeGreaterThan(10);
    expect(discoveries).toHaveLength(1);
  });

  it.skipIf(!hasPromtool())("passes promtool, but for names that are go-livepeer's", async () => {
    const { page } = await stream(2, 1, {}, 4000);
    for (const machine of ["g1", "o1"]) expect(await faultsOf(page(machine))).toEqual([]);
  });

  it("says how many remote transcoders there are, what they take and what they have", async () => {
    const { page, successes } = await stream(3, 1, { transcodersEach: 2 }, 4000);
    expect(successes).toBe(3);
    const figures = ["number", "capacity", "load"].map((name) => sampleSum(page("o1"), `livepeer_transcoders_${name}`));
    expect(figures).toEqual([2, 4, 1]);
    expect(sampleSum(page("o1"), "livepeer_max_sessions_total")).toBe(4);
  });
});
