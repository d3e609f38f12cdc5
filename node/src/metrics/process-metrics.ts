import { counter, gauge, type MetricSpec } from "@livepeer-ts/kernel";

/** What every node says about its process. */
export const processMetrics: readonly MetricSpec[] = [
  gauge("livepeer_versions", "1", "Always 1: the labels say what runs here", {
    origin: "go-livepeer",
    base: "node_type",
    labels: ["compiler", "goos", "goversion", "livepeerversion"],
  }),
  gauge("livepeer_secp256k1_backend", "1", "Always 1: the label says which code checks signatures", {
    labels: ["backend"],
  }),
  gauge(
    "livepeer_event_loop_delay_p99_seconds",
    "seconds",
    "How late the event loop was in the worst hundredth of the time since the last scrape",
  ),
  gauge("livepeer_process_memory_bytes", "bytes", "Memory of the process by kind", { labels: ["kind"] }),
  counter(
    "process_cpu_seconds_total",
    "seconds",
    "Processor time of the process and its core processes, other child processes not included",
    {
      origin: "process",
      base: "none",
    },
  ),
  gauge("livepeer_core_processes", "processes", "Processes that serve an orchestrator's port for this one (`-cores`)"),
  counter("livepeer_core_process_ends_total", "processes", "Core processes that ended unasked and were replaced"),
  counter("livepeer_core_segments_total", "segments", "Segments that were let in, by the core process that took them", {
    labels: ["core"],
  }),
  gauge("process_resident_memory_bytes", "bytes", "Memory of the process that is in use", {
    origin: "process",
    base: "none",
  }),
  gauge("process_start_time_seconds", "seconds since 1970", "When the process started", {
    origin: "process",
    base: "none",
  }),
  gauge("process_open_fds", "files", "Open file descriptors of the process", { origin: "process", base: "none" }),
  gauge("process_max_fds", "files", "File descriptors that the process may open", { origin: "process", base: "none" }),
];
