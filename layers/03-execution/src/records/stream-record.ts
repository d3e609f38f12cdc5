/** Event `stream.started`. */
export type StreamStarted = {
  readonly manifestId: string;
  readonly streamId: string | null;
  readonly sessionId: string | null;
  readonly protocol: "rtmp" | "http" | "whip" | "srt";
  readonly gateway: string | null;
  readonly profiles: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly bitrateBps: number;
    readonly fps: number;
  }[];
};

/** Event `stream.segment`: a source segment was taken over. */
export type SourceSegment = {
  readonly manifestId: string;
  readonly streamId: string | null;
  readonly seqNo: number;
  readonly durationMs: number;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
};

/** Event `stream.ended`. */
export type StreamEnded = {
  readonly manifestId: string;
  readonly streamId: string | null;
  readonly reason: string;
};
