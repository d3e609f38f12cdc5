import type { SegmentRecord } from "@livepeer-ts/execution";

export type TranscodeMetadataFacts = {
  readonly id: string;
  /** Ms since 1970. */
  readonly timestamp: number;
  readonly nodeId: string;
};

/** The transcode event of a segment, as consumers of stream health know it. */
export function transcodeMetadata(done: SegmentRecord, { id, timestamp, nodeId }: TranscodeMetadataFacts) {
  return {
    type: "transcode",
    id,
    timestamp,
    streamId: done.streamId ?? done.manifestId,
    nodeId,
    segment: {
      name: `${done.seqNo}.${done.container === "mp4" ? "mp4" : "ts"}`,
      seqNo: done.seqNo,
      duration: done.durationMs / 1000,
      byteSize: done.sourceBytes,
    },
    startTime: done.receivedAt,
    latencyMs: Math.round(done.totalMs),
    success: done.success,
    attempts: done.attempts.map((attempt) => ({
      orchestrator: { address: attempt.orchestrator ?? "", transcodeUri: attempt.uri },
      latencyMs: Math.round(attempt.latencyMs),
      error: attempt.error?.message ?? null,
    })),
  };
}

/** `<node type>.stream_health.transcode.<first character of the manifest id>.<stream id>`. */
export function transcodeRoutingKey(done: Pick<SegmentRecord, "manifestId" | "streamId">, nodeType: string): string {
  return `${nodeType}.stream_health.transcode.${done.manifestId.slice(0, 1)}.${done.streamId ?? done.manifestId}`;
}
