import { concatBytes, LpError, type OpenObject, readBody } from "@livepeer-ts/kernel";
import {
  containerExtension,
  containerMime,
  type ListedTrack,
  type LiveEntry,
  type LivePart,
  LivePlaylist,
  type LiveTrack,
  type MediaSegment,
  segmentExists,
  sourceBandwidthBps,
  type VideoProfile,
} from "@livepeer-ts/media";
import type { LowLatency } from "./low-latency.ts";
import type { StreamObjects } from "./stream-objects.ts";

const sourceTrack = "source";
/** Segments that stay readable after they left the playlist, for players that loaded it before. */
const graceSegments = 6;

/** The source as playlists and recordings announce it. */
export function sourceTrackOf(size: { readonly width: number; readonly height: number }): LiveTrack {
  return { name: sourceTrack, bandwidthBps: sourceBandwidthBps, resolution: `${size.width}x${size.height}` };
}

/** A rendition as playlists and recordings announce it. */
export function renditionTrackOf(profile: VideoProfile): LiveTrack {
  return {
    name: profile.name,
    bandwidthBps: profile.bitrateBps,
    resolution: `${profile.width}x${profile.height}`,
  };
}

/** `<track>/<n>.ts`: an object of a stream. */
export function objectName(trackName: string, segment: MediaSegment, container: MediaSegment["container"]): string {
  return `${trackName}/${segment.seqNo}${containerExtension(container)}`;
}

type Listed = {
  readonly track: LiveTrack;
  readonly entry: LiveEntry;
  readonly name: string;
  /** MPEG-TS that players may also get in parts. */
  readonly partable: Uint8Array | undefined;
};

function partable(bytes: Uint8Array, container: MediaSegment["container"]): Uint8Array | undefined {
  return container === "mpegts" ? bytes : undefined;
}

/** What players get of one stream: stored segments and the playlists over them. */
export class StreamOutput {
  readonly objects: StreamObjects;
  readonly #playlist: LivePlaylist;
  readonly #names = new Map<LiveEntry, string>();
  readonly #retired: string[] = [];
  /** Segments whose outcome is not known yet. */
  readonly #open = new Set<number>();
  /** Source segments that are in memory and not listed yet. */
  readonly #openSources = new Set<number>();
  /** What is stored and waits until every earlier segment of its kind is done. */
  #held: Listed[] = [];
  #isReady = false;
  /** The form with parts; undefined where players fetch segments from a store, which has none. */
  readonly lowLatency: LowLatency | undefined;

  constructor(objects: StreamObjects, lowLatency?: LowLatency) {
    this.objects = objects;
    this.lowLatency = objects.external === undefined ? lowLatency : undefined;
    this.#playlist = new LivePlaylist({ manifestId: objects.manifestId });
  }

  /** Takes a part of a source segment that is still coming in. */
  part(part: LivePart): void {
    this.lowLatency?.addPart(sourceTrack, part);
  }

  /** A part by the numbers in its address, readable by itself; waits for the next one. Undefined when there is none. */
  async readPart(
    trackName: string,
    seqNo: number,
    index: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const part = await this.lowLatency?.part(trackName, seqNo, index, signal);
    if (part === undefined) return undefined;
    if (part.bytes !== undefined) return concatBytes(part.tables, part.bytes);
    const segment = await this.objects.read(`${trackName}/${seqNo}.ts`);
    if (segment === undefined) return undefined;
    const whole = await readBody(segment.body, segment.sizeBytes);
    return concatBytes(part.tables, whole.subarray(part.offset, part.offset + part.sizeBytes));
  }

  /** No more source segments come. */
  endSource(): void {
    this.lowLatency?.end(sourceTrack);
  }

  /**
   * Takes a source segment; call `done` once its outcome is known. Where there is memory alone it is listed when this resolves,
   * else as soon as the store has it or is late. Rejects when memory is full, and with `segment_exists` for a number that is there.
   */
  async source(segment: MediaSegment, size: { width: number; height: number }): Promise<void> {
    const { seqNo, container } = segment;
    // before anything is stored: the bytes that players read must not change under them
    const isOpen = this.#open.has(seqNo) || this.#openSources.has(seqNo);
    if (isOpen || this.entries(sourceTrack).some((entry) => entry.seqNo === seqNo)) {
      throw segmentExists(sourceTrack, seqNo);
    }
    const track = sourceTrackOf(size);
    const name = objectName(sourceTrack, segment, container);
    this.#open.add(seqNo);
    this.#openSources.add(seqNo);
    try {
      const held = await this.objects.hold(name, segment.bytes, containerMime(container));
      this.#playlist.addTrack(track);
      const listed = held.uri.then((uri) => {
        this.#openSources.delete(seqNo);
        const entry = { seqNo, uri, durationMs: segment.durationMs };
        return this.#hold({ track, name, entry, partable: partable(segment.bytes, container) });
      });
      if (held.isPlaced) await listed;
      else this.objects.watch("list a source segment", listed);
    } catch (error) {
      this.#open.delete(seqNo);
      this.#openSources.delete(seqNo);
      await this.#release();
      throw error;
    }
  }

