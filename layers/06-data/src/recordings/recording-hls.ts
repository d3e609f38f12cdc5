import { encodeSegment } from "../object-store/object-key.ts";
import type { MergedRecording, MergedSegment } from "./merge-recordings.ts";

export type RecordingHlsOptions = {
  /** The recording that is asked for, `/recordings/<manifestId>/…`. */
  readonly manifestId: string;
  /** True when nothing will be added any more. */
  readonly isFinal: boolean;
  /** What segments' URIs begin with (`recordObjectStoreUrl`). Default: they are relative to the playlist. */
  readonly baseUrl?: string;
};

/** The master list; undefined when the recording has no track. */
export function recordingMasterPlaylist(recording: MergedRecording): string | undefined {
  const tracks = recording.tracks.filter((track) => track.segments.length > 0);
  if (tracks.length === 0) return undefined;
  let text = "#EXTM3U\n#EXT-X-VERSION:3\n";
  for (const track of tracks) {
    const resolution = /^[1-9]\d*x[1-9]\d*$/.test(track.resolution) ? `,RESOLUTION=${track.resolution}` : "";
    text += `#EXT-X-STREAM-INF:PROGRAM-ID=0,BANDWIDTH=${track.bandwidthBps}${resolution}\n`;
    text += `${encodeSegment(track.name)}.m3u8\n`;
  }
  return text;
}

/** The media list of a track; undefined when nothing of it was recorded. */
export function recordingMediaPlaylist(
  recording: MergedRecording,
  trackName: string,
  options: RecordingHlsOptions,
): string | undefined {
  const segments = recording.tracks.find((track) => track.name === trackName)?.segments ?? [];
  const [first] = segments;
  if (first === undefined) return undefined;
  const longestMs = segments.reduce((most, segment) => Math.max(most, segment.durationMs), 0);
  let text = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:${options.isFinal ? "VOD" : "EVENT"}\n`;
  text += `#EXT-X-MEDIA-SEQUENCE:${first.seqNo}\n#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(longestMs / 1000))}\n`;
  for (const segment of segments) {
    if (segment.isDiscontinuity) text += "#EXT-X-DISCONTINUITY\n";
    text += `#EXTINF:${(segment.durationMs / 1000).toFixed(3)},\n${segmentUri(segment, options)}\n`;
  }
  return options.isFinal ? `${text}#EXT-X-ENDLIST\n` : text;
}

/** Where the playlist says that a segment is. A URI that does not name its session is left as it is. */
export function segmentUri(segment: MergedSegment, options: RecordingHlsOptions): string {
  const mark = `/${encodeSegment(segment.manifestId)}/`;
  const path = segment.uri.startsWith("/") ? segment.uri : `/${segment.uri}`;
  const at = path.indexOf(mark);
  if (at < 0) return segment.uri;
  const inSession = path.slice(at + mark.length);
  if (options.baseUrl !== undefined) return options.baseUrl.replace(/\/$/, "") + mark + inSession;
  // The playlist of a later session stands beside the folders of earlier ones.
  return segment.manifestId === options.manifestId ? inSession : `..${mark}${inSession}`;
}
