import type { ChildProcess, StdioOptions } from "node:child_process";
import { once } from "node:events";
import { spawnFfmpeg } from "./run-ffmpeg.ts";

export type StreamingFfmpegOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Address space of the process. Default 1 GiB. */
  readonly maxMemoryBytes?: number;
};

const maxStderrBytes = 4096;

/** An ffmpeg that works for as long as a stream lasts; it is killed when the signal aborts, or by `kill`. */
export type StreamingFfmpeg = {
  readonly child: ChildProcess;
  /** Resolves with its exit code when it has ended and all of its output was read. */
  readonly closed: Promise<number | null>;
  /** The last line of what it said. */
  why(): string;
  kill(): void;
};

export function startStreamingFfmpeg(
  args: readonly string[],
  stdio: StdioOptions,
  { ffmpegPath = "ffmpeg", maxMemoryBytes = 1024 ** 3 }: StreamingFfmpegOptions,
  signal: AbortSignal,
): StreamingFfmpeg {
  const child = spawnFfmpeg({ ffmpegPath, args, maxMemoryBytes }, stdio);
  const onAbort = () => child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-maxStderrBytes);
  });
  return {
    child,
    closed: once(child, "close").then(([code]) => code as number | null),
    why: () => said.trim().split("\n").at(-1) ?? "",
    kill() {
      signal.removeEventListener("abort", onAbort);
      child.kill("SIGKILL");
    },
  };
}
