import { LpError, type ObjectStore, utf8 } from "@livepeer-ts/kernel";
import { listAll, readObject } from "../object-store/read-object.ts";
import type { MergedRecording, RecordedSession } from "./merge-recordings.ts";
import { mergeRecordings } from "./merge-recordings.ts";
import { parseRecordedPlaylist, recordedPlaylistStart } from "./recorded-playlist.ts";
import { recordingMasterPlaylist, recordingMediaPlaylist } from "./recording-hls.ts";

/** What the store has of a recording. */
export type FoundRecording = {
  readonly recording: MergedRecording;
  /** Wall time, ms: when the newest of its playlists was last written. */
  readonly newestAtMs: number;
};

export type ReadRecordingOptions = {
  /** Sessions before this one, oldest first (the webhook's `previousSessions`). */
  readonly previousSessions?: readonly string[];
  readonly signal?: AbortSignal;
};

const maxSessions = 1000;
const maxNodes = 100;
const maxPlaylistsPerNode = 1000;
const maxPlaylistBytes = 8 * 1024 ** 2;
/** Of all playlists of a recording together. */
const maxRecordingBytes = 256 * 1024 ** 2;
/** Playlists that are read at once. */
const readsAtOnce = 16;
/** A recording that nobody wrote to for this long is over. */
const finalAfterMs = 24 * 60 * 60 * 1000;

type Listed = {
  readonly key: string;
  readonly startMs: number;
  readonly modifiedAtMs: number;
  readonly sizeBytes: number;
};

function tooLarge(manifestId: string, what: string): LpError {
  return new LpError({
    code: "recording_bad",
    message: `the recording ${manifestId} is too large to be put together (${what}): read its sessions one by one`,
  });
}

/** Finds and merges everything that was recorded; undefined when there is nothing. Rejects with `recording_bad` or the store's error. */
export async function readRecording(
  store: ObjectStore,
  manifestId: string,
  options: ReadRecordingOptions = {},
): Promise<FoundRecording | undefined> {
  const { signal } = options;
  const ids = [...(options.previousSessions ?? []), manifestId];
  const sessions: RecordedSession[] = [];
  let newestAtMs: number | undefined;
  let sizeBytes = 0;
  if (ids.length > maxSessions) throw tooLarge(manifestId, `${ids.length} sessions, ${maxSessions} at most`);
  for (const id of ids) {
    const listed = await playlistsOf(store, id, signal);
    for (const found of listed) {
      newestAtMs = Math.max(newestAtMs ?? 0, found.modifiedAtMs);
      sizeBytes += found.sizeBytes;
    }
    if (sizeBytes > maxRecordingBytes) throw tooLarge(manifestId, `more than ${maxRecordingBytes} bytes of playlists`);
    sessions.push({ manifestId: id, playlists: await readAll(store, listed, signal) });
  }
  return newestAtMs === undefined ? undefined : { recording: mergeRecordings(sessions), newestAtMs };
}

/** `<manifest>/<node>/playlist_*` of all nodes, oldest first. */
async function playlistsOf(store: ObjectStore, manifestId: string, signal: AbortSignal | undefined): Promise<Listed[]> {
  const each = signal === undefined ? {} : { signal };
  const { prefixes } = await listAll(store, `${manifestId}/`, maxNodes, { delimiter: "/", ...each });
  const found: Listed[] = [];
  for (const node of prefixes) {
    const { objects } = await listAll(store, `${node}playlist_`, maxPlaylistsPerNode, each);
    for (const { key, modifiedAtMs, sizeBytes } of objects) {
      const startMs = recordedPlaylistStart(key.slice(node.length));
      if (startMs !== undefined) found.push({ key, startMs, modifiedAtMs: modifiedAtMs ?? startMs, sizeBytes });
    }
  }
  return found.sort((a, b) => a.startMs - b.startMs);
}

async function readAll(store: ObjectStore, listed: readonly Listed[], signal: AbortSignal | undefined) {
  const playlists: RecordedSession["playlists"][number][] = [];
  for (let at = 0; at < listed.length; at += readsAtOnce) {
    const some = await Promise.all(
      listed.slice(at, at + readsAtOnce).map(async ({ key }) => {
        const bytes = await readObject(store, key, maxPlaylistBytes, signal === undefined ? {} : { signal });
        return bytes === undefined ? undefined : parseRecordedPlaylist(new TextDecoder().decode(bytes), key);
      }),
    );
    for (const playlist of some) if (playlist !== undefined) playlists.push(playlist);
  }
  return playlists;
}

/** Whether a recording is to be finalized: as the request says, else when the last word on it is a day old. */
export function isRecordingFinal(asked: boolean | undefined, newestAtMs: number, nowMs: number): boolean {
  return asked ?? nowMs - newestAtMs > finalAfterMs;
}

/**
 * Writes the final lists beside the recording, `<manifest>/<track>.m3u8` and then `<manifest>/index.m3u8`: who finds the index
 * finds all. Resolves with their keys. Rejects with `recording_bad` when there is nothing to write.
 */
export async function saveFinalPlaylists(
  store: ObjectStore,
  manifestId: string,
  recording: MergedRecording,
  options: { readonly baseUrl?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const { baseUrl, signal } = options;
  const master = recordingMasterPlaylist(recording);
  if (master === undefined) {
    throw new LpError({
      code: "recording_bad",
      message: `nothing was recorded under ${manifestId}: there is nothing to finalize`,
    });
  }
  const put = async (name: string, text: string): Promise<string> => {
    const key = `${manifestId}/${name}.m3u8`;
    await store.put(key, utf8(text), signal === undefined ? {} : { signal });
    return key;
  };
  const keys: string[] = [];
  for (const { name } of recording.tracks) {
    const hls = { manifestId, isFinal: true, ...(baseUrl === undefined ? {} : { baseUrl }) };
    const media = recordingMediaPlaylist(recording, name, hls);
    if (media !== undefined) keys.push(await put(name, media));
  }
  return [...keys, await put("index", master)];
}
