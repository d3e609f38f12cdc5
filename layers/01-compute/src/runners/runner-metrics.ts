import { gauge, type MetricSpec } from "@livepeer-ts/kernel";

const origin = "go-livepeer" as const;
const model = ["pipeline", "model_name"] as const;

/** What a machine with runners tells of them. */
export const computeMetrics: readonly MetricSpec[] = [
  gauge("livepeer_ai_container_in_use", "runners", "Runners of a model that do jobs", {
    origin,
    labels: [...model, "orchestrator_uri"],
  }),
  gauge("livepeer_ai_container_idle", "runners", "Runners of a model that are loaded and do nothing", {
    origin,
    labels: [...model, "orchestrator_uri"],
  }),
  gauge("livepeer_ai_gpus_idle", "GPUs", "GPUs of this machine on which no runner works, the same for each model", {
    origin,
    labels: model,
  }),
];
