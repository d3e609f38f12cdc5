import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LpError } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { simRandom } from "@livepeer-ts/kernel/testing";
import {
  looksLikeMedia,
  presetProfile,
  probeSegment,
  type TranscoderBackend,
  transcoderErrorTable,
  type VideoProfile,
} from "@livepeer-ts/media";
import { createFfmpegTranscoder, createNodeAvTranscoder } from "@livepeer-ts/media/adapters";
import { ffmpeg, makeCounterClip, requireFfmpeg, requireNodeAv } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { treeCpuSeconds } from "../../bench/bench-record.ts";
import { mediaMutations, type SeedMedia } from "./media-mutations.ts";

const hasFfmpeg = await requireFfmpeg();
const library = await requireNodeAv();
type Create = (settings: { preset: "ultrafast"; threads: number; workDir: string }) => TranscoderBackend;
const clock = systemClock();
const engines: (readonly [name: string, create: Create])[] = [
  ["ffmpeg", (settings) => createFfmpegTranscoder(settings, { clock })],
];
if (library !== undefined)
  engines.push(["node-av", (settings) => createNodeAvTranscoder({ library, ...settings }, { clock })]);
const seed = 20261129;
/** Files of each mutation. */
const variants = 2;
const durationMs = 2000;
/** CPU time that a file may take, in shares of its duration. */
const cpuShare = 2;
const maxRssGrowthBytes = 256 * 1024 * 1024;
const profile = { ...(presetProfile("P144p30fps16x9") as VideoProfile), fps: 0 };
const codes = new Set<string>(Object.values(transcoderErrorTable).map(({ code }) => code));

let folder = "";
let media: SeedMedia;

async function seedFile(name: string, width: number, height: number, ...extra: string[]): Promise<Uint8Array> {
  const source = join(folder, `${name}.mp4`);
  const path = join(folder, name);
  await makeCounterClip({ path: source, width, height, fps: 25, seconds: 2, bitrateBps: 200_000 });
  await ffmpeg(["-v", "error", "-i", source, "-c", "copy", ...extra, path]);
  return new Uint8Array(await readFile(path));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-corpus-"));
  media = {
    ts: await seedFile("seed.ts", 160, 90),
    otherTs: await seedFile("other.ts", 320, 180),
    mp4: await seedFile("seed.fragmented.mp4", 160, 90, "-movflags", "frag_keyframe+empty_moov"),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function transcode(backend: TranscoderBackend, bytes: Uint8Array, container: "mpegts" | "mp4"): Promise<string> {
  const segment = { seqNo: 0, bytes, durationMs, container } as const;
  try {
    const request = { sessionId: "corpus", segment, profiles: [profile] };
    const { renditions } = await backend.transcode(request, new AbortController().signal);
    return (renditions[0]?.frameCount ?? 0) > 0 ? "ok" : "an empty rendition";
  } catch (error) {
    return error instanceof LpError ? error.code : `threw ${String(error)}`;
  }
}

describe.skipIf(!hasFfmpeg).each(engines)("hostile media in the engine %s", (name, create) => {
  let backend: TranscoderBackend;
  beforeAll(() => {
    backend = create({ preset: "ultrafast", threads: 1, workDir: join(folder, name) });
  });
  afterAll(() => backend?.close());

  it("is transcoded or refused in the protocol's words, with bounded CPU and memory, and harms no segment after it", async () => {
    console.log(`media corpus seed=${seed}`);
    const files = Object.entries(mediaMutations).flatMap(([name, mutate]) =>
      Array.from({ length: variants }, (_, i) => ({
        name,
        bytes: mutate(media, simRandom(seed, `${name} ${i}`)),
      })),
    );
    expect(files.length).toBeGreaterThanOrEqual(100);
    expect(await transcode(backend, media.ts, "mpegts")).toBe("ok");
    expect(await transcode(backend, media.mp4, "mp4")).toBe("ok");

    const outcomes: Record<string, number> = {};
    const rssBefore = process.memoryUsage.rss();
    for (const { name, bytes } of files) {
      const before = treeCpuSeconds(true);
      looksLikeMedia(bytes);
      const container = name.includes("MP4") || name.includes("boxes") ? "mp4" : "mpegts";
      probeSegment(bytes, container);
      const outcome = await transcode(backend, bytes, container);
      const after = treeCpuSeconds(true);
      const cpuSeconds = after.own - before.own + (after.children - before.children);
      const isKnown = outcome === "ok" || codes.has(outcome);
      expect([name, isKnown ? "known" : outcome]).toEqual([name, "known"]);
      expect([name, cpuSeconds <= (cpuShare * durationMs) / 1000 ? "bounded" : cpuSeconds]).toEqual([name, "bounded"]);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    console.log(`${files.length} files: ${JSON.stringify(outcomes)}`);
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(maxRssGrowthBytes);
    expect(await transcode(backend, media.ts, "mpegts")).toBe("ok");
  }, 240_000);
});
