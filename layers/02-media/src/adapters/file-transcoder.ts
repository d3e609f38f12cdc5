import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  noMetrics,
  silentLogger,
} from "@livepeer-ts/kernel";
import { containerExtension } from "../http-push/multipart-answer.ts";
import { moveLateSei } from "../mpegts/sei-fixup.ts";
import type { Rendition, TranscodeOutcome, TranscodeRequest, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { countOfScan, countRendition } from "../segments/count-rendition.ts";
import { type SegmentScan, scanSegment } from "../segments/scan-segment.ts";
import { checkInput, checkRequest } from "../transcode/classify-input.ts";
import type { Dialect } from "../transcode/dialect.ts";
import { shorterThanOneFrame } from "../transcode/ffmpeg-args.ts";
import { type Lanes, processorLanes } from "../transcode/lanes.ts";
import { type SoftwarePreset, softwareDialect } from "../transcode/software-dialect.ts";
import { transcoderError } from "../wire/transcoder-errors.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** Options that every engine of ours has. */
export type FileTranscoderOptions = {
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
  /** A try is killed after max(`minDeadlineMs`, `deadlineFactor` × duration). Defaults 10,000 ms and 4. */
  readonly minDeadlineMs?: number;
  readonly deadlineFactor?: number;
  /** Scheduling priority of the processes that transcode, 0 normal to 19 last. Default 5: the node answers meanwhile. */
  readonly niceness?: number;
};

/** What an engine needs from outside. */
export type FileTranscoderDeps = {
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Where segments run. Default: the processor, as the options say. */
  readonly lanes?: Lanes;
};

/** One try at one segment: what is asked, and the files it is read from and written to. */
export type SegmentPlan = {
  readonly request: TranscodeRequest;
  readonly scan: SegmentScan;
  readonly dialect: Dialect;
  readonly inputPath: string;
  /** One path per profile. */
  readonly outputPaths: readonly string[];
  /** One path per profile; used when the request asks for perceptual hashes. */
  readonly signaturePaths: readonly string[];
  /** Second try for very short segments: the frame-rate filter may not swallow the last frame. */
  readonly keepLastFrame: boolean;
};

/** Turns files into files; what it runs in differs from engine to engine. */
export type SegmentRunner = {
  readonly name: string;
  /** Throws the protocol's error for what must not be run. Runs nothing. */
  readonly check: (plan: SegmentPlan) => void;
  /** Resolves when the outputs are written. Rejects with the protocol's error, with the signal's reason, or at the deadline. */
  readonly run: (plan: SegmentPlan, deadlineMs: number, signal: AbortSignal) => Promise<void>;
  readonly endSession: (sessionId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Job = Pick<SegmentPlan, "scan" | "dialect" | "inputPath"> & { readonly folder: string };

class FileTranscoder implements TranscoderBackend {
  readonly name: string;
  readonly #runner: SegmentRunner;
  readonly #options: FileTranscoderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #lanes: Lanes;
  readonly #isSoftware: boolean;
  readonly #stop = new AbortController();
  readonly #active = new Set<Promise<unknown>>();
  #root: Promise<string> | undefined;
  #jobCount = 0;

  constructor(runner: SegmentRunner, options: FileTranscoderOptions, deps: FileTranscoderDeps) {
    this.name = runner.name;
    this.#runner = runner;
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
    const preview = { scan, dialect: this.#lanes.preview(request, scan), inputPath: "in", folder: "" };
    this.#runner.check(planOf(request, preview, false));
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
    await this.#runner.endSession(sessionId);
  }

  async close(): Promise<void> {
    this.#stop.abort(transcoderError("TranscoderStopped"));
    await Promise.allSettled([...this.#active]);
    await this.#runner.close();
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
    const plan = planOf(request, job, keepLast);
    const { minDeadlineMs = 10_000, deadlineFactor = 4 } = this.#options;
    const deadlineMs = Math.max(minDeadlineMs, deadlineFactor * request.segment.durationMs);
    const startedAt = this.#clock.mono();
    const fields = () => ({
      ...(this.#isSoftware ? {} : { device: job.dialect.name }),
      sessionId: request.sessionId,
      seqNo: request.segment.seqNo,
      engineMs: Math.round(this.#clock.mono() - startedAt),
    });
    try {
      await this.#runner.run(plan, deadlineMs, signal);
    } catch (error) {
      this.#refused(error, fields());
      throw error;
    } finally {
      this.#metrics.observe("livepeer_transcoder_engine_seconds", (this.#clock.mono() - startedAt) / 1000);
    }
    this.#logger.debug("segment transcoded", fields());
    return Promise.all(request.profiles.map((_, index) => readRendition(plan, index)));
  }

  /** Logs what the engine itself said; what the caller called off is no news. */
  #refused(error: unknown, fields: Record<string, string | number>): void {
    const details = error instanceof LpError ? error.details : {};
    if (details["exitCode"] === undefined) return;
    this.#logger.warn(`${this.name} refused a segment`, {
      ...fields,
      error: errorText(error),
      stderr: String(details["stderr"] ?? ""),
    });
  }
}

function planOf(request: TranscodeRequest, { folder, ...job }: Job, keepLastFrame: boolean): SegmentPlan {
  return {
    ...job,
    request,
    outputPaths: request.profiles.map(({ format }, index) => join(folder, `out${index}${containerExtension(format)}`)),
    signaturePaths: request.profiles.map((_, index) => join(folder, `sign${index}.bin`)),
    keepLastFrame,
  };
}

async function readRendition({ request, outputPaths, signaturePaths }: SegmentPlan, index: number): Promise<Rendition> {
  const profile = request.profiles[index] as TranscodeRequest["profiles"][number];
  const bytes = await readFile(outputPaths[index] as string);
  const { frameCount, pixelCount } = countRendition(bytes, profile.format);
  const rendition = { profile, bytes, frameCount, pixelCount };
  if (request.calcPerceptualHash !== true) return rendition;
  return { ...rendition, perceptualHash: await readFile(signaturePaths[index] as string) };
}

function storageError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" ? transcoderError("No space left on device", { cause: error }) : error;
}

/** A back end that queues segments, writes each to a file, has it transcoded by `runner` and counts what came out. */
export function createFileTranscoder(
  runner: SegmentRunner,
  options: FileTranscoderOptions,
  deps: FileTranscoderDeps,
): TranscoderBackend {
  return new FileTranscoder(runner, options, deps);
}
