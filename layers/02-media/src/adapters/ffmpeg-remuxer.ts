import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Clock, LpError } from "@livepeer-ts/kernel";
import type { Mp4Remuxer } from "../ports/mp4-remuxer.ts";
import { notStarted, spawnFfmpeg, wasNotStarted } from "./run-ffmpeg.ts";

export type FfmpegRemuxerOptions = {
  /** Default `ffmpeg`. */
  readonly ffmpegPath?: string;
  /** Ms without a byte after which the process is killed. Default 30000. */
  readonly idleMs?: number;
  /** Address space of one process. Default 2 GiB. */
  readonly maxMemoryBytes?: number;
};

const movFlags = "frag_keyframe+negative_cts_offsets+omit_tfhd_offset+disable_chpl+default_base_moof";
const args = [
  ...["-hide_banner", "-loglevel", "error", "-fflags", "+genpts", "-f", "mpegts", "-i", "pipe:0"],
  ...["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-movflags", movFlags, "-f", "mp4", "pipe:1"],
];
const brokenPipe: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET"]);
const maxStderrCharacters = 4096;

/** A remuxer that runs one ffmpeg for each stretch. Its iteration rejects with `ffmpeg_failed` or `ffmpeg_start`. */
export function createFfmpegRemuxer(clock: Clock, options: FfmpegRemuxerOptions = {}): Mp4Remuxer {
  const path = options.ffmpegPath ?? "ffmpeg";
  const idleMs = options.idleMs ?? 30_000;
  const maxMemoryBytes = options.maxMemoryBytes ?? 2 * 1024 ** 3;
  return async function* remux(transportStream, signal) {
    signal.throwIfAborted();
    const child = spawnFfmpeg({ ffmpegPath: path, args, maxMemoryBytes }, ["pipe", "pipe", "pipe"]);
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new TypeError("all three streams are pipes");
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill, { once: true });
    let said = "";
    stderr.setEncoding("utf8");
    stderr.on("data", (text: string) => {
      said = (said + text).slice(-maxStderrCharacters);
    });
    const ended = new Promise<{ readonly code: number | null; readonly error?: Error }>((resolve) => {
      child.once("error", (error) => resolve({ code: null, error }));
      child.once("close", (code) => resolve({ code }));
    });
    let inputError: unknown;
    const fed = pipeline(Readable.from(transportStream, { objectMode: false }), stdin).catch((error: unknown) => {
      // ffmpeg that ends early breaks the pipe: its own words say why
      if (!brokenPipe.has((error as { code?: string }).code ?? "")) inputError = error;
      kill();
    });
    const pieces = stdout[Symbol.asyncIterator]();
    try {
      for (;;) {
        const deadline = clock.deadline(idleMs, signal);
        deadline.signal.addEventListener("abort", kill, { once: true });
        const piece = await pieces
          .next()
          .catch(() => undefined) // the exit says why
          .finally(() => deadline.clear());
        if (piece === undefined || piece.done === true) break;
        yield piece.value as Uint8Array;
      }
      const { code, error } = await ended;
      await fed;
      signal.throwIfAborted();
      if (inputError !== undefined) throw inputError;
      if (error !== undefined) throw notStarted(path, error.message, error);
      if (wasNotStarted(code)) throw notStarted(path, said.trim());
      if (code !== 0) {
        throw new LpError({
          code: "ffmpeg_failed",
          message: `the media could not be put into an MP4: ${said.trim() || `ffmpeg ended with ${code ?? "a signal"}`}`,
        });
      }
    } finally {
      signal.removeEventListener("abort", kill);
      kill();
      // what nobody reads any more would keep the process from being closed
      stdout.destroy();
      await ended;
      await fed;
    }
  };
}