  /**
   * Stores a rendition of a segment, unless the stream's external store has it already (`storedUrl`), and lists it behind all
   * earlier ones: players count positions, so nothing may be put in later. Resolves with the URI that is listed.
   */
  async rendition(
    segment: MediaSegment,
    profile: VideoProfile,
    content: { readonly bytes: Uint8Array } | { readonly storedUrl: string },
  ): Promise<string> {
    const name = objectName(profile.name, segment, profile.format);
    const uri =
      "storedUrl" in content
        ? content.storedUrl
        : await (await this.objects.hold(name, content.bytes, containerMime(profile.format))).uri;
    const entry = { seqNo: segment.seqNo, uri, durationMs: segment.durationMs };
    const bytes = "bytes" in content ? partable(content.bytes, profile.format) : undefined;
    await this.#hold({ track: renditionTrackOf(profile), name, entry, partable: bytes });
    return uri;
  }

  /** The segment's renditions are all there, or it is lost. */
  async done(seqNo: number): Promise<void> {
    this.#open.delete(seqNo);
    this.#isReady = true;
    await this.#release();
    this.#saveMaster();
  }

  /** Nothing is added any more: lists in an external store, which stay there, say so. */
  close(): void {
    this.lowLatency?.end();
    for (const { name } of this.#playlist.tracks) {
      this.objects.savePlaylist(name, () => `${this.#playlist.media(name) ?? ""}#EXT-X-ENDLIST\n`);
    }
  }

  /** The master playlist; undefined until the first segment is done, since players read it once and keep to what it lists. */
  masterPlaylist(): string | undefined {
    return this.#isReady && this.entries(sourceTrack).length > 0 ? this.#playlist.master() : undefined;
  }

  mediaPlaylist(track: string): string | undefined {
    return this.#playlist.media(track);
  }

  /** What the playlists list, track by track. */
  get tracks(): readonly ListedTrack[] {
    return this.#playlist.listed;
  }

  /** Listed segments of a track, oldest first. */
  entries(track: string): readonly LiveEntry[] {
    return this.#playlist.entries(track);
  }

  /** A segment that is played from this node, by `<track>/<seqNo>.<ext>`. */
  segment(name: string): Promise<OpenObject | undefined> {
    return this.objects.read(name);
  }

  /** Deletes what is still stored here. */
  async drop(): Promise<void> {
    const names = [...this.#retired.splice(0), ...this.#names.values(), ...this.#held.map(({ name }) => name)];
    this.#names.clear();
    this.#held = [];
    for (const name of names) await this.objects.delete(name);
  }

  #hold(item: Listed): Promise<void> {
    this.#held.push(item);
    return this.#release();
  }

  /** Lists everything held that nothing earlier holds back any more. */
  async #release(): Promise<void> {
    const [first, firstSource] = [Math.min(...this.#open), Math.min(...this.#openSources)];
    const isReady = ({ track, entry }: Listed) => entry.seqNo <= (track.name === sourceTrack ? firstSource : first);
    const ready = this.#held.filter(isReady);
    this.#held = this.#held.filter((item) => !isReady(item));
    ready.sort((a, b) => a.entry.seqNo - b.entry.seqNo);
    for (const item of ready) await this.#list(item);
  }

  async #list({ track, entry, name, partable }: Listed): Promise<void> {
    let removed: LiveEntry[];
    const master = this.masterPlaylist();
    try {
      removed = this.#playlist.insert(track, entry);
    } catch (error) {
      if (error instanceof LpError && error.code === "segment_too_old") {
        await this.objects.delete(name);
        return; // delivered, but after the live window: players are past it
      }
      throw error;
    }
    this.#names.set(entry, name);
    if (partable !== undefined) this.lowLatency?.addSegment(track.name, entry.seqNo, partable, entry.durationMs);
    this.objects.savePlaylist(track.name, () => this.#playlist.media(track.name));
    if (this.masterPlaylist() !== master) this.#saveMaster();
    for (const old of removed) {
      this.#retired.push(this.#names.get(old) ?? "");
      this.#names.delete(old);
    }
    const keep = graceSegments * this.#playlist.tracks.length;
    for (const old of this.#retired.splice(0, Math.max(0, this.#retired.length - keep))) await this.objects.delete(old);
  }

  #saveMaster(): void {
    if (this.masterPlaylist() !== undefined) this.objects.savePlaylist("", () => this.masterPlaylist());
  }
}
