import { LpError } from "@livepeer-ts/kernel";

/** A rendition of a recording. */
export type RecordedTrack = {
  readonly name: string;
  readonly bandwidthBps: number;
  /** `WxH`; empty when unknown. */
  readonly resolution: string;
};

/** A stored segment. */
export type RecordedSegment = { readonly seqNo: number; readonly uri: string; readonly durationMs: number };

/** What one `playlist_<ns>.json` says: up to an hour of one node's share of a stream. */
export type RecordedPlaylist = {
  /** Source media in it, ms. */
  readonly durationMs: number;
  readonly tracks: readonly RecordedTrack[];
  readonly segments: Readonly<Record<string, readonly RecordedSegment[]>>;
};

const maxTracks = 64;
const maxSegments = 100_000;
const maxUriLength = 2048;

/** The document of go-livepeer: empty and zero values are left out, so that segment 0 has no `seq_no`. */
export function encodeRecordedPlaylist(playlist: RecordedPlaylist): string {
  const tracks = playlist.tracks.map((track) => ({
    ...(track.name === "" ? {} : { name: track.name }),
    ...(track.bandwidthBps === 0 ? {} : { bandwidth: track.bandwidthBps }),
    ...(track.resolution === "" ? {} : { resolution: track.resolution }),
  }));
  const segments = Object.fromEntries(
    Object.entries(playlist.segments).map(([track, list]) => [
      track,
      list.map((segment) => ({
        ...(segment.seqNo === 0 ? {} : { seq_no: segment.seqNo }),
        ...(segment.uri === "" ? {} : { uri: segment.uri }),
        ...(segment.durationMs === 0 ? {} : { duration_ms: segment.durationMs }),
      })),
    ]),
  );
  return JSON.stringify({
    ...(playlist.durationMs === 0 ? {} : { duration_ms: playlist.durationMs }),
    ...(tracks.length === 0 ? {} : { tracks }),
    ...(Object.keys(segments).length === 0 ? {} : { segments }),
  });
}

/** Reads such a document. Throws `recording_bad` for anything that is none. `name` is for the sentence. */
export function parseRecordedPlaylist(text: string, name: string): RecordedPlaylist {
  const bad = (what: string) =>
    new LpError({
      code: "recording_bad",
      message: `${name} is no playlist of a recording (${what}): delete it, or restore it from a copy`,
      details: { name },
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("no JSON");
  }
  const object = (item: unknown, what: string): Record<string, unknown> => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) throw bad(what);
    return item as Record<string, unknown>;
  };
  const list = (item: unknown, most: number, what: string): unknown[] => {
    if (item === undefined || item === null) return [];
    if (!Array.isArray(item) || item.length > most) throw bad(what);
    return item;
  };
  const count = (item: unknown, what: string): number => {
    if (item === undefined || item === null) return 0;
    if (typeof item !== "number" || !Number.isSafeInteger(item) || item < 0) throw bad(what);
    return item;
  };
  const words = (item: unknown, what: string): string => {
    if (item === undefined || item === null) return "";
    // Line breaks would become lines of the HLS playlist.
    if (typeof item !== "string" || item.length > maxUriLength || /[\u0000-\u001f\u007f]/.test(item)) throw bad(what);
    return item;
  };
  const root = object(value, "no object");
  const tracks = list(root["tracks"], maxTracks, "tracks").map((item) => {
    const track = object(item, "a track");
    return {
      name: words(track["name"], "a track's name"),
      bandwidthBps: count(track["bandwidth"], "a bandwidth"),
      resolution: words(track["resolution"], "a resolution"),
    };
  });
  const segments: Record<string, RecordedSegment[]> = {};
  let left = maxSegments;
  for (const [track, items] of Object.entries(object(root["segments"] ?? {}, "segments"))) {
    words(track, "a track's name");
    const found = list(items, left, "segments").map((item) => {
      const segment = object(item, "a segment");
      return {
        seqNo: count(segment["seq_no"], "a seq_no"),
        uri: words(segment["uri"], "a uri"),
        durationMs: count(segment["duration_ms"], "a duration_ms"),
      };
    });
    left -= found.length;
    Object.defineProperty(segments, track, { value: found, enumerable: true });
  }
  return { durationMs: count(root["duration_ms"], "duration_ms"), tracks, segments };
}

/** `playlist_<unix nanoseconds>.json` for a wall time in ms. */
export function recordedPlaylistName(wallMs: number): string {
  return `playlist_${BigInt(Math.trunc(wallMs)) * 1_000_000n}.json`;
}

/** Wall time in ms that such a name tells; undefined for other names. */
export function recordedPlaylistStart(name: string): number | undefined {
  const nanoseconds = /^playlist_(\d{1,20})\.json$/.exec(name)?.[1];
  return nanoseconds === undefined ? undefined : Number(BigInt(nanoseconds) / 1_000_000n);
}
