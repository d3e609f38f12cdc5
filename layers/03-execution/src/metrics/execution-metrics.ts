import { counter, gauge, histogram, type MetricSpec, type MetricTraits } from "@livepeer-ts/kernel";
import { aiMetrics } from "./ai-metrics.ts";

const origin = "go-livepeer" as const;
/** Labels as go-livepeer gives them: none, per stream, per stream and client, per stream with the orchestrator. */
const base: MetricTraits = { origin };
const stream: MetricTraits = { origin, streamLabels: ["manifest_id"] };
const client: MetricTraits = { origin, streamLabels: ["manifest_id"], clientLabels: ["client_ip"] };
const orchestratorLabels = ["orchestrator_uri", "orchestrator_address", "orchestrator_version"] as const;

/** Seconds up to a few segment lengths. */
const workBuckets = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10];
const latencyBuckets = [0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10];
/** Seconds for moving a segment; the original has bounds in milliseconds by mistake here. */
const transferBuckets = [0.1, 0.2, 0.5, 1, 1.5, 2, 5, 10];
const scoreBuckets = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10, 15, 20, 40];
const durationBuckets = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10, 15, 20];
const webhookBuckets = [100, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 5000, 10_000];
const ratioBuckets = [0.5, 1, 2, 3, 5, 10, 50, 100];

const streams: readonly MetricSpec[] = [
  counter("livepeer_stream_created_total", "streams", "Streams that a publisher began", base),
  counter("livepeer_stream_started_total", "streams", "Streams whose first segment came in", base),
  counter("livepeer_stream_ended_total", "streams", "Streams that ended", base),
  gauge(
    "livepeer_max_sessions_total",
    "sessions",
    "Sessions (of an orchestrator) or streams (of a gateway) that may be open at once",
    base,
  ),
  gauge(
    "livepeer_current_sessions_total",
    "sessions",
    "Sessions (of an orchestrator) or streams (of a gateway) that are open",
    base,
  ),
  histogram(
    "livepeer_auth_webhook_time_milliseconds",
    "milliseconds",
    "How long the webhook took to let a publisher in",
    webhookBuckets,
    base,
  ),
  gauge("livepeer_stream_source_bitrate_bps", "bits per second", "Bit rate of the newest source segment of a stream", {
    streamLabels: ["manifest_id"],
    perStreamOnly: true,
  }),
  gauge("livepeer_stream_source_width_pixels", "pixels", "Width of the newest source segment of a stream", {
    streamLabels: ["manifest_id"],
    perStreamOnly: true,
  }),
  gauge("livepeer_stream_source_height_pixels", "pixels", "Height of the newest source segment of a stream", {
    streamLabels: ["manifest_id"],
    perStreamOnly: true,
  }),
  counter("livepeer_stream_source_bytes_total", "bytes", "Bytes of source segments", { streamLabels: ["manifest_id"] }),
  counter("livepeer_stream_rendition_bytes_total", "bytes", "Bytes of renditions that came back", {
    labels: ["profile"],
    streamLabels: ["manifest_id"],
  }),
];

const push: readonly MetricSpec[] = [
  counter(
    "livepeer_http_client_timeout_1",
    "segments",
    "Pushed segments whose client was gone before the renditions were there",
    client,
  ),
  counter(
    "livepeer_http_client_timeout_2",
    "segments",
    "Pushed segments whose client was gone while the renditions were being sent to it",
    client,
  ),
  histogram(
    "livepeer_http_client_segment_transcoded_realtime_ratio",
    "ratio",
    "Duration of a pushed segment over the time its answer took",
    ratioBuckets,
    client,
  ),
  counter(
    "livepeer_http_client_segment_transcoded_realtime_3x",
    "segments",
    "Pushed segments answered in less than a third of their duration",
    client,
  ),
  counter(
    "livepeer_http_client_segment_transcoded_realtime_2x",
    "segments",
    "Pushed segments answered in less than half of their duration, but not in a third",
    client,
  ),
  counter(
    "livepeer_http_client_segment_transcoded_realtime_1x",
    "segments",
    "Pushed segments answered in less than their duration, but not in half of it",
    client,
  ),
  counter(
    "livepeer_http_client_segment_transcoded_realtime_half",
    "segments",
    "Pushed segments answered in less than twice their duration, but not in once",
    client,
  ),
  counter(
    "livepeer_http_client_segment_transcoded_realtime_slow",
    "segments",
    "Pushed segments whose answer took twice their duration or longer",
    client,
  ),
];

