import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { setPriority } from "node:os";
import { type Clock, LpError } from "@livepeer-ts/kernel";

/** How one ffmpeg process is run. */
export type RunFfmpegOptions = {
  readonly ffmpegPath: string;
  readonly args: readonly string[];
  /** Killed with SIGKILL after this many ms. */
  readonly deadlineMs: number;
  /** Address space the process may take, bytes; undefined: no limit. */
  readonly maxMemoryBytes: number | undefined;
  /** Scheduling priority, 0 (normal) to 19 (last). */
  readonly niceness: number;
};

/** How it ended. */
export type FfmpegExit = { readonly code: number | null; readonly stderr: string };

const maxStderrBytes = 16 * 1024;

const passedOn = [
  ...["PATH", "LD_LIBRARY_PATH", "LIBRARY_PATH", "SystemRoot"],
  // Which devices the operator lets be seen, and with which driver.
  ...["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH"],
];

/** Only what a decoder needs; keys and passwords of the node stay out of a process that reads strangers' bytes. */
function childEnvironment(): Record<string, string> {
  // In nvidia-smi's order, so that a number means the same card.
  const env: Record<string, string> = { AV_LOG_FORCE_NOCOLOR: "1", CUDA_DEVICE_ORDER: "PCI_BUS_ID" };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

const isLimited = process.platform !== "win32";

// What a shell answers when it cannot run the program, or cannot find it. ffmpeg ends with neither.
const shellFailures: ReadonlySet<number | null> = new Set([126, 127]);

export function notStarted(path: string, why: string, cause?: unknown): LpError {
  return new LpError({
    code: "ffmpeg_start",
    message: `ffmpeg could not be started: ${why}. Check that ${path} is an executable ffmpeg`,
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Starts a program that reads strangers' bytes: few of our variables, and a limit of its address space where the system has one. */
export function spawnLimited(
  program: string,
  args: readonly string[],
  maxMemoryBytes: number | undefined,
  stdio: StdioOptions,
  extraEnv: Readonly<Record<string, string>> = {},
): ChildProcess {
  const env = { ...childEnvironment(), ...extraEnv };
  if (!isLimited) return spawn(program, args, { stdio, env });
  const limit = maxMemoryBytes === undefined ? "" : `ulimit -v ${Math.floor(maxMemoryBytes / 1024)} 2>/dev/null; `;
  // The shell sets the memory limit and becomes the program: same process id.
  const script = `${limit}exec "$0" "$@"`;
  return spawn("/bin/sh", ["-c", script, program, ...args], { stdio, env });
}

/** Starts ffmpeg, with a limit of its address space where the system has one. */
export function spawnFfmpeg(
  { ffmpegPath, args, maxMemoryBytes }: Pick<RunFfmpegOptions, "ffmpegPath" | "args" | "maxMemoryBytes">,
  stdio: StdioOptions,
): ChildProcess {
  return spawnLimited(ffmpegPath, args, maxMemoryBytes, stdio);
}

/** Lets others go first. */
export function lowerPriority({ pid }: ChildProcess, niceness: number): void {
  if (niceness <= 0 || pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // It ended already, or the system does not allow it: priority is a courtesy.
  }
}

/** True for exit codes that say that there was no ffmpeg to run. */
export function wasNotStarted(code: number | null): boolean {
  return isLimited && shellFailures.has(code);
}

/**
 * Runs ffmpeg to its end. Abort and deadline kill it at once; the promise settles only when the process is gone.
 * Rejects with `ffmpeg_deadline`, `ffmpeg_start` or the signal's reason.
 */
export async function runFfmpeg(options: RunFfmpegOptions, clock: Clock, signal: AbortSignal): Promise<FfmpegExit> {
  signal.throwIfAborted();
  const deadline = clock.deadline(options.deadlineMs, signal);
  try {
    return await new Promise<FfmpegExit>((resolve, reject) => {
      const child = spawnFfmpeg(options, ["ignore", "ignore", "pipe"]);
      lowerPriority(child, options.niceness);
      const kill = () => child.kill("SIGKILL");
      deadline.signal.addEventListener("abort", kill, { once: true });
      let stderr = "";
      child.stderr?.setEncoding("utf8");
      child.stderr?.on("data", (chunk: string) => {
        stderr = (stderr + chunk).slice(-maxStderrBytes);
      });
      child.once("error", (cause) => {
        deadline.signal.removeEventListener("abort", kill);
        reject(notStarted(options.ffmpegPath, cause.message, cause));
      });
      child.once("close", (code) => {
        deadline.signal.removeEventListener("abort", kill);
        if (signal.aborted) reject(signal.reason);
        else if (deadline.signal.aborted) {
          reject(
            new LpError({
              code: "ffmpeg_deadline",
              message: `ffmpeg was killed: it had not finished after ${options.deadlineMs} ms`,
              details: { deadlineMs: options.deadlineMs },
              retryable: true,
            }),
          );
        } else if (wasNotStarted(code)) reject(notStarted(options.ffmpegPath, stderr.trim()));
        else resolve({ code, stderr });
      });
    });
  } finally {
    deadline.clear();
  }
}
