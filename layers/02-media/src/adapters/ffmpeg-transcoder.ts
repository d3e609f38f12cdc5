import type { Clock } from "@livepeer-ts/kernel";
import type { TranscoderBackend } from "../ports/transcoder-backend.ts";
import { classifyFailure } from "../transcode/classify-failure.ts";
import { ffmpegArgs } from "../transcode/ffmpeg-args.ts";
import {
  createFileTranscoder,
  type FileTranscoderDeps,
  type FileTranscoderOptions,
  type SegmentRunner,
} from "./file-transcoder.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";

/** Options of the ffmpeg command line engine. */
export type FfmpegTranscoderOptions = FileTranscoderOptions & {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Address space of one ffmpeg process that works in software. Default 6 GiB. */
  readonly maxMemoryBytes?: number;
};

/** What the engine needs from outside. */
export type FfmpegTranscoderDeps = FileTranscoderDeps;

/** One process per segment, as the reference's software transcoder: nothing is kept. */
function ffmpegRunner(options: FfmpegTranscoderOptions, clock: Clock, isSoftware: boolean): SegmentRunner {
  return {
    name: "ffmpeg",
    check(plan) {
      ffmpegArgs(plan.request, plan.scan, plan);
    },
    async run(plan, deadlineMs, signal) {
      const exit = await runFfmpeg(
        {
          ffmpegPath: options.ffmpegPath ?? "ffmpeg",
          args: ffmpegArgs(plan.request, plan.scan, plan),
          deadlineMs,
          // Drivers map the device's memory and more into every process: an address limit would keep them from starting.
          maxMemoryBytes: isSoftware ? (options.maxMemoryBytes ?? 6 * 2 ** 30) : undefined,
          niceness: options.niceness ?? 5,
        },
        clock,
        signal,
      );
      if (exit.code !== 0) throw classifyFailure(exit.code, exit.stderr);
    },
    endSession: async () => {},
    close: async () => {},
  };
}

/**
 * The engine on the ffmpeg command line: one process per segment, decode once, encode every profile.
 * Check the binary with `findFfmpeg` first.
 */
export function createFfmpegTranscoder(
  options: FfmpegTranscoderOptions,
  deps: FfmpegTranscoderDeps,
): TranscoderBackend {
  return createFileTranscoder(ffmpegRunner(options, deps.clock, deps.lanes === undefined), options, deps);
}
