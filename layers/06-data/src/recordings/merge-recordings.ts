import type { RecordedPlaylist, RecordedSegment, RecordedTrack } from "./recorded-playlist.ts";

/** What is known of one session: one stream from its begin to its end, perhaps on several nodes. */
export type RecordedSession = {
  /** Manifest ID under which it is stored. */
  readonly manifestId: string;
  /** In the order in which they were begun. */
  readonly playlists: readonly RecordedPlaylist[];
};

/** A segment of the whole recording. */
export type MergedSegment = RecordedSegment & {
  /** Session that it belongs to. */
  readonly manifestId: string;
  /** True for the first one of a session that follows another. */
  readonly isDiscontinuity: boolean;
};

/** A recording over all its sessions; tracks in the order in which they appeared. */
export type MergedRecording = {
  readonly tracks: readonly (RecordedTrack & { readonly segments: readonly MergedSegment[] })[];
};

/** Segments of one session: sorted by number, each number once. The first that was stored is taken. */
function segmentsOf(session: RecordedSession, track: string): readonly RecordedSegment[] {
  const bySeqNo = new Map<number, RecordedSegment>();
  for (const playlist of session.playlists) {
    for (const segment of ownSegments(playlist, track)) {
      if (!bySeqNo.has(segment.seqNo)) bySeqNo.set(segment.seqNo, segment);
    }
  }
  return [...bySeqNo.values()].sort((a, b) => a.seqNo - b.seqNo);
}

function ownSegments(playlist: RecordedPlaylist, track: string): readonly RecordedSegment[] {
  return Object.hasOwn(playlist.segments, track) ? (playlist.segments[track] ?? []) : [];
}

/**
 * Puts the sessions of a recording together, in the given order. Numbers go on from session to session, by the same step in
 * every track, so that a number means the same moment everywhere; the border is a discontinuity.
 */
export function mergeRecordings(sessions: readonly RecordedSession[]): MergedRecording {
  const tracks = new Map<string, RecordedTrack>();
  for (const { playlists } of sessions) {
    for (const playlist of playlists) {
      for (const track of playlist.tracks) if (!tracks.has(track.name)) tracks.set(track.name, track);
    }
  }
  const merged = new Map<string, MergedSegment[]>([...tracks.keys()].map((name) => [name, []]));
  let nextSeqNo: number | undefined;
  for (const session of sessions) {
    const lists = [...tracks.keys()].map((name) => [name, segmentsOf(session, name)] as const);
    const numbers = lists.flatMap(([, list]) => (list.length === 0 ? [] : [list[0] as RecordedSegment]));
    if (numbers.length === 0) continue;
    const first = Math.min(...numbers.map((segment) => segment.seqNo));
    // The first session keeps its numbers.
    const shift = nextSeqNo === undefined ? 0 : nextSeqNo - first;
    let last = 0;
    for (const [name, list] of lists) {
      const into = merged.get(name) as MergedSegment[];
      for (const [index, segment] of list.entries()) {
        const seqNo = segment.seqNo + shift;
        last = Math.max(last, seqNo);
        into.push({
          ...segment,
          seqNo,
          manifestId: session.manifestId,
          isDiscontinuity: index === 0 && into.length > 0,
        });
      }
    }
    nextSeqNo = last + 1;
  }
  return {
    tracks: [...tracks.values()].map((track) => ({ ...track, segments: merged.get(track.name) ?? [] })),
  };
}
