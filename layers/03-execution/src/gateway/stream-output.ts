import { type BlobStore, LpError } from "@livepeer-ts/kernel";
import {
  containerExtension,
  containerMime,
  type LiveEntry,
  LivePlaylist,
  type LiveTrack,
  type MediaSegment,
  segmentPath,
  sourceBandwidthBps,
  type VideoProfile,
} from "@livepeer-ts/media";

const sourceTrack = "source";
/** Segments that stay readable after they left the playlist, for players that loaded it before. */
const graceSegments = 6;

/** What players get of one stream: stored segments and the playlists over them. */
export class StreamOutput {
  readonly #manifestId: string;
  readonly #blobs: BlobStore;
  readonly #playlist: LivePlaylist;
  /** Every store of a manifest id is under a prefix of its own, so that a new publisher never overwrites what is still played. */
  readonly #prefix: string;
  readonly #retired: string[] = [];

  constructor(manifestId: string, blobs: BlobStore, storeId: string) {
    this.#manifestId = manifestId;
    this.#blobs = blobs;
    this.#prefix = `${manifestId}/${storeId}`;
    this.#playlist = new LivePlaylist({ manifestId });
  }

  /** Stores and lists a source segment. Rejects when the store is full. */
  async source(segment: MediaSegment, size: { width: number; height: number }): Promise<void> {
    const track = { name: sourceTrack, bandwidthBps: sourceBandwidthBps, resolution: `${size.width}x${size.height}` };
    await this.#add(
      track,
      segment,
      segment.bytes,
      containerExtension(segment.container),
      containerMime(segment.container),
    );
  }

  /** Stores and lists a rendition of a segment. */
  async rendition(segment: MediaSegment, profile: VideoProfile, bytes: Uint8Array): Promise<void> {
    const track = {
      name: profile.name,
      bandwidthBps: profile.bitrateBps,
      resolution: `${profile.width}x${profile.height}`,
    };
    await this.#add(track, segment, bytes, containerExtension(profile.format), containerMime(profile.format));
  }

  /** The master playlist; undefined before the first segment. */
  masterPlaylist(): string | undefined {
    return this.#playlist.master();
  }

  mediaPlaylist(track: string): string | undefined {
    return this.#playlist.media(track);
  }

  /** Listed segments of a track, oldest first. */
  entries(track: string): readonly LiveEntry[] {
    return this.#playlist.entries(track);
  }

  /** A stored segment by `<track>/<seqNo>.<ext>`. */
  segment(name: string): Promise<{ bytes: Uint8Array; contentType: string } | undefined> {
    return this.#blobs.get(`${this.#prefix}/${name}`);
  }

  /** Deletes what is still stored. */
  async drop(): Promise<void> {
    const listed = this.#playlist.tracks.flatMap((track) =>
      this.#playlist.entries(track.name).map((entry) => this.#blobPath(entry.uri)),
    );
    for (const path of [...this.#retired.splice(0), ...listed]) await this.#blobs.delete(path);
  }

  async #add(
    track: LiveTrack,
    segment: MediaSegment,
    bytes: Uint8Array,
    extension: ".ts" | ".mp4",
    mime: string,
  ): Promise<void> {
    const uri = segmentPath(this.#manifestId, track.name, segment.seqNo, extension);
    await this.#blobs.put(this.#blobPath(uri), bytes, mime);
    let removed: LiveEntry[];
    try {
      removed = this.#playlist.insert(track, { seqNo: segment.seqNo, uri, durationMs: segment.durationMs });
    } catch (error) {
      if (error instanceof LpError && error.code === "segment_too_old") {
        await this.#blobs.delete(this.#blobPath(uri));
        return; // delivered, but after the live window: players are past it
      }
      throw error;
    }
    this.#retired.push(...removed.map((entry) => this.#blobPath(entry.uri)));
    const keep = graceSegments * this.#playlist.tracks.length;
    for (const path of this.#retired.splice(0, Math.max(0, this.#retired.length - keep)))
      await this.#blobs.delete(path);
  }

  /** `/stream/<manifestId>/<track>/<n>.ts` → path in the store. */
  #blobPath(uri: string): string {
    return `${this.#prefix}/${uri.split("/").slice(3).join("/")}`;
  }
}
