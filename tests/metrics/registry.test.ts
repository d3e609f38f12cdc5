import { describe, expect, it } from "vitest";
import { metricRegistry } from "../../node/src/metrics/metric-registry.ts";
import { filesBelow, textOf } from "../docs/pages.ts";
import { goLivepeerMetrics } from "./go-livepeer-table.ts";

const sources = [...filesBelow("layers"), ...filesBelow("node")].filter(
  (path) => /\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\.gen\.ts$|\/testing\/|-metrics\.ts$|^layers\/09-/.test(path),
);

/** The Python kit's package. */
const noMetrics: ReadonlySet<string> = new Set(["livepeer_app"]);

/** Names in the code that look like a metric's. */
function namesIn(path: string): string[] {
  const pattern = /"((?:livepeer|process)_[a-z0-9_]+)"/g;
  return [...textOf(path).matchAll(pattern)].map(([, name]) => name as string).filter((name) => !noMetrics.has(name));
}

describe("the metric registry", () => {
  it("has every metric that the code counts, and none that it does not", () => {
    const used = new Map(sources.flatMap((path) => namesIn(path).map((name) => [name, path] as const)));
    const registered = new Set(metricRegistry.map(({ name }) => name));
    const unknown = [...used].filter(([name]) => !registered.has(name));
    expect(unknown, "add a row to the metric table of the layer").toEqual([]);
    // what the keeper of the metrics says about itself
    const own = new Set(namesIn("layers/00-kernel/src/adapters/prometheus-metrics.ts"));
    expect([...registered].filter((name) => !used.has(name) && !own.has(name))).toEqual([]);
  });

  it("has each name once, and says in one sentence what it is", () => {
    const names = metricRegistry.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, help, unit, type, buckets } of metricRegistry) {
      expect(name).toMatch(/^(livepeer|process)_[a-z0-9_]+$/);
      expect(help, name).toMatch(/^[A-Z][^\n]+[^.\n]$/);
      expect(unit, name).not.toBe("");
      if (type === "histogram")
        expect(
          [...buckets].sort((a, b) => a - b),
          name,
        ).toEqual(buckets);
      expect(buckets.length > 0, name).toBe(type === "histogram");
    }
  });

  it("has go-livepeer's metrics with its names, types and labels", () => {
    const rows = metricRegistry.filter(({ origin, name }) => origin === "go-livepeer" && name !== "livepeer_versions");
    expect(rows.map(({ name }) => name).sort()).toEqual([...goLivepeerMetrics.keys()].sort());
    for (const { name, type, labels, streamLabels, clientLabels, base } of rows) {
      const wanted = goLivepeerMetrics.get(name);
      expect(
        { type, labels: [...labels].sort(), streamLabels: [...streamLabels].sort(), clientLabels, base },
        name,
      ).toEqual({
        type: wanted?.type,
        labels: [...(wanted?.always ?? [])].sort(),
        streamLabels: [...(wanted?.perStream ?? [])].sort(),
        clientLabels: wanted?.perClient ?? [],
        base: "all",
      });
    }
  });

  it("names its own metrics by Prometheus' rules: counters end in _total, nothing else does, units are base units", () => {
    const own = metricRegistry.filter(({ origin }) => origin === "ours");
    for (const { name, type } of own) {
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      expect(name).not.toMatch(/milliseconds|_ms$|_gwei_/);
    }
  });
});
