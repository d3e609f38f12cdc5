import { spawn } from "node:child_process";

/** What to push where. */
export type PublishClipOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Media file with H.264 and AAC that RTMP can carry as they are. */
  readonly clip: string;
  readonly rtmpUrl: string;
  /** Start again at the end, with continuous time. Default true. */
  readonly loop?: boolean;
  /** Push at the clip's own pace. Default true. */
  readonly realtime?: boolean;
};

/** How a publisher ended. */
export type PublisherExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
};

/** A running publisher. */
export type ClipPublisher = {
  readonly pid: number | undefined;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<PublisherExit>;
  /** Ends the stream as an encoder does; kills the process when it has not ended after 3 s. */
  readonly stop: () => Promise<PublisherExit>;
};

const maxStderrBytes = 16 * 1024;
const stopGraceMs = 3000;

/** Publishes a clip over RTMP without encoding it again. Failure to start shows in `exited`. */
export function publishClip(options: PublishClipOptions): ClipPublisher {
  const args = ["-nostdin", "-hide_banner", "-v", "error"];
  if (options.realtime ?? true) args.push("-re");
  if (options.loop ?? true) args.push("-stream_loop", "-1");
  args.push("-i", options.clip, "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-f", "flv");
  args.push("-flvflags", "no_duration_filesize", options.rtmpUrl);
  const child = spawn(options.ffmpegPath ?? "ffmpeg", args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-maxStderrBytes);
  });
  const exited = new Promise<PublisherExit>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, stderr: error.message }));
    child.once("close", (code, signal) => resolve({ code, signal, stderr }));
  });
  return {
    pid: child.pid,
    exited,
    async stop() {
      child.kill("SIGINT");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}
