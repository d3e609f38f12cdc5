import type { IngestVideoInfo, MediaSegment } from "@livepeer-ts/media";

/** Fetches a stream from a media server. */
export interface StreamPuller {
  /**
   * Plays an `rtmp://` address and hands out its segments until it ends. Rejects with `pull_failed`, or the signal's reason.
   * Resolves with the number of segments.
   */
  pull(
    url: string,
    onSegment: (segment: MediaSegment, info: IngestVideoInfo) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number>;
}
