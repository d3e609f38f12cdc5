import { spawn } from "node:child_process";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readPlaylist } from "./read-playlist.ts";

export type ServedRendition = {
  readonly name: string;
  /** Sequence numbers that were downloaded, in order of listing. */
  readonly seqNos: readonly number[];
  /** Video frames that ffprobe counts in the downloaded segments together. */
  readonly frames: number;
  /** Seconds between the first and the last frame, one frame duration included. */
  readonly seconds: number;
  /** Places where presentation time does not go on by one frame; the frames after the encoder was switched off do not count. */
  readonly gaps: number;
};

type Track = { readonly uri: string; readonly seqNos: number[]; readonly file: string };

const pollMs = 300;
/** Most frames that H.264 reorders. */
const reorderFrames = 16;

/** Follows a live playlist like a player, keeps every segment, and lets ffprobe judge them in the end. */
export class ServedStream {
  readonly #masterUrl: string;
  readonly #folder: string;
  readonly #tracks = new Map<string, Track>();
  #firstRenditionAt: number | undefined;
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(masterUrl: string, folder: string) {
    this.#masterUrl = masterUrl;
    this.#folder = folder;
  }

  /** `performance.now()` when the first rendition segment was complete here. */
  get firstRenditionAt(): number | undefined {
    return this.#firstRenditionAt;
  }

  start(): void {
    this.#loop = this.#follow();
  }

  /** Segments downloaded per track name. */
  counts(): ReadonlyMap<string, number> {
    return new Map([...this.#tracks].map(([name, track]) => [name, track.seqNos.length]));
  }

  /** Ends following and judges what came. */
  async finish(): Promise<ServedRendition[]> {
    this.#stopped = true;
    await this.#loop;
    return Promise.all([...this.#tracks].map(([name, track]) => judgeTrack(name, track)));
  }

  async #follow(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    while (!this.#stopped) {
      try {
        await this.#look();
      } catch {
        // not on air yet, or the server is busy: look again
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async #look(): Promise<void> {
    for (const uri of await readPlaylist(this.#masterUrl)) {
      const url = new URL(uri, this.#masterUrl).href;
      const name = trackName(url);
      const track = this.#tracks.get(name) ?? { uri: url, seqNos: [], file: join(this.#folder, `${name}.ts`) };
      this.#tracks.set(name, track);
      for (const line of await readPlaylist(url)) {
        const seqNo = Number(/(\d+)\.(?:ts|mp4)/.exec(line)?.[1]);
        if (track.seqNos.includes(seqNo)) continue;
        const answer = await fetch(new URL(line, url));
        if (!answer.ok) continue;
        await appendFile(track.file, new Uint8Array(await answer.arrayBuffer()));
        track.seqNos.push(seqNo);
        if (name !== "source") this.#firstRenditionAt ??= performance.now();
      }
    }
  }
}

/** Source segments that are missing in a rendition, plus holes in the source itself. */
export function lostSegments(renditions: readonly Pick<ServedRendition, "name" | "seqNos">[]): number {
  const source = renditions.find((rendition) => rendition.name === "source")?.seqNos ?? [];
  if (source.length === 0) return 1;
  const first = Math.min(...source);
  const expected = Array.from({ length: Math.max(...source) - first + 1 }, (_, i) => first + i);
  return renditions.reduce(
    (lost, rendition) => lost + expected.filter((seqNo) => !rendition.seqNos.includes(seqNo)).length,
    0,
  );
}

function trackName(url: string): string {
  const parts = new URL(url).pathname.split("/");
  return (parts.at(-1) ?? "").replace(/\.m3u8$/, "") === "index"
    ? (parts.at(-2) ?? "")
    : (parts.at(-1) ?? "").replace(/\.m3u8$/, "");
}

/** Frames and gaps of a track whose segments, in the order of `seqNos`, are one after another in `file`. */
export async function judgeTrack(
  name: string,
  { seqNos, file }: { readonly seqNos: readonly number[]; readonly file: string },
): Promise<ServedRendition> {
  if (seqNos.length === 0) return { name, seqNos, frames: 0, seconds: 0, gaps: 0 };
  const times = (await presentationTimes(file)).sort((a, b) => a - b);
  const steps = times.slice(1).map((time, i) => time - (times[i] as number));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  // an encoder that is switched off between reordered frames leaves a hole among the last ones
  const judged = steps.slice(0, Math.max(0, steps.length - reorderFrames));
  const gaps = judged.filter((step) => Math.abs(step - usual) > usual / 2).length;
  return { name, seqNos, frames: times.length, seconds: times.length * usual, gaps };
}

function presentationTimes(file: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file];
    const child = spawn("ffprobe", args, { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", () =>
      resolve(
        output
          .split("\n")
          .map((line) => Number.parseFloat(line))
          .filter((time) => !Number.isNaN(time)),
      ),
    );
  });
}
