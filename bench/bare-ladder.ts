// The ladder on ffmpeg's bare command line, as benches compare with.
import { spawn } from "node:child_process";
import type { VideoProfile } from "@livepeer-ts/media";

/** What is encoded, and how. */
export type BareLadder = {
  readonly profiles: readonly VideoProfile[];
  readonly preset: string;
  /** Default: ffmpeg chooses. */
  readonly threads: number | undefined;
};

/** The ladder as one writes it by hand: decode once, scale and encode per rendition, times and sound kept. One output per profile. */
export function bareLadderArgs(
  { profiles, preset, threads }: BareLadder,
  input: string,
  outputs: readonly string[],
): string[] {
  const use = threads === undefined ? [] : ["-threads", String(threads)];
  const heads = profiles.map((_, index) => `[s${index}]`).join("");
  const rungs = profiles.map(
    ({ width, height, fps }, index) => `[s${index}]scale=${width}:${height},fps=${fps}[v${index}]`,
  );
  const args = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-copyts", ...use, "-i", input];
  args.push("-filter_complex", [`[0:v]split=${profiles.length}${heads}`, ...rungs].join(";"));
  for (const [index, { bitrateBps }] of profiles.entries()) {
    const rate = String(bitrateBps);
    args.push("-map", `[v${index}]`, "-map", "0:a:0?", "-c:v", "libx264", "-preset", preset, "-bf", "3");
    args.push("-forced-idr", "1", "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate, ...use);
    args.push("-c:a", "copy", "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts", outputs[index] as string);
  }
  return args;
}

/** Runs a command to its end. Rejects when it cannot be started or ends with another code than 0. */
export function runBare(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}
