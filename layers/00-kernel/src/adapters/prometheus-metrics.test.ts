import { describe, expect, it } from "vitest";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

describe("metrics in Prometheus' text format", () => {
  it("adds up counters and keeps the last value of gauges, one line per set of labels", () => {
    const metrics = new PrometheusMetrics();
    metrics.count("a_total", { b: "1", a: "2" });
    metrics.count("a_total", { a: "2", b: "1" }, 4);
    metrics.gauge("level", 7);
    metrics.gauge("level", 3);
    const text = metrics.text();
    expect(text).toContain('# TYPE a_total counter\na_total{a="2",b="1"} 5\n');
    expect(text).toContain("# TYPE level gauge\nlevel 3\n");
  });

  it("writes histograms whose buckets hold everything up to their bound", () => {
    const metrics = new PrometheusMetrics();
    for (const value of [0.004, 0.02, 0.02, 99]) metrics.observe("took_seconds", value, { method: "x" });
    const text = metrics.text();
    expect(text).toContain('took_seconds_bucket{method="x",le="0.005"} 1\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="0.025"} 3\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="30"} 3\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="+Inf"} 4\n');
    expect(text).toContain('took_seconds_count{method="x"} 4\n');
  });

  it("escapes label values, so that a peer's text cannot forge lines", () => {
    const metrics = new PrometheusMetrics();
    metrics.gauge("g", 1, { peer: 'a"\n\\b' });
    expect(metrics.text()).toContain('g{peer="a\\"\\n\\\\b"} 1\n');
  });

  it("stops taking new series at its limit and says how many it dropped", () => {
    const metrics = new PrometheusMetrics({ maxSeries: 2 });
    for (let i = 0; i < 5; i++) metrics.count("c_total", { i: String(i) });
    metrics.count("c_total", { i: "0" });
    expect(metrics.text()).toContain('c_total{i="0"} 2\n');
    expect(metrics.text()).not.toContain('i="2"');
    expect(metrics.text()).toContain("livepeer_metric_series_dropped_total 3\n");
  });
});
