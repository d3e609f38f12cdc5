import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, LpError } from "@livepeer-ts/kernel";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { defaultWorkDir } from "./work-folder.ts";

export type FfmpegVideoAssemblerOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Ms for one video; then the process is killed. Default 60000. */
  readonly deadlineMs?: number;
  /** Address space of one process. Default 3 GiB. */
  readonly maxMemoryBytes?: number;
};

type Media = { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array };

/** One video of a list of pictures, by one ffmpeg process. */
export class FfmpegVideoAssembler {
  readonly #options: FfmpegVideoAssemblerOptions;
  readonly #clock: Clock;

  constructor(options: FfmpegVideoAssemblerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** H.264 in MP4 at 6 Mbit/s, `fps` pictures a second, sides rounded down to even numbers. Rejects with `bad_media`. */
  async assemble(frames: readonly Media[], fps: number, signal: AbortSignal): Promise<Media> {
    const { ffmpegPath = "ffmpeg", deadlineMs = 60_000, maxMemoryBytes = 3 * 1024 ** 3 } = this.#options;
    const folder = await mkdtemp(join(await defaultWorkDir(), "livepeer-frames-"));
    try {
      for (const [index, frame] of frames.entries()) await writeFile(join(folder, `${index}.picture`), frame.bytes);
      const output = join(folder, "video.mp4");
      const even = "scale=trunc(iw/2)*2:trunc(ih/2)*2,format=yuv420p";
      const args = [
        ...["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-protocol_whitelist", "file"],
        ...["-framerate", String(fps), "-f", "image2", "-start_number", "0", "-i", join(folder, "%d.picture")],
        ...["-vf", even, "-c:v", "libx264", "-b:v", "6000k", "-movflags", "+faststart", "-f", "mp4", output],
      ];
      const exit = await runFfmpeg({ ffmpegPath, args, deadlineMs, maxMemoryBytes, niceness: 0 }, this.#clock, signal);
      const bytes = exit.code === 0 ? new Uint8Array(await readFile(output)) : new Uint8Array(0);
      if (bytes.length === 0) {
        throw new LpError({
          code: "bad_media",
          message: "the pictures make no video: they are broken or of several sizes",
        });
      }
      return { name: "video.mp4", mediaType: "video/mp4", bytes };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
