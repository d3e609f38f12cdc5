import { type BlobStore, LpError } from "@livepeer-ts/kernel";
import {
  containerExtension,
  containerMime,
  type LiveEntry,
  LivePlaylist,
  type LiveTrack,
  type MediaSegment,
  segmentExists,
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
  /** Segments whose outcome is not known yet. */
  readonly #open = new Set<number>();
  /** Renditions that are stored and wait until every earlier segment is done. */
  #held: { readonly track: LiveTrack; readonly entry: LiveEntry }[] = [];
  #isReady = false;

  constructor(manifestId: string, blobs: BlobStore, storeId: string) {
    this.#manifestId = manifestId;
    this.#blobs = blobs;
    this.#prefix = `${manifestId}/${storeId}`;
    this.#playlist = new LivePlaylist({ manifestId });
  }

  /**
   * Stores and lists a source segment; call `done` once its outcome is known. Rejects when the store is full, and with
   * `segment_exists` for a number that is there.
   */
  async source(segment: MediaSegment, size: { width: number; height: number }): Promise<void> {
    // before anything is stored: the bytes that players read must not change under them
    if (this.#open.has(segment.seqNo) || this.entries(sourceTrack).some((entry) => entry.seqNo === segment.seqNo)) {
      throw segmentExists(sourceTrack, segment.seqNo);
    }
    const track = { name: sourceTrack, bandwidthBps: sourceBandwidthBps, resolution: `${size.width}x${size.height}` };
    const extension = containerExtension(segment.container);
    this.#open.add(segment.seqNo);
    try {
      const entry = await this.#store(track, segment, segment.bytes, extension, containerMime(segment.container));
      await this.#list(track, entry);
    } catch (error) {
      this.#open.delete(segment.seqNo);
      await this.#release();
      throw error;
    }
  }

  /**
   * Stores a rendition of a segment and lists it behind all earlier ones: players count positions, so nothing may be put
   * in later.
   */
  async rendition(segment: MediaSegment, profile: VideoProfile, bytes: Uint8Array): Promise<void> {
    const track = {
      name: profile.name,
      bandwidthBps: profile.bitrateBps,
      resolution: `${profile.width}x${profile.height}`,
    };
    const extension = containerExtension(profile.format);
    const entry = await this.#store(track, segment, bytes, extension, containerMime(profile.format));
    this.#held.push({ track, entry });
    await this.#release();
  }

  /** The segment's renditions are all there, or it is lost. */
  async done(seqNo: number): Promise<void> {
    this.#open.delete(seqNo);
    this.#isReady = true;
    await this.#release();
  }

  /** The master playlist; undefined until the first segment is done, since players read it once and keep to what it lists. */
  masterPlaylist(): string | undefined {
    return this.#isReady ? this.#playlist.master() : undefined;
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
    const held = this.#held.splice(0).map(({ entry }) => this.#blobPath(entry.uri));
    for (const path of [...this.#retired.splice(0), ...listed, ...held]) await this.#blobs.delete(path);
  }

  async #store(
    track: LiveTrack,
    segment: MediaSegment,
    bytes: Uint8Array,
    extension: ".ts" | ".mp4",
    mime: string,
  ): Promise<LiveEntry> {
    const uri = segmentPath(this.#manifestId, track.name, segment.seqNo, extension);
    await this.#blobs.put(this.#blobPath(uri), bytes, mime);
    return { seqNo: segment.seqNo, uri, durationMs: segment.durationMs };
  }

  /** Lists every held rendition that no earlier segment holds back any more. */
  async #release(): Promise<void> {
    const first = Math.min(...this.#open);
    const ready = this.#held.filter(({ entry }) => entry.seqNo <= first);
    this.#held = this.#held.filter(({ entry }) => entry.seqNo > first);
    ready.sort((a, b) => a.entry.seqNo - b.entry.seqNo);
    for (const { track, entry } of ready) await this.#list(track, entry);
  }

  async #list(track: LiveTrack, entry: LiveEntry): Promise<void> {
    let removed: LiveEntry[];
    try {
      removed = this.#playlist.insert(track, entry);
    } catch (error) {
      if (error instanceof LpError && error.code === "segment_too_old") {
        await this.#blobs.delete(this.#blobPath(entry.uri));
        return; // delivered, but after the live window: players are past it
      }
      throw error;
    }
    this.#retired.push(...removed.map((item) => this.#blobPath(item.uri)));
    const keep = graceSegments * this.#playlist.tracks.length;
    for (const path of this.#retired.splice(0, Math.max(0, this.#retired.length - keep)))
      await this.#blobs.delete(path);
  }

  /** `/stream/<manifestId>/<track>/<n>.ts` → path in the store. */
  #blobPath(uri: string): string {
    return `${this.#prefix}/${uri.split("/").slice(3).join("/")}`;
  }
}
