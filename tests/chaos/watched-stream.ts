import { createHash } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readPlaylist } from "../../node/src/demo/read-playlist.ts";

/** A segment as the player met it. */
type Seen = {
  readonly seqNo: number;
  /** `performance.now()` when a playlist listed it. */
  readonly listedAt: number;
  readonly digest: string;
};

type Track = { readonly url: string; readonly file: string; readonly seen: Seen[]; repeated: number };

/** What a player found in the end. */
export type StreamVerdict = {
  readonly segments: number;
  /** Source segments without a rendition, and numbers the source skipped. */
  readonly lost: number;
  /** Segments listed twice, out of order, or with the bytes of another one. */
  readonly duplicated: number;
  /** Per source segment, ms from its listing to that of its last rendition. */
  readonly delaysMs: readonly number[];
  /** Path of each track's media, segments in the order they were listed. */
  readonly files: ReadonlyMap<string, { readonly file: string; readonly seqNos: readonly number[] }>;
};

const pollMs = 200;
const source = "source";

/** Follows all playlists of a live stream like a player, downloads everything, and remembers when it came. */
export class WatchedStream {
  readonly name: string;
  readonly #base: string;
  readonly #folder: string;
  readonly #names: readonly string[];
  readonly #tracks = new Map<string, Track>();
  #isStopped = false;
  #loop: Promise<void> | undefined;

  /** `base` is the gateway's address; `profiles` are the renditions that must come. */
  constructor(base: string, name: string, profiles: readonly string[], folder: string) {
    this.name = name;
    this.#base = base;
    this.#names = [source, ...profiles];
    this.#folder = join(folder, name);
  }

  start(): void {
    this.#loop = this.#follow();
  }

  /** Segments seen in every track so far. */
  get complete(): number {
    return Math.min(...this.#names.map((name) => this.#tracks.get(name)?.seen.length ?? 0));
  }

  /** Ms since the last source segment came. */
  get quietMs(): number {
    return performance.now() - (this.#tracks.get(source)?.seen.at(-1)?.listedAt ?? 0);
  }

  /** True when every rendition has the source's last segment. */
  get isLevel(): boolean {
    const last = this.#tracks.get(source)?.seen.at(-1)?.seqNo;
    return last !== undefined && this.#names.every((name) => this.#tracks.get(name)?.seen.at(-1)?.seqNo === last);
  }

  async finish(): Promise<StreamVerdict> {
    this.#isStopped = true;
    await this.#loop;
    const seen = (name: string) => this.#tracks.get(name)?.seen ?? [];
    const sources = seen(source);
    const [first, last] = [sources[0]?.seqNo ?? 0, sources.at(-1)?.seqNo ?? -1];
    const expected = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const renditions = this.#names.filter((name) => name !== source);
    let [lost, duplicated] = [sources.length === 0 ? 1 : 0, 0];
    for (const name of this.#names) {
      const of = new Set(seen(name).map(({ seqNo }) => seqNo));
      lost += expected.filter((seqNo) => !of.has(seqNo)).length;
      duplicated +=
        (this.#tracks.get(name)?.repeated ?? 0) +
        seen(name).length -
        new Set(seen(name).map(({ digest }) => digest)).size;
    }
    const delaysMs = sources.flatMap(({ seqNo, listedAt }) => {
      const listed = renditions.map((name) => seen(name).find((entry) => entry.seqNo === seqNo)?.listedAt);
      return listed.includes(undefined) ? [] : [Math.max(...(listed as number[])) - listedAt];
    });
    const files = new Map(
      [...this.#tracks].map(([name, track]) => [
        name,
        { file: track.file, seqNos: track.seen.map(({ seqNo }) => seqNo) },
      ]),
    );
    return { segments: sources.length, lost, duplicated, delaysMs, files };
  }

  async #follow(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    while (!this.#isStopped) {
      const begun = performance.now();
      try {
        await this.#look();
      } catch {
        // not on air yet: look again
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(10, pollMs - (performance.now() - begun))));
    }
  }

  async #look(): Promise<void> {
    if (this.#tracks.size < this.#names.length) await this.#findTracks();
    await Promise.all([...this.#tracks.values()].map((track) => this.#lookAt(track)));
  }

  async #findTracks(): Promise<void> {
    const url = `${this.#base}/stream/${this.name}.m3u8`;
    for (const uri of await readPlaylist(url)) {
      const track = new URL(uri, url).href;
      const name = this.#names.find((known) => new URL(track).pathname.includes(`/${known}.m3u8`));
      if (name === undefined || this.#tracks.has(name)) continue;
      this.#tracks.set(name, { url: track, file: join(this.#folder, `${name}.ts`), seen: [], repeated: 0 });
    }
  }

  async #lookAt(track: Track): Promise<void> {
    const uris = await readPlaylist(track.url);
    const listedAt = performance.now();
    const listed = uris.map((uri) => ({ uri, seqNo: Number(/(\d+)\.(?:ts|mp4)/.exec(uri)?.[1]) }));
    if (new Set(listed.map(({ seqNo }) => seqNo)).size < listed.length) track.repeated++;
    for (const { uri, seqNo } of listed) {
      const last = track.seen.at(-1)?.seqNo ?? -1;
      if (seqNo <= last) {
        if (!track.seen.some((entry) => entry.seqNo === seqNo)) track.repeated++; // came after its successor
        continue;
      }
      const answer = await fetch(new URL(uri, track.url));
      if (!answer.ok) throw new Error(`${uri} answered ${answer.status}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      await appendFile(track.file, bytes);
      track.seen.push({ seqNo, listedAt, digest: createHash("sha256").update(bytes).digest("hex") });
    }
  }
}
