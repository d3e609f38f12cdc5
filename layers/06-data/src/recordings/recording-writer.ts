import {
  type Clock,
  LatestWrites,
  type LatestWritesOptions,
  LpError,
  type Metrics,
  noMetrics,
  type ObjectStore,
  type TaskOwner,
  utf8,
} from "@livepeer-ts/kernel";
import {
  encodeRecordedPlaylist,
  type RecordedSegment,
  type RecordedTrack,
  recordedPlaylistName,
} from "./recorded-playlist.ts";

export type RecordingWriterOptions = Partial<LatestWritesOptions> & {
  /** `<manifest ID>/<node ID>`, where the node ID is `<account address>-<host name>` or the host's name. */
  readonly prefix: string;
  /** Ms of source media after which the next list begins. Default 1 h. */
  readonly rotateMs?: number;
  /** Segments of this stream that are being stored; a further one is refused. Default 32. */
  readonly maxStoring?: number;
};

export type RecordingWriterDeps = {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly tasks: TaskOwner;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Told when a list could not be stored: its segments are there, but will not be found. */
  readonly onLost: (key: string, error: LpError) => void;
};

/** A segment to be recorded. */
export type NewSegment = {
  readonly seqNo: number;
  readonly durationMs: number;
  readonly bytes: Uint8Array;
  readonly extension: ".ts" | ".mp4";
};

/** Segments in one list, whatever their length: an hour of 2 s segments in ten renditions is 19800. */
const maxListed = 20_000;
/** Of the track whose length counts as the recording's. */
const sourceTrack = "source";

type Current = {
  readonly name: string;
  durationMs: number;
  listed: number;
  readonly tracks: Map<string, RecordedTrack>;
  readonly segments: Map<string, RecordedSegment[]>;
};

/**
 * Records one stream: stores its segments, and after each the list that names them. A list that cannot be stored for a while is
 * stored later, in its last form.
 */
export class RecordingWriter {
  readonly #options: RecordingWriterOptions;
  readonly #deps: RecordingWriterDeps;
  readonly #lists: LatestWrites;
  #current: Current | undefined;
  #lastNameMs = 0;
  #storing = 0;

  constructor(options: RecordingWriterOptions, deps: RecordingWriterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#lists = new LatestWrites(options, {
      clock: deps.clock,
      tasks: deps.tasks,
      onLost: deps.onLost,
      write: (key, bytes, signal) => deps.store.put(key, bytes, { signal }),
    });
  }

  /**
   * Stores a segment as `<prefix>/<track>/<seqNo><extension>` and lists it. Resolves with its URL once it is stored; the list
   * follows in the background. Rejects with the store's error, or `recording_behind` when too many are on their way: then the
   * segment is missing in the recording, and nothing else is.
   */
  async record(track: RecordedTrack, segment: NewSegment, signal?: AbortSignal): Promise<{ readonly url: string }> {
    const { clock, metrics = noMetrics } = this.#deps;
    const maxStoring = this.#options.maxStoring ?? 32;
    if (this.#storing >= maxStoring) {
      metrics.count("livepeer_recording_save_errors");
      throw new LpError({
        code: "recording_behind",
        message: `segment ${segment.seqNo} of ${track.name} was not recorded: ${maxStoring} others are still being stored; the object store is too slow for this stream`,
        details: { track: track.name, seqNo: segment.seqNo },
        retryable: true,
      });
    }
    const key = `${this.#options.prefix}/${track.name}/${segment.seqNo}${segment.extension}`;
    this.#storing++;
    const started = clock.mono();
    try {
      const { url } = await this.#deps.store.put(key, segment.bytes, {
        metadata: { duration: String(segment.durationMs) },
        ...(signal === undefined ? {} : { signal }),
      });
      metrics.count("livepeer_recording_saved_segments");
      metrics.observe("livepeer_recording_save_latency", (clock.mono() - started) / 1000);
      this.#add(track, { seqNo: segment.seqNo, uri: url, durationMs: segment.durationMs });
      return { url };
    } catch (error) {
      metrics.count("livepeer_recording_save_errors");
      throw error;
    } finally {
      this.#storing--;
    }
  }

  /** Resolves when the last list is stored, or given up and reported. */
  flushed(): Promise<void> {
    return this.#lists.flushed();
  }

  #add(track: RecordedTrack, segment: RecordedSegment): void {
    const current = this.#listFor(track);
    current.segments.get(track.name)?.push(segment);
    if (track.name === sourceTrack) current.durationMs += segment.durationMs;
    current.listed++;
    this.#lists.put(`${this.#options.prefix}/${current.name}`, () =>
      utf8(
        encodeRecordedPlaylist({
          durationMs: current.durationMs,
          tracks: [...current.tracks.values()],
          segments: Object.fromEntries(current.segments),
        }),
      ),
    );
    const isFull = current.durationMs >= (this.#options.rotateMs ?? 3_600_000) || current.listed >= maxListed;
    if (isFull) this.#current = undefined;
  }

  /** The list that takes the next segment, with its track in it. */
  #listFor(track: RecordedTrack): Current {
    if (this.#current === undefined) {
      // A clock that is set back must not write over an earlier list.
      this.#lastNameMs = Math.max(this.#lastNameMs + 1, Math.trunc(this.#deps.clock.now()));
      const name = recordedPlaylistName(this.#lastNameMs);
      this.#current = { name, durationMs: 0, listed: 0, tracks: new Map(), segments: new Map() };
    }
    const current = this.#current;
    if (!current.tracks.has(track.name)) {
      current.tracks.set(track.name, track);
      current.segments.set(track.name, []);
    }
    return current;
  }
}
