import type { Clock, LpError, Metrics } from "@livepeer-ts/kernel";
import type { MediaSegment, VideoProfile } from "@livepeer-ts/media";
import { metricErrorCode } from "../metrics/error-code.ts";
import { profileNames } from "../metrics/profile-names.ts";
import type { OutgoingPayment } from "../ports/payment-sender.ts";
import { type OrchestratorSession, orchestratorAddress } from "./orchestrator-session.ts";
import type { SuccessRates } from "./success-rates.ts";

export type StreamCensusDeps = { readonly clock: Clock; readonly metrics: Metrics; readonly rates: SuccessRates };

type Subject = {
  readonly manifestId: string;
  /** Address of the publisher; null when it is not known. */
  readonly clientAddress: string | null;
  readonly profiles: readonly VideoProfile[];
};

/** One delivery as the census needs it. */
export type CountedDelivery = {
  readonly session: Pick<OrchestratorSession, "uri" | "info" | "entry">;
  /** From taken over to the renditions in the playlists. */
  readonly totalMs: number;
};

/** Everything a gateway counts of one stream. */
export class StreamCensus {
  readonly #deps: StreamCensusDeps;
  readonly #stream: { readonly manifest_id: string };
  readonly #client: { readonly manifest_id: string; readonly client_ip: string };
  readonly #profiles: string;
  readonly #rated: ReturnType<SuccessRates["stream"]>;
  #hasSegments = false;
  #lastUri: string | undefined;

  constructor(subject: Subject, deps: StreamCensusDeps) {
    this.#deps = deps;
    this.#stream = { manifest_id: subject.manifestId };
    this.#client = { ...this.#stream, client_ip: subject.clientAddress ?? "not_tracked" };
    this.#profiles = profileNames(subject.profiles);
    this.#rated = deps.rates.stream(subject.manifestId);
    deps.metrics.count("livepeer_stream_created_total");
  }

