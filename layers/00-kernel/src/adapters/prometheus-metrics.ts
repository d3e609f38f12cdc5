import type { MetricSpec } from "../metrics/metric-spec.ts";
import type { MetricLabels, Metrics } from "../ports/metrics.ts";

export type PrometheusMetricsOptions = {
  /** Labels of the node, on every metric whose row says so. Default: none. */
  readonly base?: MetricLabels;
  /** Keep the labels of streams (`-metricsPerStream`). Default false. */
  readonly perStream?: boolean;
  /** Keep the labels of clients too (`-metricsClientIP`). Default false. */
  readonly perClient?: boolean;
  /** Combinations of name and labels that are kept; further ones are dropped and counted. Default 5000. */
  readonly maxSeries?: number;
  /** The same for one metric, so that none takes the room of the others. Default 1000. */
  readonly maxSeriesPerMetric?: number;
  /** Series of streams and clients that did not change for this long are dropped, ms. Default 1800000. */
  readonly idleMs?: number;
  /** Monotonic ms. Default: the process's. */
  readonly mono?: () => number;
  /** Told of a metric that is in no table, or whose labels are incomplete: a mistake in the program. Default: it is only counted. */
  readonly onUndeclared?: (what: string) => void;
};

type Series = {
  readonly labels: string;
  value: number;
  count: number;
  /** Of a histogram: observations per bucket. */
  readonly buckets: number[];
  touchedAt: number;
};

type Family = {
  readonly spec: MetricSpec;
  /** Labels that its series have, besides the node's. */
  readonly labels: readonly string[];
  readonly baseText: string;
  /** True when a label's values come and go. */
  readonly isPassing: boolean;
  readonly series: Map<string, Series>;
};

const droppedName = "livepeer_metric_series_dropped_total";
const keptName = "livepeer_metric_series";
const undeclaredName = "livepeer_metric_undeclared_total";

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function labelText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(",");
}

/** Keeps the metrics of a table in memory and writes them in Prometheus' text format. */
export class PrometheusMetrics implements Metrics {
  readonly #options: PrometheusMetricsOptions;
  readonly #maxSeries: number;
  readonly #maxSeriesPerMetric: number;
  readonly #idleMs: number;
  readonly #mono: () => number;
  readonly #families = new Map<string, Family>();
  #seriesCount = 0;
  #dropped = 0;
  #undeclared = 0;

  constructor(specs: readonly MetricSpec[], options: PrometheusMetricsOptions = {}) {
    this.#options = options;
    this.#maxSeries = options.maxSeries ?? 5000;
    this.#maxSeriesPerMetric = options.maxSeriesPerMetric ?? 1000;
    this.#idleMs = options.idleMs ?? 1_800_000;
    this.#mono = options.mono ?? (() => performance.now());
    for (const spec of specs) this.#families.set(spec.name, this.#family(spec));
    // a counter that is not there before its first event hides that event from `increase`
    for (const { spec, labels } of this.#families.values()) {
      if (spec.type === "counter" && labels.length === 0 && this.#ownValue(spec.name) === undefined) {
        this.count(spec.name, {}, 0);
      }
    }
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
    const series = this.#series(name, "histogram", labels);
    const family = this.#families.get(name);
    if (series === undefined || family === undefined) return;
    series.value += value;
    series.count++;
    const bucket = family.spec.buckets.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] as number) + 1;
  }

  forget(name: string, labels: MetricLabels = {}): void {
    const family = this.#families.get(name);
    if (family?.series.delete(labelText(family.labels.map((label) => [label, labels[label] ?? ""])))) {
      this.#seriesCount--;
    }
  }

  /** Everything in text format 0.0.4. */
  text(): string {
    this.#dropIdle();
    let out = "";
    for (const family of this.#families.values()) {
      const { spec } = family;
      const own = this.#ownValue(spec.name);
      if (own === undefined && family.series.size === 0) continue;
      out += `# HELP ${spec.name} ${spec.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
      out += `# TYPE ${spec.name} ${spec.type}\n`;
      if (own !== undefined) out += line(spec.name, family.baseText, own);
      else for (const series of family.series.values()) out += seriesText(family, series);
    }
    return out;
  }

  #ownValue(name: string): number | undefined {
    if (name === droppedName) return this.#dropped;
    if (name === undeclaredName) return this.#undeclared;
    return name === keptName ? this.#seriesCount : undefined;
  }

  #family(spec: MetricSpec): Family {
    const { base = {}, perStream = false, perClient = false } = this.#options;
    const passing = [...(perStream ? spec.streamLabels : []), ...(perStream && perClient ? spec.clientLabels : [])];
    const own = Object.entries(base).filter(([name]) => spec.base === "all" || name === spec.base);
    return {
      spec,
      labels: [...spec.labels, ...passing],
      baseText: labelText(own),
      isPassing: passing.length > 0 || spec.labels.includes("sender"),
      series: new Map(),
    };
  }

  #series(name: string, type: MetricSpec["type"], labels: MetricLabels = {}): Series | undefined {
    const family = this.#families.get(name);
    if (family === undefined || family.spec.type !== type) return this.#report(`${name} is no ${type} of the tables`);
    if (family.spec.perStreamOnly && this.#options.perStream !== true) return undefined;
    const missing = family.labels.find((label) => labels[label] === undefined);
    if (missing !== undefined) return this.#report(`${name} is counted without its label ${missing}`);
    const text = labelText(family.labels.map((label) => [label, labels[label] as string]));
    let series = family.series.get(text);
    if (series === undefined) {
      if (family.series.size >= this.#maxSeriesPerMetric || this.#seriesCount >= this.#maxSeries) {
        this.#dropped++;
        return undefined;
      }
      this.#seriesCount++;
      series = { labels: text, value: 0, count: 0, buckets: family.spec.buckets.map(() => 0), touchedAt: 0 };
      family.series.set(text, series);
    }
    series.touchedAt = this.#mono();
    return series;
  }

  #report(what: string): undefined {
    this.#undeclared++;
    this.#options.onUndeclared?.(what);
  }

  #dropIdle(): void {
    const oldest = this.#mono() - this.#idleMs;
    for (const family of this.#families.values()) {
      if (!family.isPassing) continue;
      for (const [key, series] of family.series) {
        if (series.touchedAt >= oldest) continue;
        family.series.delete(key);
        this.#seriesCount--;
      }
    }
  }
}

function seriesText({ spec, baseText }: Family, { labels, value, count, buckets }: Series): string {
  const all = joined(labels, baseText);
  if (spec.type !== "histogram") return line(spec.name, all, value);
  let out = "";
  let below = 0;
  for (const [i, bound] of spec.buckets.entries()) {
    below += buckets[i] as number;
    out += line(`${spec.name}_bucket`, joined(all, `le="${bound}"`), below);
  }
  out += line(`${spec.name}_bucket`, joined(all, 'le="+Inf"'), count);
  return out + line(`${spec.name}_sum`, all, value) + line(`${spec.name}_count`, all, count);
}
