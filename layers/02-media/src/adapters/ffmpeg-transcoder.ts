import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Clock, type Logger, type Metrics, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { containerExtension } from "../http-push/multipart-answer.ts";
import { moveLateSei } from "../mpegts/sei-fixup.ts";
import type { Rendition, TranscodeOutcome, TranscodeRequest, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { countOfScan, countRendition } from "../segments/count-rendition.ts";
import { type SegmentScan, scanSegment } from "../segments/scan-segment.ts";
import { classifyFailure } from "../transcode/classify-failure.ts";
import { checkInput, checkRequest } from "../transcode/classify-input.ts";
import type { Dialect } from "../transcode/dialect.ts";
import { ffmpegArgs, shorterThanOneFrame } from "../transcode/ffmpeg-args.ts";
import { type Lanes, processorLanes } from "../transcode/lanes.ts";
import { type SoftwarePreset, softwareDialect } from "../transcode/software-dialect.ts";
import { transcoderError } from "../wire/transcoder-errors.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** Options of the ffmpeg command line engine. */
export type FfmpegTranscoderOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Encoder speed. Default `medium`, as the reference's software encoder. */
  readonly preset?: SoftwarePreset;
  /** Threads of the decoder and of each encoder. Default: ffmpeg chooses. */
  readonly threads?: number;
  /** Folder for segments in work. Default: memory-backed when the system has one, else its temporary folder. */
  readonly workDir?: string;
  /** Segments transcoded at once. Default: half the cores, at least 2, so that one that hangs does not stop the others. */
  readonly maxConcurrent?: number;
  /** Segments of one session that may wait. Default 4. */
  readonly maxQueuedPerSession?: number;
  /** Segments that may wait in all. Default 64. */
  readonly maxQueued?: number;
  /** The process is killed after max(`minDeadlineMs`, `deadlineFactor` × duration). Defaults 10,000 ms and 4. */
  readonly minDeadlineMs?: number;
  readonly deadlineFactor?: number;
  /** Address space of one ffmpeg process that works in software. Default 6 GiB. */
  readonly maxMemoryBytes?: number;
  /** Scheduling priority of ffmpeg, 0 normal to 19 last. Default 5: the node answers while it encodes. */
  readonly niceness?: number;
};

/** What the engine needs from outside. */
export type FfmpegTranscoderDeps = {
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Where segments run. Default: the processor, as the options say. */
  readonly lanes?: Lanes;
};

type Job = {
  readonly folder: string;
  readonly scan: SegmentScan;
  readonly inputPath: string;
  readonly dialect: Dialect;
};

class FfmpegTranscoder implements TranscoderBackend {
  readonly name = "ffmpeg";
  readonly #options: FfmpegTranscoderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #lanes: Lanes;
  readonly #isSoftware: boolean;
  readonly #stop = new AbortController();
  readonly #active = new Set<Promise<unknown>>();
  #root: Promise<string> | undefined;
  #jobCount = 0;

