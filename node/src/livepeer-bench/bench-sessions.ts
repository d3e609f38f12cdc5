import { readFile, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import { containerExtension, type TranscoderBackend } from "@livepeer-ts/media";
import type { ProcessPorts } from "../process-ports.ts";
import type { BenchConfig } from "./bench-flags.ts";
import type { PlaylistSegment } from "./playlist-segments.ts";

/** One transcoded segment. */
export type BenchMeasure = {
  /** Wall time when it was done, ms. */
  readonly at: number;
  readonly session: number;
  /** Counts on through repetitions. */
  readonly segment: number;
  readonly durationMs: number;
  readonly transcodeMs: number;
  /** Frames of the first rendition. */
  readonly frames: number;
};

/** Sessions that transcode a playlist's segments side by side. Rejects with the first segment that cannot be transcoded. */
export class BenchSessions {
  readonly #config: BenchConfig;
  readonly #segments: readonly PlaylistSegment[];
  readonly #backend: TranscoderBackend;
  readonly #ports: Pick<ProcessPorts, "clock">;
  readonly #stop = new AbortController();

  constructor(
    config: BenchConfig,
    segments: readonly PlaylistSegment[],
    backend: TranscoderBackend,
    ports: Pick<ProcessPorts, "clock">,
  ) {
    this.#config = config;
    this.#segments = segments;
    this.#backend = backend;
    this.#ports = ports;
  }

  async run(onSegment: (measure: BenchMeasure) => void): Promise<void> {
    const sessions = Array.from({ length: this.#config.sessions }, (_, session) =>
      this.#session(session, onSegment).catch((error: unknown) => {
        this.#stop.abort(error);
        throw error;
      }),
    );
    const settled = await Promise.allSettled(sessions);
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    for (const result of settled) if (result.status === "rejected") throw result.reason;
  }

  async #session(session: number, onSegment: (measure: BenchMeasure) => void): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#stop;
    await clock.sleep(session * this.#config.sessionDelayMs, signal);
    let dueAt = clock.mono();
    for (let n = 0; n < this.#config.repeat * this.#segments.length; n++) {
      const segment = this.#segments[n % this.#segments.length] as PlaylistSegment;
      if (this.#config.isLive) await clock.sleep(Math.max(0, dueAt - clock.mono()), signal);
      dueAt += segment.durationMs;
      onSegment(await this.#transcode(session, n, segment));
    }
    await this.#backend.endSession(String(session));
  }

  async #transcode(session: number, n: number, { path, durationMs }: PlaylistSegment): Promise<BenchMeasure> {
    const { clock } = this.#ports;
    try {
      const bytes = new Uint8Array(await readFile(path));
      const container = extname(path) === ".mp4" ? "mp4" : "mpegts";
      const begun = clock.mono();
      const { renditions } = await this.#backend.transcode(
        {
          sessionId: String(session),
          segment: { seqNo: n, bytes, durationMs, container },
          profiles: this.#config.profiles,
          calcPerceptualHash: this.#config.signs,
        },
        this.#stop.signal,
      );
      const measure = {
        ...{ at: clock.now(), session, segment: n, durationMs, transcodeMs: clock.mono() - begun },
        frames: renditions[0]?.frameCount ?? 0,
      };
      if (this.#config.outPrefix !== "") {
        for (const { profile, bytes: made } of renditions) {
          const extension = containerExtension(profile.format);
          await writeFile(`${this.#config.outPrefix}_${profile.name}_${session}_${n}${extension}`, made);
        }
      }
      return measure;
    } catch (cause) {
      throw new LpError({
        code: "segment_failed",
        message: `session ${session}, segment ${n} (${path}) could not be transcoded: ${errorText(cause)}`,
        cause,
      });
    }
  }
}
