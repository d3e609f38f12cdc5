import { counter, gauge, histogram, type MetricSpec } from "@livepeer-ts/kernel";

const origin = "go-livepeer" as const;
const model = ["pipeline", "model_name"] as const;
const orchestrator = ["orchestrator_uri", "orchestrator_address", "orchestrator_version"] as const;

/** Seconds in a queue. */
const waitBuckets = [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60];

/** What gateways and orchestrators count of AI jobs. */
export const aiMetrics: readonly MetricSpec[] = [
  counter("livepeer_ai_models_requested", "requests", "AI jobs that were asked for", { origin, labels: model }),
  gauge(
    "livepeer_ai_request_latency_score",
    "seconds per unit",
    "Time that the newest AI job of a model took, by its units, steps or tokens",
    { origin, labels: [...model, ...orchestrator] },
  ),
  gauge("livepeer_ai_request_price", "wei per unit", "Price of the newest AI job of a model", {
    origin,
    labels: model,
  }),
  counter("livepeer_ai_request_errors", "requests", "AI jobs that came to nothing at an orchestrator", {
    origin,
    labels: [...model, "error_code", "sender", ...orchestrator],
  }),
  gauge(
    "livepeer_ai_orchestrators_available_total",
    "orchestrators",
    "Orchestrators that can run the model that was looked for last",
    {
      origin,
    },
  ),
  counter("livepeer_ai_jobs_total", "jobs", "AI jobs by how they ended: done, refused (the client's fault), failed", {
    labels: [...model, "result"],
  }),
  counter("livepeer_app_calls_total", "calls", "Calls of apps through a gateway by how they ended: answered, failed", {
    labels: ["app", "result"],
  }),
  gauge("livepeer_app_sessions", "sessions", "Sessions of apps that clients have through a gateway"),
  gauge("livepeer_ai_jobs_waiting", "jobs", "AI jobs that wait for a place at an orchestrator", { labels: model }),
  gauge("livepeer_ai_clients_waiting", "clients", "Clients whose AI jobs wait; they get places in turn", {
    labels: model,
  }),
  histogram("livepeer_ai_queue_wait_seconds", "seconds", "How long AI jobs waited for a place", waitBuckets, {
    labels: model,
  }),
];