  constructor(options: FfmpegTranscoderOptions, deps: FfmpegTranscoderDeps) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#logger = deps.logger ?? silentLogger;
    this.#metrics = deps.metrics ?? noMetrics;
    this.#isSoftware = deps.lanes === undefined;
    this.#lanes =
      deps.lanes ??
      processorLanes(softwareDialect(options.preset ?? "medium", options.threads), {
        maxConcurrent: options.maxConcurrent ?? Math.max(2, Math.floor(availableParallelism() / 2)),
        maxQueuedPerKey: options.maxQueuedPerSession ?? 4,
        maxQueued: options.maxQueued ?? 64,
      });
  }

  async transcode(request: TranscodeRequest, signal: AbortSignal): Promise<TranscodeOutcome> {
    if (this.#stop.signal.aborted) throw transcoderError("TranscoderStopped");
    checkRequest(request);
    const scan = scanSegment(request.segment.bytes, request.segment.container);
    checkInput(scan);
    const decoded = countOfScan(scan);
    if (request.profiles.length === 0) {
      return { decodedFrameCount: decoded.frameCount, decodedPixelCount: decoded.pixelCount, renditions: [] };
    }
    // Refuses runaway rates before anything waits or is written.
    ffmpegArgs(request, scan, plan("", request, this.#lanes.preview(request, scan), false));
    const work = this.#queued(request, scan, signal);
    this.#active.add(work);
    try {
      const renditions = await work;
      return { decodedFrameCount: decoded.frameCount, decodedPixelCount: decoded.pixelCount, renditions };
    } finally {
      this.#active.delete(work);
    }
  }

  async endSession(sessionId: string): Promise<void> {
    this.#lanes.endSession(sessionId);
  }

  async close(): Promise<void> {
    this.#stop.abort(transcoderError("TranscoderStopped"));
    await Promise.allSettled([...this.#active]);
    const root = await this.#root?.catch(() => undefined);
    if (root !== undefined) await rm(root, { recursive: true, force: true });
  }

  async #queued(request: TranscodeRequest, scan: SegmentScan, signal: AbortSignal): Promise<Rendition[]> {
    const both = new AbortController();
    const forward = () => both.abort(signal.reason);
    const stop = () => both.abort(this.#stop.signal.reason);
    signal.addEventListener("abort", forward, { once: true });
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) forward();
    const queuedAt = this.#clock.mono();
    try {
      return await this.#lanes.run(request, scan, both.signal, async (dialect) => {
        this.#metrics.observe("livepeer_transcoder_queue_seconds", (this.#clock.mono() - queuedAt) / 1000);
        return this.#inFolder(request, scan, dialect, both.signal);
      });
    } finally {
      signal.removeEventListener("abort", forward);
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }

  async #inFolder(
    request: TranscodeRequest,
    scan: SegmentScan,
    dialect: Dialect,
    signal: AbortSignal,
  ): Promise<Rendition[]> {
    const folder = join(await this.#workFolder(), String(this.#jobCount++));
    try {
      // Recursive: system cleaners take folders of long-running programs away.
      await mkdir(folder, { recursive: true });
      const inputPath = join(folder, `in${containerExtension(scan.container)}`);
      const { bytes } = request.segment;
      const fixed = scan.container === "mpegts" && scan.videoCodec === "h264" ? moveLateSei(bytes) : bytes;
      await writeFile(inputPath, fixed);
      const job: Job = { folder, scan, inputPath, dialect };
      const direct = shorterThanOneFrame(request, scan);
      let renditions = await this.#once(request, job, direct, signal);
      if (!direct && renditions.some((rendition) => rendition.frameCount === 0)) {
        renditions = await this.#once(request, job, true, signal);
      }
      const empty = renditions.find((rendition) => rendition.frameCount === 0);
      if (empty !== undefined) {
        throw transcoderError("Invalid data found when processing input", { details: { profile: empty.profile.name } });
      }
      return renditions;
    } catch (error) {
      throw storageError(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #workFolder(): Promise<string> {
    // A failure is not kept: a full disk may be emptied.
    this.#root ??= makeWorkFolder(this.#options.workDir).catch((error: unknown) => {
      this.#root = undefined;
      throw storageError(error);
    });
    return this.#root;
  }

  async #once(request: TranscodeRequest, job: Job, keepLast: boolean, signal: AbortSignal): Promise<Rendition[]> {
    const paths = { ...plan(job.folder, request, job.dialect, keepLast), inputPath: job.inputPath };
    const startedAt = this.#clock.mono();
    const exit = await runFfmpeg(
      {
        ffmpegPath: this.#options.ffmpegPath ?? "ffmpeg",
        args: ffmpegArgs(request, job.scan, paths),
        deadlineMs: Math.max(
          this.#options.minDeadlineMs ?? 10_000,
          (this.#options.deadlineFactor ?? 4) * request.segment.durationMs,
        ),
        // Drivers map the device's memory and more into every process: an address limit would keep them from starting.
        maxMemoryBytes: this.#isSoftware ? (this.#options.maxMemoryBytes ?? 6 * 2 ** 30) : undefined,
        niceness: this.#options.niceness ?? 5,
      },
      this.#clock,
      signal,
    );
    const engineMs = this.#clock.mono() - startedAt;
    this.#metrics.observe("livepeer_transcoder_engine_seconds", engineMs / 1000);
    const device = this.#isSoftware ? {} : { device: job.dialect.name };
    const fields = {
      ...device,
      sessionId: request.sessionId,
      seqNo: request.segment.seqNo,
      engineMs: Math.round(engineMs),
    };
    if (exit.code !== 0) {
      const error = classifyFailure(exit.code, exit.stderr);
      this.#logger.warn("ffmpeg refused a segment", {
        ...fields,
        error: error.message,
        stderr: exit.stderr.slice(-400),
      });
      throw error;
    }
    this.#logger.debug("segment transcoded", fields);
    return Promise.all(request.profiles.map((_, index) => readRendition(request, paths, index)));
  }
}

function plan(folder: string, request: TranscodeRequest, dialect: Dialect, keepLastFrame: boolean) {
  return {
    dialect,
    inputPath: join(folder, "in"),
    outputPaths: request.profiles.map(({ format }, index) => join(folder, `out${index}${containerExtension(format)}`)),
    signaturePaths: request.profiles.map((_, index) => join(folder, `sign${index}.bin`)),
    keepLastFrame,
  };
}

async function readRendition(
  request: TranscodeRequest,
  plan: { readonly outputPaths: readonly string[]; readonly signaturePaths: readonly string[] },
  index: number,
): Promise<Rendition> {
  const profile = request.profiles[index] as TranscodeRequest["profiles"][number];
  const bytes = await readFile(plan.outputPaths[index] as string);
  const { frameCount, pixelCount } = countRendition(bytes, profile.format);
  const rendition = { profile, bytes, frameCount, pixelCount };
  if (request.calcPerceptualHash !== true) return rendition;
  return { ...rendition, perceptualHash: await readFile(plan.signaturePaths[index] as string) };
}

function storageError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" ? transcoderError("No space left on device", { cause: error }) : error;
}

/**
 * The engine on the ffmpeg command line: one process per segment, decode once, encode every profile.
 * Check the binary with `findFfmpeg` first.
 */
export function createFfmpegTranscoder(
  options: FfmpegTranscoderOptions,
  deps: FfmpegTranscoderDeps,
): TranscoderBackend {
  return new FfmpegTranscoder(options, deps);
}
