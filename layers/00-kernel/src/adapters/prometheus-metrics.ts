import type { MetricLabels, Metrics } from "../ports/metrics.ts";

export type PrometheusMetricsOptions = {
  /** Combinations of name and labels that are kept; further ones are dropped and counted. Default 5000. */
  readonly maxSeries?: number;
};

/** Upper bounds of the histogram buckets; observations are in seconds. */
const bucketBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Series = { readonly labels: string; value: number };
type Histogram = { readonly labels: string; readonly buckets: number[]; sum: number; count: number };
type Family = { readonly type: "counter" | "gauge"; readonly series: Map<string, Series> };

function labelText(labels: MetricLabels = {}): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
    )
    .join(",");
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
}

/** Keeps metrics in memory and writes them in Prometheus' text format. */
export class PrometheusMetrics implements Metrics {
  readonly #maxSeries: number;
  readonly #families = new Map<string, Family>();
  readonly #histograms = new Map<string, Map<string, Histogram>>();
  #seriesCount = 0;
  #dropped = 0;

  constructor(options: PrometheusMetricsOptions = {}) {
    this.#maxSeries = options.maxSeries ?? 5000;
  }

  count(name: string, labels?: MetricLabels, by = 1): void {
    const series = this.#series(name, "counter", labels);
    if (series !== undefined) series.value += by;
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    const series = this.#series(name, "gauge", labels);
    if (series !== undefined) series.value = value;
  }

  observe(name: string, value: number, labels?: MetricLabels): void {
    const text = labelText(labels);
    const all = this.#histograms.get(name) ?? new Map<string, Histogram>();
    let histogram = all.get(text);
    if (histogram === undefined) {
      if (!this.#hasRoom()) return;
      histogram = { labels: text, buckets: bucketBounds.map(() => 0), sum: 0, count: 0 };
      all.set(text, histogram);
      this.#histograms.set(name, all);
    }
    histogram.sum += value;
    histogram.count++;
    const bucket = bucketBounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) histogram.buckets[bucket] = (histogram.buckets[bucket] as number) + 1;
  }

  /** Everything in text format 0.0.4. */
  text(): string {
    let out = "";
    for (const [name, { type, series }] of this.#families) {
      out += `# TYPE ${name} ${type}\n`;
      for (const { labels, value } of series.values()) out += line(name, labels, value);
    }
    for (const [name, series] of this.#histograms) {
      out += `# TYPE ${name} histogram\n`;
      for (const { labels, buckets, sum, count } of series.values()) {
        const and = labels === "" ? "" : `${labels},`;
        let below = 0;
        for (const [i, bound] of bucketBounds.entries()) {
          below += buckets[i] as number;
          out += line(`${name}_bucket`, `${and}le="${bound}"`, below);
        }
        out += line(`${name}_bucket`, `${and}le="+Inf"`, count);
        out += line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, count);
      }
    }
    const dropped = "livepeer_metric_series_dropped_total";
    return `${out}# TYPE ${dropped} counter\n${line(dropped, "", this.#dropped)}`;
  }

  #series(name: string, type: Family["type"], labels?: MetricLabels): Series | undefined {
    const text = labelText(labels);
    const family = this.#families.get(name) ?? { type, series: new Map<string, Series>() };
    let series = family.series.get(text);
    if (series === undefined) {
      if (!this.#hasRoom()) return undefined;
      series = { labels: text, value: 0 };
      family.series.set(text, series);
      this.#families.set(name, family);
    }
    return series;
  }

  #hasRoom(): boolean {
    if (this.#seriesCount >= this.#maxSeries) {
      this.#dropped++;
      return false;
    }
    this.#seriesCount++;
    return true;
  }
}
