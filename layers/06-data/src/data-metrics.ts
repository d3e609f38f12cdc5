import { counter, gauge, histogram, type MetricSpec } from "@livepeer-ts/kernel";

/** What a node counts of the events it hands on. */
export const dataMetrics: readonly MetricSpec[] = [
  counter("livepeer_recording_saved_segments", "segments", "Segments that were recorded", { origin: "go-livepeer" }),
  counter("livepeer_recording_save_errors", "segments", "Segments that could not be recorded", {
    origin: "go-livepeer",
  }),
  histogram(
    "livepeer_recording_save_latency",
    "seconds",
    "Storing a segment of a recording",
    [0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10, 30],
    { origin: "go-livepeer" },
  ),
  gauge("livepeer_event_spool_bytes", "bytes", "Events that wait for the platform"),
  counter("livepeer_event_spool_dropped_total", "events", "Events that were dropped because too many waited"),
  counter("livepeer_event_spool_delivery_failures_total", "deliveries", "Deliveries that the platform did not take"),
  counter("livepeer_kafka_event_send_errors", "events", "Events that did not get to Kafka", {
    origin: "go-livepeer",
    labels: ["event_type"],
  }),
  counter("livepeer_amqp_event_send_errors_total", "events", "Transcode events that did not get to the AMQP broker"),
];
