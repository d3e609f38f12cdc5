import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, errorText, hasErrorCode, type Logger } from "@livepeer-ts/kernel";
import { type PictureSamples, picturesPerSecond } from "../pictures/picture-distance.ts";
import type { PictureSampler } from "../ports/picture-sampler.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import type { ClipRange } from "../segments/clip-of-scan.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";
import { makeWorkFolder } from "./work-folder.ts";

export type FfmpegPictureSamplerOptions = {
  /** Default `ffmpeg` from the PATH. */
  readonly ffmpegPath?: string;
  /** Ms for one segment; then the process is killed. Default 3000. */
  readonly deadlineMs?: number;
  /** Segments decoded at once; for further ones there is no room. Default 2. */
  readonly maxConcurrent?: number;
  /** Address space of one process. Default 2 GiB. */
  readonly maxMemoryBytes?: number;
};

const width = 32;
const height = 18;
/** Pictures of one segment. */
const maxPictures = 500;
/** Behind the node and behind transcoding. */
const niceness = 10;

/** Small grey pictures by one ffmpeg process for each segment. Without an ffmpeg it says so once and samples nothing. */
export class FfmpegPictureSampler implements PictureSampler {
  readonly #options: FfmpegPictureSamplerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #folder: Promise<string> | undefined;
  #isUsable: Promise<boolean> | undefined;
  #running = 0;
  #count = 0;

  constructor(options: FfmpegPictureSamplerOptions, deps: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
  }

  /** True when there is an ffmpeg; the first call looks for it. */
  ready(): Promise<boolean> {
    this.#isUsable ??= findFfmpeg(this.#options.ffmpegPath).then(
      () => true,
      (error: unknown) => {
        this.#logger.warn("pictures of results are not looked at, the other checks stay", { error: errorText(error) });
        return false;
      },
    );
    return this.#isUsable;
  }

  async sample(
    bytes: Uint8Array,
    _container: ContainerFormat,
    signal: AbortSignal,
    part?: ClipRange,
  ): Promise<PictureSamples | undefined> {
    if (!(await this.ready())) return undefined;
    const {
      maxConcurrent = 2,
      deadlineMs = 3000,
      maxMemoryBytes = 2 * 1024 ** 3,
      ffmpegPath = "ffmpeg",
    } = this.#options;
    if (this.#running >= maxConcurrent) return undefined;
    this.#running++;
    const stem = String(this.#count++);
    try {
      this.#folder ??= makeWorkFolder(undefined);
      const folder = await this.#folder;
      const [input, output] = [join(folder, `${stem}.media`), join(folder, `${stem}.gray`)];
      try {
        await writeFile(input, bytes);
        const fromStart = "setpts=PTS-STARTPTS";
        const cutOut =
          part === undefined ? "" : `trim=start=${part.fromMs / 1000}:end=${part.toMs / 1000},${fromStart},`;
        const filter = `${fromStart},${cutOut}fps=${picturesPerSecond},scale=${width}:${height}:flags=area,format=gray`;
        const args = [
          ...["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-threads", "1", "-i", input],
          ...["-map", "0:v:0", "-vf", filter, "-frames:v", String(maxPictures), "-f", "rawvideo", output],
        ];
        await runFfmpeg({ ffmpegPath, args, deadlineMs, maxMemoryBytes, niceness }, this.#clock, signal);
        return cut(await readFile(output).catch(() => new Uint8Array(0)));
      } finally {
        await Promise.all([rm(input, { force: true }), rm(output, { force: true })]);
      }
    } catch (error) {
      if (signal.aborted) throw error;
      if (!hasErrorCode(error, "ffmpeg_deadline"))
        this.#logger.warn("the pictures of a result could not be looked at", { error: errorText(error) });
      return undefined;
    } finally {
      this.#running--;
    }
  }

  /** Removes the work folder. */
  async stop(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }
}

function cut(bytes: Uint8Array): PictureSamples {
  const pictureBytes = width * height;
  const count = Math.floor(bytes.length / pictureBytes);
  return {
    pictureBytes,
    pictures: Array.from({ length: count }, (_, i) => bytes.subarray(i * pictureBytes, (i + 1) * pictureBytes)),
  };
}
