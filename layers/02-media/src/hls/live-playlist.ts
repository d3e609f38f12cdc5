import { LpError } from "@livepeer-ts/kernel";

/** One variant of a live stream. */
export type LiveTrack = {
  readonly name: string;
  readonly bandwidthBps: number;
  /** `WxH`, `0x0` when unknown. */
  readonly resolution: string;
};

/** One listed segment. */
export type LiveEntry = { readonly seqNo: number; readonly uri: string; readonly durationMs: number };

/** A track as its playlist stands now. */
export type ListedTrack = {
  readonly track: LiveTrack;
  /** Oldest first. */
  readonly entries: readonly LiveEntry[];
  /** Segments that have left the window. */
  readonly removedCount: number;
  readonly targetSeconds: number;
};

/** How a live playlist is kept. */
export type LivePlaylistOptions = {
  readonly manifestId: string;
  /** Segments listed per track. Default 6. */
  readonly windowSize?: number;
};

/** What the source track is announced with: the protocol knows no better figure. */
export const sourceBandwidthBps = 4_000_000;

/** MIME type of playlists, as the reference sends it. */
export const playlistMime = "application/x-mpegURL";

/** A second segment with the number of one that is there. */
export function segmentExists(trackName: string, seqNo: number): LpError {
  return new LpError({
    code: "segment_exists",
    message: "segment already exists",
    details: { track: trackName, seqNo },
  });
}

type TrackState = {
  track: LiveTrack;
  entries: LiveEntry[];
  /** Number of the track's first segment: media sequence numbers begin there. */
  firstSeqNo: number;
  removedCount: number;
  targetSeconds: number;
};

/**
 * The playlists of one live stream: a master list in order of first appearance and a sliding window per track.
 * Text is what go-livepeer's players and tools are used to, but for two things: `EXT-X-MEDIA-SEQUENCE` begins at the number of the
 * first segment, and the master list leaves out tracks that have fallen a whole window behind.
 */
export class LivePlaylist {
  readonly #manifestId: string;
  readonly #windowSize: number;
  readonly #tracks = new Map<string, TrackState>();

  constructor(options: LivePlaylistOptions) {
    this.#manifestId = options.manifestId;
    this.#windowSize = options.windowSize ?? 6;
  }

  /** Tracks in order of first appearance. */
  get tracks(): readonly LiveTrack[] {
    return [...this.#tracks.values()].map((state) => state.track);
  }

  /** Every track with its window, in order of first appearance. */
  get listed(): readonly ListedTrack[] {
    return [...this.#tracks.values()];
  }

  /** Announces a track before its first segment; a second call with the same name changes nothing. */
  addTrack(track: LiveTrack): void {
    if (this.#tracks.has(track.name)) return;
    this.#tracks.set(track.name, { track, entries: [], firstSeqNo: 0, removedCount: 0, targetSeconds: 0 });
  }

  /**
   * Lists a segment, sorted by number. Returns the entries that left the window.
   * Throws `segment_exists` for a number that is listed and `segment_too_old` for one before the window; the list is unchanged then.
   */
  insert(track: LiveTrack, entry: LiveEntry): LiveEntry[] {
    this.addTrack(track);
    const state = this.#tracks.get(track.name) as TrackState;
    const { entries } = state;
    let at = entries.length;
    while (at > 0 && (entries[at - 1] as LiveEntry).seqNo > entry.seqNo) at--;
    if (at > 0 && entries[at - 1]?.seqNo === entry.seqNo) {
      throw segmentExists(track.name, entry.seqNo);
    }
    if (at === 0 && state.removedCount + entries.length >= this.#windowSize && entries.length > 0) {
      throw new LpError({
        code: "segment_too_old",
        message: `segment ${entry.seqNo} of ${track.name} is older than the live window and was not listed`,
        details: { track: track.name, seqNo: entry.seqNo },
      });
    }
    entries.splice(at, 0, entry);
    if (at === 0 && state.removedCount === 0) state.firstSeqNo = entry.seqNo;
    state.targetSeconds = Math.max(state.targetSeconds, Math.ceil(entry.durationMs / 1000));
    const removed = entries.splice(0, Math.max(0, entries.length - this.#windowSize));
    state.removedCount += removed.length;
    return removed;
  }

  /** The listed segments of a track, oldest first; empty for an unknown one. */
  entries(trackName: string): readonly LiveEntry[] {
    return this.#tracks.get(trackName)?.entries ?? [];
  }

  /**
   * The master list; undefined while no track is known. A track whose newest segment is older than the window of the track that is
   * furthest on is left out until it goes on: nobody can play it.
   */
  master(): string | undefined {
    if (this.#tracks.size === 0) return undefined;
    const newest = (state: TrackState) => state.entries.at(-1)?.seqNo;
    const furthest = Math.max(...[...this.#tracks.values()].map((state) => newest(state) ?? -1));
    let text = "#EXTM3U\n#EXT-X-VERSION:3\n";
    for (const state of this.#tracks.values()) {
      const { track } = state;
      if ((newest(state) ?? furthest) <= furthest - this.#windowSize) continue;
      text += `#EXT-X-STREAM-INF:PROGRAM-ID=0,BANDWIDTH=${track.bandwidthBps},RESOLUTION=${track.resolution}\n`;
      text += `${this.#manifestId}/${track.name}.m3u8\n`;
    }
    return text;
  }

  /** The media list of a track; undefined for an unknown one. */
  media(trackName: string): string | undefined {
    const state = this.#tracks.get(trackName);
    if (state === undefined) return undefined;
    let text = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA-SEQUENCE:${state.firstSeqNo + state.removedCount}\n`;
    text += `#EXT-X-TARGETDURATION:${state.targetSeconds}\n`;
    for (const entry of state.entries) text += `#EXTINF:${(entry.durationMs / 1000).toFixed(3)},\n${entry.uri}\n`;
    return text;
  }
}

/** Path under which a segment is served and listed: `/stream/<manifestId>/<track>/<seqNo>.<ext>`. */
export function segmentPath(manifestId: string, trackName: string, seqNo: number, extension: ".ts" | ".mp4"): string {
  return `/stream/${manifestId}/${trackName}/${seqNo}${extension}`;
}

/** Path of a part of a segment: `/stream/<manifestId>/<track>/<seqNo>.<index>.ts`. */
export function partPath(manifestId: string, trackName: string, seqNo: number, index: number): string {
  return `/stream/${manifestId}/${trackName}/${seqNo}.${index}.ts`;
}