const segments: readonly MetricSpec[] = [
  counter("livepeer_segment_source_appeared_total", "segments", "Source segments that were stored and listed", {
    ...stream,
    labels: ["profile", "seg_type"],
  }),
  counter("livepeer_segment_source_emerged_unprocessed_total", "segments", "Source segments that came in", client),
  counter(
    "livepeer_segment_source_emerged_total",
    "segments",
    "Source segments that count in the success rate: done, failed, or older than 8.5 s",
    stream,
  ),
  histogram(
    "livepeer_source_segment_duration_seconds",
    "seconds",
    "Duration of source segments",
    durationBuckets,
    stream,
  ),
  counter("livepeer_segment_source_uploaded_total", "segments", "Source segments that an orchestrator took over", {
    ...stream,
    labels: ["orchestrator_uri"],
  }),
  counter(
    "livepeer_segment_source_upload_failed_total",
    "segments",
    "Source segments that an orchestrator did not take over",
    {
      ...stream,
      labels: ["error_code", "orchestrator_uri"],
    },
  ),
  counter(
    "livepeer_segment_transcoded_downloaded_total",
    "renditions",
    "Renditions that were fetched from orchestrators",
    stream,
  ),
  counter("livepeer_segment_transcoded_total", "segments", "Segments that were transcoded", {
    ...base,
    labels: ["profiles", "trusted", "verified"],
  }),
  counter("livepeer_segment_transcoded_unprocessed_total", "segments", "Segments whose renditions are all listed", {
    ...stream,
    labels: ["profiles", ...orchestratorLabels],
  }),
  counter(
    "livepeer_segment_transcoded_all_appeared_total",
    "segments",
    "Segments whose renditions were all listed within 8.5 s",
    {
      ...stream,
      labels: ["profiles", ...orchestratorLabels],
    },
  ),
  counter("livepeer_segment_transcode_failed_total", "failures", "Failures of transcoding, lost segments among them", {
    ...stream,
    labels: ["error_code"],
  }),
  gauge(
    "livepeer_success_rate",
    "share",
    "Mean over the streams of the share of their last 30 segments that was transcoded",
    base,
  ),
  gauge("livepeer_success_rate_per_stream", "share", "Share of the last 30 segments of a stream that was transcoded", {
    ...stream,
    perStreamOnly: true,
  }),
  histogram("livepeer_transcode_time_seconds", "seconds", "From a segment taken over to its result", workBuckets, {
    ...base,
    labels: ["profiles", "trusted", "verified"],
  }),
  histogram(
    "livepeer_transcode_overall_latency_seconds",
    "seconds",
    "From a source segment to its renditions in the playlists",
    latencyBuckets,
    {
      ...base,
      labels: ["profiles", ...orchestratorLabels],
    },
  ),
  histogram(
    "livepeer_transcode_score",
    "ratio",
    "Duration of a segment over the time its transcoding took",
    scoreBuckets,
    {
      ...base,
      labels: ["profiles", "trusted", "verified"],
    },
  ),
  histogram("livepeer_upload_time_seconds", "seconds", "Sending a segment to an orchestrator", transferBuckets, {
    ...base,
    labels: ["orchestrator_uri"],
  }),
  histogram(
    "livepeer_download_time_seconds",
    "seconds",
    "Fetching one rendition from an orchestrator",
    transferBuckets,
    stream,
  ),
  counter("livepeer_transcode_retried", "attempts", "Attempts after the first one of a segment", {
    ...stream,
    labels: ["try"],
  }),
  counter("livepeer_orchestrator_swaps", "changes", "Times a stream went from one orchestrator to another", stream),
  counter("livepeer_mil_pixels_processed", "million pixels", "Pixels of renditions", client),
  counter("livepeer_segments_total", "segments", "Segments of a gateway by how they came out", { labels: ["result"] }),
  counter("livepeer_hedges_total", "segments", "Late segments that a second orchestrator got too, by what came of it", {
    labels: ["result"],
  }),
  counter(
    "livepeer_segments_moved_total",
    "segments",
    "Segments that went to another orchestrator because theirs had fallen silent",
  ),
  counter("livepeer_fast_verification_done", "results", "Results that were held against a trusted orchestrator's", {
    ...stream,
    labels: ["orchestrator_uri"],
  }),
  counter(
    "livepeer_fast_verification_failed",
    "results",
    "Results that were not a trusted orchestrator's, by what differed: 1 the perceptual hash, 2 the media",
    { ...stream, labels: ["orchestrator_uri", "fverror_type"] },
  ),
  gauge(
    "livepeer_fast_verification_enabled_current_sessions_total",
    "streams",
    "Running streams that are to be verified against a trusted orchestrator",
    base,
  ),
  gauge(
    "livepeer_fast_verification_using_current_sessions_total",
    "streams",
    "Those of them that have a verified orchestrator",
    base,
  ),
  counter(
    "livepeer_verification_evidence_total",
    "pairs",
    "Pairs of results that failed fast verification, by whether they were kept",
    { labels: ["result"] },
  ),
  counter("livepeer_object_uploads_total", "objects", "Objects that were stored in an object store, or could not be", {
    labels: ["store", "result"],
  }),
  counter("livepeer_records_lost_total", "records", "Records of what the node did that could not be stored", {
    labels: ["type"],
  }),
];

const payments: readonly MetricSpec[] = [
  counter("livepeer_tickets_sent", "tickets", "Tickets that went out with segments", stream),
  counter("livepeer_ticket_value_sent", "gwei", "Expected value of the tickets that went out", stream),
  counter("livepeer_payment_create_errors", "payments", "Payments that could not be made", stream),
  gauge(
    "livepeer_orchestrator_price_wei_per_pixel",
    "wei per pixel",
    "Price in the newest offer of an orchestrator that a stream uses",
    {
      labels: ["orchestrator_uri"],
    },
  ),
  gauge(
    "livepeer_orchestrator_ticket_face_value_wei",
    "wei",
    "Face value in the newest offer of an orchestrator that a stream uses",
    {
      labels: ["orchestrator_uri"],
    },
  ),
  gauge(
    "livepeer_orchestrator_ticket_ev_wei",
    "wei",
    "Expected value of a ticket in the newest payment to an orchestrator",
    {
      labels: ["orchestrator_uri"],
    },
  ),
];

const others: readonly MetricSpec[] = [
  counter("livepeer_discovery_errors_total", "answers", "Orchestrators that could not be used, by reason", {
    ...base,
    labels: ["error_code", "orchestrator_uri"],
  }),
  gauge("livepeer_transcoders_number", "transcoders", "Remote transcoders that are connected", base),
  gauge("livepeer_transcoders_capacity", "sessions", "Sessions that they take together", base),
  gauge("livepeer_transcoders_load", "sessions", "Sessions that they have", base),
];

/** What gateways, orchestrators and transcoders count of the work. */
export const executionMetrics: readonly MetricSpec[] = [
  ...streams,
  ...push,
  ...segments,
  ...payments,
  ...others,
  ...aiMetrics,
];
