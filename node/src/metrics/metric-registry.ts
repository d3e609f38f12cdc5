import { computeMetrics } from "@livepeer-ts/compute";
import { dataMetrics } from "@livepeer-ts/data";
import { economicsMetrics } from "@livepeer-ts/economics";
import { executionMetrics } from "@livepeer-ts/execution";
import { kernelMetrics, type MetricSpec } from "@livepeer-ts/kernel";
import { mediaMetrics } from "@livepeer-ts/media";
import { protocolMetrics } from "@livepeer-ts/protocol";
import { processMetrics } from "./process-metrics.ts";

/** Metrics by the layer that counts them. Exposition, reference page and dashboards follow these rows. */
export const metricGroups: readonly { readonly title: string; readonly specs: readonly MetricSpec[] }[] = [
  { title: "Work", specs: executionMetrics },
  { title: "Money", specs: economicsMetrics },
  { title: "Chain", specs: protocolMetrics },
  { title: "Transcoding machine", specs: mediaMetrics },
  { title: "Runners", specs: computeMetrics },
  { title: "Recordings and events", specs: dataMetrics },
  { title: "Process", specs: [...processMetrics, ...kernelMetrics] },
];

/** Every metric that a node can expose. */
export const metricRegistry: readonly MetricSpec[] = metricGroups.flatMap(({ specs }) => specs);
