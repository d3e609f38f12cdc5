import { describe, expect, it } from "vitest";
import { kernelMetrics } from "../metrics/kernel-metrics.ts";
import { counter, gauge, histogram } from "../metrics/metric-spec.ts";
import { PrometheusMetrics, type PrometheusMetricsOptions } from "./prometheus-metrics.ts";

const table = [
  counter("a_total", "things", "What a counts", { labels: ["b", "a"] }),
  gauge("level", "things", "How high\nit is"),
  gauge("peer_level", "things", "How high it is there", { labels: ["peer"] }),
  histogram("took_seconds", "seconds", "How long it took", [0.005, 0.025, 30], { labels: ["method"] }),
  counter("of_stream_total", "things", "What a stream did", {
    streamLabels: ["manifest_id"],
    clientLabels: ["client_ip"],
  }),
  gauge("stream_level", "things", "Of the newest", { streamLabels: ["manifest_id"], perStreamOnly: true }),
  gauge("versions", "1", "What runs", { base: "node_type", labels: ["v"] }),
  ...kernelMetrics,
];

function metricsWith(options: PrometheusMetricsOptions = {}): PrometheusMetrics {
  return new PrometheusMetrics(table, options);
}

describe("metrics in Prometheus' text format", () => {
  it("adds up counters and keeps the last value of gauges, one line per set of labels, under what the table says", () => {
    const metrics = metricsWith();
    metrics.count("a_total", { b: "1", a: "2" });
    metrics.count("a_total", { a: "2", b: "1" }, 4);
    metrics.gauge("level", 7);
    metrics.gauge("level", 3);
    const text = metrics.text();
    expect(text).toContain('# HELP a_total What a counts\n# TYPE a_total counter\na_total{b="1",a="2"} 5\n');
    expect(text).toContain("# HELP level How high\\nit is\n# TYPE level gauge\nlevel 3\n");
    expect(text).not.toContain("took_seconds");
    // so that its first event shows as an increase
    expect(text).toContain("of_stream_total 0\n");
  });

  it("writes histograms whose buckets hold everything up to their bound", () => {
    const metrics = metricsWith();
    for (const value of [0.004, 0.02, 0.02, 99]) metrics.observe("took_seconds", value, { method: "x" });
    const text = metrics.text();
    expect(text).toContain('took_seconds_bucket{method="x",le="0.005"} 1\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="0.025"} 3\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="30"} 3\n');
    expect(text).toContain('took_seconds_bucket{method="x",le="+Inf"} 4\n');
    expect(text).toContain('took_seconds_count{method="x"} 4\n');
    expect(text).toContain('took_seconds_sum{method="x"} 99.044\n');
  });

  it("escapes label values, so that a peer's text cannot forge lines", () => {
    const metrics = metricsWith();
    metrics.gauge("peer_level", 1, { peer: 'a"\n\\b' });
    expect(metrics.text()).toContain('peer_level{peer="a\\"\\n\\\\b"} 1\n');
  });

  it("puts the node's labels on every metric, and only some where the table says so", () => {
    const metrics = metricsWith({ base: { node_id: "n", node_type: "orch" } });
    metrics.gauge("level", 1);
    metrics.gauge("versions", 1, { v: "2" });
    expect(metrics.text()).toContain('level{node_id="n",node_type="orch"} 1\n');
    expect(metrics.text()).toContain('versions{v="2",node_type="orch"} 1\n');
    expect(metrics.text()).toContain('livepeer_metric_series{node_id="n",node_type="orch"} 3\n');
  });

  it("has labels of streams and clients only when they are asked for", () => {
    const lines = (options: PrometheusMetricsOptions) => {
      const metrics = metricsWith(options);
      for (const manifest_id of ["m", "n"]) {
        metrics.count("of_stream_total", { manifest_id, client_ip: "10.0.0.1" });
        metrics.gauge("stream_level", 1, { manifest_id });
      }
      return metrics
        .text()
        .split("\n")
        .filter((line) => /^(of_)?stream/.test(line));
    };
    expect(lines({})).toEqual(["of_stream_total 2"]);
    expect(lines({ perStream: true })).toEqual([
      'of_stream_total{manifest_id="m"} 1',
      'of_stream_total{manifest_id="n"} 1',
      'stream_level{manifest_id="m"} 1',
      'stream_level{manifest_id="n"} 1',
    ]);
    expect(lines({ perStream: true, perClient: true })[0]).toBe(
      'of_stream_total{manifest_id="m",client_ip="10.0.0.1"} 1',
    );
  });

  it("stops taking new series at its limits, of one metric and of all, and says how many values it dropped", () => {
    const metrics = metricsWith({ maxSeries: 4, maxSeriesPerMetric: 2 });
    for (let i = 0; i < 5; i++) metrics.count("a_total", { a: String(i), b: "" });
    metrics.count("a_total", { a: "0", b: "" });
    metrics.gauge("peer_level", 1, { peer: "x" });
    metrics.gauge("level", 1);
    const text = metrics.text();
    expect(text).toContain('a_total{b="",a="0"} 2\n');
    expect(text).not.toContain('a="2"');
    expect(text).toContain('peer_level{peer="x"} 1\n');
    expect(text).not.toContain("level 1\n# ");
    expect(text).toContain("livepeer_metric_series 4\n");
    expect(text).toContain("livepeer_metric_series_dropped_total 4\n");
  });

  it("ends gauges that are forgotten, and series of streams that nothing touched for a while", () => {
    let now = 0;
    const metrics = metricsWith({ perStream: true, idleMs: 1000, mono: () => now });
    metrics.gauge("stream_level", 1, { manifest_id: "m" });
    metrics.gauge("stream_level", 1, { manifest_id: "n" });
    metrics.count("of_stream_total", { manifest_id: "old" });
    metrics.gauge("level", 1);
    metrics.forget("stream_level", { manifest_id: "m" });
    expect(metrics.text()).not.toContain('manifest_id="m"');
    now = 900;
    metrics.count("of_stream_total", { manifest_id: "new" });
    now = 1500;
    const text = metrics.text();
    expect(text).not.toContain('"old"');
    expect(text).toContain('of_stream_total{manifest_id="new"} 1\n');
    expect(text).toContain("level 1\n");
    expect(text).toContain("livepeer_metric_series 2\n");
  });

  it("takes nothing that is not in the table, and says so", () => {
    const told: string[] = [];
    const metrics = metricsWith({ onUndeclared: (what) => told.push(what) });
    metrics.count("unknown_total");
    metrics.gauge("a_total", 1);
    metrics.count("a_total", { a: "1" });
    metrics.count("a_total", { a: "1", b: "2", more: "3" });
    expect(told).toEqual([
      "unknown_total is no counter of the tables",
      "a_total is no gauge of the tables",
      "a_total is counted without its label b",
    ]);
    expect(metrics.text()).toContain('a_total{b="2",a="1"} 1\n');
    expect(metrics.text()).toContain("livepeer_metric_undeclared_total 3\n");
  });
});
