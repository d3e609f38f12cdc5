import { counter, gauge, type MetricSpec } from "./metric-spec.ts";

/** What the keeper of the metrics says about itself. */
export const kernelMetrics: readonly MetricSpec[] = [
  gauge("livepeer_metric_series", "series", "Combinations of metric and labels that are kept"),
  counter(
    "livepeer_metric_series_dropped_total",
    "values",
    "Values that were dropped because their combination of metric and labels found no room",
  ),
  counter("livepeer_metric_undeclared_total", "values", "Values that were dropped because no table has their metric"),
];
