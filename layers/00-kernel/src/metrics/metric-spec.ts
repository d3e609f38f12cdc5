/** One metric as operators know it: the row of a metric table. */
export type MetricSpec = {
  /** Full name, as it is exposed. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence without a full stop: what a value says. */
  readonly help: string;
  /** Unit of a value, in words: `segments`, `gwei`, `seconds`. */
  readonly unit: string;
  /** Labels besides those of the node; every call gives all of them. */
  readonly labels: readonly string[];
  /** Labels that it has with `-metricsPerStream` only. */
  readonly streamLabels: readonly string[];
  /** Labels that it has with `-metricsClientIP` only. */
  readonly clientLabels: readonly string[];
  /** Exposed with `-metricsPerStream` only: without it values of different streams would overwrite each other. */
  readonly perStreamOnly: boolean;
  /** Which labels of the node it has. */
  readonly base: "all" | "none" | "node_type";
  /** Upper bounds of a histogram's buckets, ascending, in the unit of the metric. */
  readonly buckets: readonly number[];
  /** `go-livepeer`: name, type and labels are those of the original; `process`: those of Prometheus' client libraries. */
  readonly origin: "go-livepeer" | "ours" | "process";
};

export type MetricTraits = Partial<
  Pick<MetricSpec, "labels" | "streamLabels" | "clientLabels" | "perStreamOnly" | "base" | "origin">
>;

function spec(
  type: MetricSpec["type"],
  name: string,
  unit: string,
  help: string,
  traits: MetricTraits,
  buckets: readonly number[],
): MetricSpec {
  return {
    name,
    type,
    unit,
    help,
    labels: [],
    streamLabels: [],
    clientLabels: [],
    perStreamOnly: false,
    base: "all",
    origin: "ours",
    ...traits,
    buckets,
  };
}

/** A row for something that only grows. */
export function counter(name: string, unit: string, help: string, traits: MetricTraits = {}): MetricSpec {
  return spec("counter", name, unit, help, traits, []);
}

/** A row for a value of the moment. */
export function gauge(name: string, unit: string, help: string, traits: MetricTraits = {}): MetricSpec {
  return spec("gauge", name, unit, help, traits, []);
}

/** A row for a distribution. */
export function histogram(
  name: string,
  unit: string,
  help: string,
  buckets: readonly number[],
  traits: MetricTraits = {},
): MetricSpec {
  return spec("histogram", name, unit, help, traits, buckets);
}

/** Buckets for how long something takes from a millisecond to half a minute, seconds. */
export const shortTimeBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
