import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import { parse, types } from "hls-parser";

export type PlaylistSegment = { readonly path: string; readonly durationMs: number };

/** Media playlists that are read, bytes. */
const maxPlaylistBytes = 4 * 1024 * 1024;

/**
 * The segments of a media playlist on this machine; `limit` 0 = all. Rejects with `bad_playlist` for what cannot be read, is
 * a master playlist, or has no segments.
 */
export async function readPlaylistSegments(path: string, limit: number): Promise<PlaylistSegment[]> {
  const bad = (why: string, cause?: unknown) =>
    new LpError({ code: "bad_playlist", message: `-in ${path}: ${why}`, ...(cause === undefined ? {} : { cause }) });
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw bad(`cannot be read (${errorText(cause)})`, cause);
  }
  if (text.length > maxPlaylistBytes) throw bad(`is over ${maxPlaylistBytes} bytes`);
  let playlist: types.MasterPlaylist | types.MediaPlaylist;
  try {
    playlist = parse(text);
  } catch (cause) {
    throw bad(`is no HLS playlist (${errorText(cause)})`, cause);
  }
  if (!(playlist instanceof types.MediaPlaylist))
    throw bad("lists renditions, not segments: name the playlist of one of them");
  const segments = playlist.segments.map(({ uri, duration }) => ({
    path: resolve(dirname(path), uri),
    durationMs: duration * 1000,
  }));
  const used = limit === 0 ? segments : segments.slice(0, limit);
  if (used.reduce((sum, { durationMs }) => sum + durationMs, 0) <= 0)
    throw bad("Input manifest has no segments or total duration is 0s");
  return used;
}
