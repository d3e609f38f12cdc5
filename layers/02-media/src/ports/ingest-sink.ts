import type { MediaSegment } from "../segments/media-segment.ts";

/** What a publisher told about itself when it asked to publish. */
export type PublishRequest = {
  readonly protocol: "rtmp" | "http" | "whip" | "srt";
  /** Full URL with query, as the auth webhook gets it. */
  readonly url: string;
  readonly clientAddress: string;
};

export type IngestVideoInfo = { readonly width: number; readonly height: number };

/** A piece of a segment that is still coming in. */
export type LivePart = {
  /** Number of its segment. */
  readonly seqNo: number;
  /** Place in the segment, from 0. */
  readonly index: number;
  /** The parts of a segment put together are its bytes. */
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  /** Begins with a keyframe. */
  readonly isIndependent: boolean;
  /** The segment ends with it. */
  readonly isLast: boolean;
};

/** One accepted publisher. Segments come in order, one call at a time is not required to finish before the next. */
export interface IngestStream {
  readonly manifestId: string;
  /** Takes a segment; resolves when it is safely taken over. Rejects when the stream was closed by the sink. */
  segment(segment: MediaSegment, info: IngestVideoInfo): Promise<void>;
  /** Takes a part of a segment before the segment is complete. Sinks that have no use for it leave this out. */
  part?(part: LivePart): void;
  /** The publisher is gone. */
  end(reason: string): Promise<void>;
  /** Aborts when the sink wants the publisher disconnected; its reason says why. */
  readonly closed: AbortSignal;
}

/** Someone who wants to pull a stream as its publisher sends it. */
export type PullRequest = {
  /** Full URL with query: `rtmp://host/[stream/]<manifestId>[/<key>]`. */
  readonly url: string;
  readonly clientAddress: string;
};

/** Where ingest servers bring their streams; the gateway implements it. */
export interface IngestSink {
  /** Accepts or refuses a publisher. Rejects with an `LpError` that says what, why and what to do. */
  publish(request: PublishRequest): Promise<IngestStream>;
  /** Says which stream a player may pull. Rejects with an `LpError` for a name or key that is none. Absent: nobody may. */
  pull?(request: PullRequest): Promise<string>;
}
