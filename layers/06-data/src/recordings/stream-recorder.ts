import type { RecordedMedia, StreamRecording } from "@livepeer-ts/execution";
import { type Clock, errorText, hasErrorCode, type Logger, type Metrics, type Tasks } from "@livepeer-ts/kernel";
import type { RecordedTrack } from "./recorded-playlist.ts";
import type { RecordingWriter } from "./recording-writer.ts";

export type StreamRecorderOptions = {
  /** For logs. */
  readonly manifestId: string;
  /** Tries of one segment. Default 3. */
  readonly maxTries?: number;
  /** Ms for all of them. Default 60000. */
  readonly segmentMs?: number;
  /** Ms between two of them. Default 1000. */
  readonly pauseMs?: number;
  /** Segments that wait to be stored, of all tracks; a further one is missing in the recording. Default 64. */
  readonly maxWaiting?: number;
};

export type StreamRecorderDeps = {
  readonly writer: Pick<RecordingWriter, "record" | "flushed">;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** Records a stream in the background: what cannot be stored within its tries and its time is logged and counted. */
export class StreamRecorder implements StreamRecording {
  readonly #options: Required<StreamRecorderOptions>;
  readonly #deps: StreamRecorderDeps;
  readonly #waiting = new Set<Promise<void>>();

  constructor(options: StreamRecorderOptions, deps: StreamRecorderDeps) {
    this.#options = { maxTries: 3, segmentMs: 60_000, pauseMs: 1000, maxWaiting: 64, ...options };
    this.#deps = deps;
  }

  record(track: RecordedTrack, segment: RecordedMedia): void {
    const { tasks } = this.#deps;
    const { maxWaiting } = this.#options;
    if (this.#waiting.size >= maxWaiting || tasks.signal.aborted) {
      const why = tasks.signal.aborted ? "the node stops" : `${maxWaiting} others wait: the object store is too slow`;
      this.#lost(track, segment, why);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(promise);
    tasks.spawn("record a segment", async (signal) => {
      try {
        await this.#store(track, segment, signal);
      } finally {
        this.#waiting.delete(promise);
        resolve();
      }
    });
  }

  async finished(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
    await this.#deps.writer.flushed();
  }

  async #store(track: RecordedTrack, segment: RecordedMedia, signal: AbortSignal): Promise<void> {
    const { clock, writer, metrics } = this.#deps;
    const { maxTries, segmentMs, pauseMs } = this.#options;
    const deadline = clock.deadline(segmentMs, signal);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await writer.record(track, segment, deadline.signal);
          metrics.count("livepeer_object_uploads_total", { store: "record", result: "stored" });
          return;
        } catch (error) {
          const isOver = attempt >= maxTries || deadline.signal.aborted || hasErrorCode(error, "object_refused");
          if (isOver) {
            this.#lost(track, segment, errorText(error));
            return;
          }
        }
        await clock.sleep(pauseMs, signal);
      }
    } finally {
      deadline.clear();
    }
  }

  #lost(track: RecordedTrack, segment: RecordedMedia, error: string): void {
    const { metrics, logger } = this.#deps;
    metrics.count("livepeer_object_uploads_total", { store: "record", result: "failed" });
    const { manifestId } = this.#options;
    logger.warn("a segment is missing in the recording", {
      manifestId,
      track: track.name,
      seqNo: segment.seqNo,
      error,
    });
  }
}
