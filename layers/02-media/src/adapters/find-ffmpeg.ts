import { spawn } from "node:child_process";
import { LpError } from "@livepeer-ts/kernel";

/** A usable ffmpeg. */
export type FfmpegInfo = {
  readonly path: string;
  /** As it prints it, for example `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Names of its video encoders we can use. */
  readonly encoders: readonly string[];
};

const wantedEncoders = ["libx264", "libx265", "libvpx-vp9"];
const probeMs = 15_000;
const maxOutputBytes = 1 << 20;

function capture(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), probeMs);
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      if (text.length < maxOutputBytes) text += chunk;
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(text);
      else reject(new LpError({ code: "ffmpeg_failed", message: `${path} ${args.join(" ")} ended with ${code}` }));
    });
  });
}

function unusable(path: string, why: string, cause?: unknown): LpError {
  return new LpError({
    code: "ffmpeg_unusable",
    message: `${path} cannot be used: ${why}. Install ffmpeg 5.1 or newer with libx264 (Debian and Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg)`,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True for 5.1 and newer, and for builds numbered by date or commit. */
export function isRecentEnough(version: string): boolean {
  const match = /^n?(\d+)\.(\d+)/.exec(version);
  if (match === null) return true;
  const major = Number(match[1]);
  return major > 5 || (major === 5 && Number(match[2]) >= 1);
}

/** Looks at the ffmpeg of this machine, by default the one on the PATH. Throws `ffmpeg_unusable` with what to do. */
export async function findFfmpeg(path = "ffmpeg"): Promise<FfmpegInfo> {
  let banner: string;
  let list: string;
  try {
    [banner, list] = await Promise.all([capture(path, ["-version"]), capture(path, ["-hide_banner", "-encoders"])]);
  } catch (error) {
    throw unusable(path, error instanceof Error ? error.message : String(error), error);
  }
  const version = /^ffmpeg version (\S+)/.exec(banner)?.[1] ?? "unknown";
  if (!isRecentEnough(version)) throw unusable(path, `version ${version} is too old`);
  const encoders = wantedEncoders.filter((name) => new RegExp(`\\s${name}\\s`).test(list));
  if (!encoders.includes("libx264")) throw unusable(path, "it was built without the libx264 encoder");
  return { path, version, encoders };
}
