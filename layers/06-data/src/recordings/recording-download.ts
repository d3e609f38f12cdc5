import { LpError, type ObjectStore } from "@livepeer-ts/kernel";
import type { MergedRecording, MergedSegment } from "./merge-recordings.ts";
import { segmentUri } from "./recording-hls.ts";

/** Where the store has a segment; undefined for one whose URI does not name its session. */
export function segmentKey(segment: MergedSegment): string | undefined {
  const uri = segmentUri(segment, { manifestId: segment.manifestId, isFinal: false });
  if (uri === segment.uri) return undefined;
  try {
    return `${segment.manifestId}/${uri.split("/").map(decodeURIComponent).join("/")}`;
  } catch {
    return undefined;
  }
}

/**
 * The MPEG-TS of a track, segment by segment as it is read; undefined for an unknown track. Throws `recording_bad` for a track whose
 * segments are no MPEG-TS or cannot be found. A segment that is gone is left out.
 */
export function recordedTransportStream(
  store: ObjectStore,
  recording: MergedRecording,
  trackName: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> | undefined {
  const segments = recording.tracks.find((track) => track.name === trackName)?.segments ?? [];
  if (segments.length === 0) return undefined;
  const keys = segments.map((segment) => {
    const key = segmentKey(segment);
    if (key?.endsWith(".ts") === true) return key;
    throw new LpError({
      code: "recording_bad",
      message: `segment ${segment.seqNo} of ${trackName} is not MPEG-TS in this store: download the segments one by one`,
    });
  });
  return joined(store, keys, signal);
}

async function* joined(store: ObjectStore, keys: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const key of keys) {
    const object = await store.get(key, { signal });
    if (object !== undefined) yield* object.body;
  }
}
