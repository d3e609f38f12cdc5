/** Sets of labels of go-livepeer's metrics, besides `node_id` and `node_type`. */
export type LabelSet = {
  readonly always?: readonly string[];
  readonly perStream?: readonly string[];
  readonly perClient?: readonly string[];
};

const base: LabelSet = {};
const m: LabelSet = { perStream: ["manifest_id"] };
const ip: LabelSet = { perStream: ["manifest_id"], perClient: ["client_ip"] };
const s: LabelSet = { perStream: ["sender"] };
const ms: LabelSet = { perStream: ["manifest_id", "sender"] };
const g: LabelSet = { always: ["sender"] };
const orchestrator = ["orchestrator_uri", "orchestrator_address", "orchestrator_version"];
const plus = (set: LabelSet, ...labels: readonly string[]): LabelSet => ({
  ...set,
  always: [...labels, ...(set.always ?? [])],
});

type Row = readonly [names: string, type: "counter" | "gauge" | "histogram", labels: LabelSet];

const rows: readonly Row[] = [
  ["stream_created_total stream_started_total stream_ended_total", "counter", base],
  ["http_client_timeout_1 http_client_timeout_2", "counter", ip],
  ["http_client_segment_transcoded_realtime_ratio", "histogram", ip],
  ...["3x", "2x", "1x", "half", "slow"].map(
    (speed): Row => [`http_client_segment_transcoded_realtime_${speed}`, "counter", ip],
  ),
  ["kafka_event_send_errors", "counter", plus(base, "event_type")],
  ["segment_source_appeared_total", "counter", plus(m, "profile", "seg_type")],
  ["segment_source_emerged_total", "counter", m],
  ["segment_source_emerged_unprocessed_total", "counter", ip],
  ["segment_source_uploaded_total", "counter", plus(m, "orchestrator_uri")],
  ["segment_source_upload_failed_total", "counter", plus(m, "error_code", "orchestrator_uri")],
  ["segment_transcoded_downloaded_total", "counter", m],
  ["segment_transcoded_total", "counter", plus(base, "profiles", "trusted", "verified")],
  [
    "segment_transcoded_unprocessed_total segment_transcoded_all_appeared_total",
    "counter",
    plus(m, "profiles", ...orchestrator),
  ],
  ["segment_transcode_failed_total", "counter", plus(m, "error_code")],
  ["success_rate", "gauge", base],
  ["success_rate_per_stream", "gauge", m],
  ["transcode_time_seconds transcode_score", "histogram", plus(base, "profiles", "trusted", "verified")],
  ["transcode_overall_latency_seconds", "histogram", plus(base, "profiles", ...orchestrator)],
  ["upload_time_seconds", "histogram", plus(base, "orchestrator_uri")],
  ["download_time_seconds source_segment_duration_seconds", "histogram", m],
  ["auth_webhook_time_milliseconds", "histogram", base],
  ["recording_save_latency", "histogram", base],
  ["recording_save_errors recording_saved_segments", "counter", base],
  ["max_sessions_total current_sessions_total", "gauge", base],
  ["ai_models_requested", "counter", plus(base, "pipeline", "model_name")],
  ["ai_request_price", "gauge", plus(base, "pipeline", "model_name")],
  ["ai_request_latency_score", "gauge", plus(base, "pipeline", "model_name", ...orchestrator)],
  ["ai_request_errors", "counter", plus(base, "error_code", "pipeline", "model_name", "sender", ...orchestrator)],
  ["ai_orchestrators_available_total", "gauge", base],
  ["ai_container_in_use", "gauge", plus(base, "pipeline", "model_name", "orchestrator_uri")],
  ["ai_container_idle", "gauge", plus(base, "pipeline", "model_name", "orchestrator_uri")],
  ["ai_gpus_idle", "gauge", plus(base, "pipeline", "model_name")],
  ["discovery_errors_total", "counter", plus(base, "error_code", "orchestrator_uri")],
  ["transcode_retried", "counter", plus(m, "try")],
  ["transcoders_number transcoders_capacity transcoders_load", "gauge", base],
  ["orchestrator_swaps ticket_value_sent tickets_sent payment_create_errors", "counter", m],
  ["gateway_deposit gateway_reserve broadcaster_deposit broadcaster_reserve", "gauge", s],
  ["gateway_max_float gateway_ticket_face_value", "gauge", g],
  ["ticket_value_recv tickets_recv winning_tickets_recv", "counter", ms],
  ["payment_recv_errors", "counter", plus(ms, "error_code")],
  ["value_redeemed", "counter", s],
  ["ticket_redemption_errors reward_call_errors", "counter", base],
  ["suggested_gas_price min_gas_price max_gas_price", "gauge", base],
  ["transcoding_price", "gauge", s],
  ["mil_pixels_processed", "counter", ip],
  ["fast_verification_done", "counter", plus(m, "orchestrator_uri")],
  ["fast_verification_failed", "counter", plus(m, "orchestrator_uri", "fverror_type")],
  ["fast_verification_enabled_current_sessions_total fast_verification_using_current_sessions_total", "gauge", base],
];

/** go-livepeer v0.9.1's metrics of video, chain and money that are built, `livepeer_versions` aside. */
export const goLivepeerMetrics: ReadonlyMap<string, LabelSet & { readonly type: string }> = new Map(
  rows.flatMap(([names, type, labels]) =>
    names.split(" ").map((name) => [`livepeer_${name}`, { type, ...labels }] as const),
  ),
);