  /** A source segment came in and is to be transcoded, or passed through where there is nothing to do. */
  segment(segment: MediaSegment, size: { readonly width: number; readonly height: number }): SegmentCensus {
    const { metrics } = this.#deps;
    if (!this.#hasSegments) metrics.count("livepeer_stream_started_total");
    this.#hasSegments = true;
    metrics.count("livepeer_segment_source_emerged_unprocessed_total", this.#client);
    metrics.observe("livepeer_source_segment_duration_seconds", segment.durationMs / 1000, this.#stream);
    metrics.count("livepeer_stream_source_bytes_total", this.#stream, segment.bytes.length);
    if (segment.durationMs > 0) {
      const bitrateBps = Math.round((segment.bytes.length * 8000) / segment.durationMs);
      metrics.gauge("livepeer_stream_source_bitrate_bps", bitrateBps, this.#stream);
    }
    metrics.gauge("livepeer_stream_source_width_pixels", size.width, this.#stream);
    metrics.gauge("livepeer_stream_source_height_pixels", size.height, this.#stream);
    const rated = this.#rated.segment(() => {
      metrics.count("livepeer_segment_source_emerged_total", this.#stream);
      this.failed("LostSegment");
    });
    return {
      appeared: (isRecorded) =>
        metrics.count("livepeer_segment_source_appeared_total", {
          ...this.#stream,
          profile: "source",
          seg_type: isRecorded ? "recorded" : "regular",
        }),
      delivered: (delivery) => {
        const inTime = rated.settle(true);
        if (inTime) metrics.count("livepeer_segment_source_emerged_total", this.#stream);
        if (delivery !== undefined) this.#delivered(delivery, inTime);
      },
      failed: (error) => {
        if (rated.settle(false)) metrics.count("livepeer_segment_source_emerged_total", this.#stream);
        // attempts count their failures themselves
        if (error.code !== "attempts_exhausted") this.failed(metricErrorCode(error));
      },
    };
  }

  /** An attempt begins. `attempt`: 0 for the first one. */
  attempt(uri: string, attempt: number, isHedge: boolean): void {
    const { metrics } = this.#deps;
    if (attempt > 0 && !isHedge) {
      const number = attempt + 1;
      metrics.count("livepeer_transcode_retried", { ...this.#stream, try: number > 10 ? ">10" : String(number) });
    }
    if (!isHedge && this.#lastUri !== undefined && this.#lastUri !== uri) {
      metrics.count("livepeer_orchestrator_swaps", this.#stream);
    }
    if (!isHedge) this.#lastUri = uri;
  }

  /** A payment was made. */
  paid(session: OrchestratorSession, payment: OutgoingPayment): void {
    const { metrics } = this.#deps;
    const labels = { orchestrator_uri: session.uri };
    const price = session.payment.price();
    if (price !== undefined) {
      metrics.gauge("livepeer_orchestrator_price_wei_per_pixel", Number(price.num) / Number(price.den), labels);
    }
    const [first] = payment.tickets;
    if (first === undefined) return;
    const valueWei = Number(payment.expectedValue.num) / Number(payment.expectedValue.den);
    metrics.count("livepeer_tickets_sent", this.#stream, payment.tickets.length);
    metrics.count("livepeer_ticket_value_sent", this.#stream, valueWei / 1e9);
    metrics.gauge("livepeer_orchestrator_ticket_face_value_wei", Number(first.faceValueWei), labels);
    metrics.gauge("livepeer_orchestrator_ticket_ev_wei", valueWei / payment.tickets.length, labels);
  }

  notPaid(): void {
    this.#deps.metrics.count("livepeer_payment_create_errors", this.#stream);
  }

  uploaded(uri: string, tookMs: number): void {
    const { metrics } = this.#deps;
    metrics.count("livepeer_segment_source_uploaded_total", { ...this.#stream, orchestrator_uri: uri });
    metrics.observe("livepeer_upload_time_seconds", tookMs / 1000, { orchestrator_uri: uri });
  }

  uploadFailed(uri: string, error: unknown): void {
    const code = metricErrorCode(error);
    if (code === undefined) return;
    this.#deps.metrics.count("livepeer_segment_source_upload_failed_total", {
      ...this.#stream,
      error_code: code,
      orchestrator_uri: uri,
    });
  }

  /** The result came `tookMs` after the segment was taken over. */
  transcoded(durationMs: number, tookMs: number, isTrusted: boolean, isVerified: boolean): void {
    const { metrics } = this.#deps;
    const labels = {
      profiles: this.#profiles,
      trusted: isTrusted ? "trusted" : "untrusted",
      verified: isVerified ? "verified" : "unverified",
    };
    metrics.count("livepeer_segment_transcoded_total", labels);
    metrics.observe("livepeer_transcode_time_seconds", tookMs / 1000, labels);
    if (tookMs > 0) metrics.observe("livepeer_transcode_score", durationMs / tookMs, labels);
  }

  downloaded(profile: string, sizeBytes: number, tookMs: number): void {
    const { metrics } = this.#deps;
    metrics.count("livepeer_segment_transcoded_downloaded_total", this.#stream);
    metrics.observe("livepeer_download_time_seconds", tookMs / 1000, this.#stream);
    metrics.count("livepeer_stream_rendition_bytes_total", { ...this.#stream, profile }, sizeBytes);
  }

  pixels(count: bigint): void {
    this.#deps.metrics.count("livepeer_mil_pixels_processed", this.#client, Number(count) / 1e6);
  }

  /** A failure of transcoding; undefined when the work was called off. */
  failed(code: string | undefined): void {
    if (code === undefined) return;
    this.#deps.metrics.count("livepeer_segment_transcode_failed_total", { ...this.#stream, error_code: code });
  }

  /** The answer to a pushed segment is ready `tookMs` after the segment came. */
  answered(durationMs: number, tookMs: number): void {
    const { metrics } = this.#deps;
    const ratio = durationMs / Math.max(1, tookMs);
    metrics.observe("livepeer_http_client_segment_transcoded_realtime_ratio", ratio, this.#client);
    const speed = speeds.find(({ above }) => ratio > above)?.metric ?? slowest;
    metrics.count(speed, this.#client);
  }

  /** The client of a pushed segment went away: before its renditions were there (1), or while they were sent to it (2). */
  clientGone(stage: 1 | 2): void {
    const name = stage === 1 ? "livepeer_http_client_timeout_1" : "livepeer_http_client_timeout_2";
    this.#deps.metrics.count(name, this.#client);
  }

  ended(): void {
    const { metrics } = this.#deps;
    metrics.count("livepeer_stream_ended_total");
    for (const name of sourceGauges) metrics.forget(name, this.#stream);
    this.#rated.end();
  }

  #delivered({ session, totalMs }: CountedDelivery, inTime: boolean): void {
    const { metrics } = this.#deps;
    const labels = {
      ...this.#stream,
      profiles: this.#profiles,
      orchestrator_uri: session.uri,
      orchestrator_address: orchestratorAddress(session) ?? "",
      orchestrator_version: versionLabel(session.info.capabilities?.version ?? ""),
    };
    metrics.count("livepeer_segment_transcoded_unprocessed_total", labels);
    if (inTime) metrics.count("livepeer_segment_transcoded_all_appeared_total", labels);
    metrics.observe("livepeer_transcode_overall_latency_seconds", totalMs / 1000, labels);
  }
}

/** A peer's version as a label; empty when it is no version. */
function versionLabel(text: string): string {
  return /^[\w.+-]{1,40}$/.test(text) ? text : "";
}

/** One source segment, told of once by `delivered` or `failed`. */
export type SegmentCensus = {
  /** Stored and listed. */
  appeared(isRecorded: boolean): void;
  /** Without an argument: nothing was to be transcoded. */
  delivered(delivery: CountedDelivery | undefined): void;
  failed(error: LpError): void;
};

const sourceGauges = [
  "livepeer_stream_source_bitrate_bps",
  "livepeer_stream_source_width_pixels",
  "livepeer_stream_source_height_pixels",
];

/** By the least ratio of a segment's duration to the time of its answer. */
const speeds = [
  { above: 3, metric: "livepeer_http_client_segment_transcoded_realtime_3x" },
  { above: 2, metric: "livepeer_http_client_segment_transcoded_realtime_2x" },
  { above: 1, metric: "livepeer_http_client_segment_transcoded_realtime_1x" },
  { above: 0.5, metric: "livepeer_http_client_segment_transcoded_realtime_half" },
];
const slowest = "livepeer_http_client_segment_transcoded_realtime_slow";
