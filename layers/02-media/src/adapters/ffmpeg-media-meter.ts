import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorText, LpError } from "@livepeer-ts/kernel";
import { imageSize } from "image-size";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { makeWorkFolder } from "./work-folder.ts";

export type FfmpegMediaMeterOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Ms for one file; then the process is killed. Default 20000. */
  readonly deadlineMs?: number;
  /** Address space of one process. Default 2 GiB. */
  readonly maxMemoryBytes?: number;
};

/** Largest side of a picture that is taken for one. */
const maxSide = 65_535;

/** Sizes of pictures by their heads, lengths of sounds by their packets, which one ffmpeg process reads without decoding them. */
export class FfmpegMediaMeter {
  readonly #options: FfmpegMediaMeterOptions;
  readonly #clock: Clock;
  #folder: Promise<string> | undefined;
  #count = 0;

  constructor(options: FfmpegMediaMeterOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Width and height as the picture is shown. Rejects with `bad_media`. */
  async pictureSize(file: {
    readonly bytes: Uint8Array;
  }): Promise<{ readonly width: number; readonly height: number }> {
    let size: ReturnType<typeof imageSize>;
    try {
      size = imageSize(file.bytes);
    } catch (cause) {
      throw badMedia(`this is no picture that can be measured: ${errorText(cause)}`, cause);
    }
    const { width, height } = size;
    if (!(width > 0 && height > 0 && width <= maxSide && height <= maxSide)) {
      throw badMedia(`a picture of ${width}×${height} cannot be worked on`);
    }
    return { width: Math.ceil(width), height: Math.ceil(height) };
  }

  /** Length in whole seconds, rounded up. Rejects with `bad_media` for what holds no sound. */
  async audioSeconds(file: { readonly bytes: Uint8Array }, signal: AbortSignal): Promise<number> {
    const { ffmpegPath = "ffmpeg", deadlineMs = 20_000, maxMemoryBytes = 2 * 1024 ** 3 } = this.#options;
    this.#folder ??= makeWorkFolder(undefined);
    const stem = join(await this.#folder, `sound-${this.#count++}`);
    const [input, progress] = [`${stem}.media`, `${stem}.progress`];
    try {
      await writeFile(input, file.bytes);
      const args = [
        ...["-hide_banner", "-loglevel", "error", "-nostdin", "-protocol_whitelist", "file", "-i", input],
        ...["-map", "0:a:0", "-c", "copy", "-f", "null", "-progress", `file:${progress}`, "-"],
      ];
      const { code, stderr } = await runFfmpeg(
        { ffmpegPath, args, deadlineMs, maxMemoryBytes, niceness: 0 },
        this.#clock,
        signal,
      );
      const lines = await readFile(progress, "utf8").catch(() => "");
      const micros = Number([...lines.matchAll(/^out_time_us=(\d+)$/gm)].at(-1)?.[1]);
      if (code !== 0 || !(micros > 0)) throw badMedia(`this holds no sound: ${firstLine(stderr) || "nothing to hear"}`);
      return Math.ceil(micros / 1e6);
    } finally {
      await Promise.all([rm(input, { force: true }), rm(progress, { force: true })]);
    }
  }

  /** Removes the work folder. */
  async stop(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }
}

/** ffmpeg's first words without the file's place, which is nobody's business. */
function firstLine(stderr: string): string {
  const line = stderr.split("\n")[0] ?? "";
  return line.slice(line.lastIndexOf(": ") + 1).trim();
}

function badMedia(message: string, cause?: unknown): LpError {
  return new LpError({ code: "bad_media", message, cause });
}
