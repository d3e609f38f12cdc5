import type { ObjectStore } from "@livepeer-ts/kernel";
import type { LiveTrack } from "@livepeer-ts/media";

/** A segment that is kept for good. */
export type RecordedMedia = {
  readonly seqNo: number;
  readonly durationMs: number;
  readonly bytes: Uint8Array;
  readonly extension: ".ts" | ".mp4";
};

/** Keeps a copy of one stream. What cannot be kept is reported by whoever implements it, and stops nothing. */
export interface StreamRecording {
  /** Takes a segment over; it is stored in the background. */
  record(track: LiveTrack, segment: RecordedMedia): void;
  /** Resolves when everything taken over is stored, or given up. */
  finished(): Promise<void>;
}

/** Who named a store: the access check, or the publisher itself, who may name only what anybody may. */
export type StoreNamedBy = "access" | "publisher";

/** Which stores a stream uses. Rejects with `object_store_url_bad` and the like for URLs that cannot be used. */
export interface StreamStores {
  /** Where live output goes beside memory; `url` is the access grant's. Undefined: memory alone. `namedBy`: default `access`. */
  live(url: string | undefined, namedBy?: StoreNamedBy): Promise<ObjectStore | undefined>;
  /**
   * The recording of a stream that is published as `externalId`; `url` is the access grant's. Undefined: it is not recorded.
   * An id that is not a single path segment cannot be recorded: `bad_stream_name`.
   */
  recording(externalId: string, url: string | undefined, namedBy?: StoreNamedBy): Promise<StreamRecording | undefined>;
}
