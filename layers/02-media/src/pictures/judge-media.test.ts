import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FfmpegPictureSampler } from "../adapters/ffmpeg-picture-sampler.ts";
import { createFfmpegTranscoder } from "../adapters/ffmpeg-transcoder.ts";
import { mediaDifference } from "../mpeg7/compare-media.ts";
import type { Rendition } from "../ports/transcoder-backend.ts";
import { presetProfile } from "../profiles/presets.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import { type ClipRange, clipOfScan } from "../segments/clip-of-scan.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { renditionFault } from "../segments/rendition-fault.ts";
import { scanSegment } from "../segments/scan-segment.ts";
import { ffmpeg } from "../testing/counter-clip.ts";
import { pictureFault } from "./picture-distance.ts";

const bunny = join(import.meta.dirname, "..", "..", "assets", "bunny-720p.mp4");
const profile: VideoProfile = { ...(presetProfile("P240p30fps16x9") as VideoProfile), fps: 0 };
const noSignal = new AbortController().signal;
let folder: string;
let sampler: FfmpegPictureSampler;
let source: Uint8Array;

async function make(name: string, args: readonly string[]): Promise<Uint8Array> {
  const path = join(folder, name);
  await ffmpeg(["-v", "error", ...args, "-muxdelay", "0", path]);
  return new Uint8Array(await readFile(path));
}

const encode = (bitrate: string, filter = "scale=426:240") => [
  ...["-vf", filter, "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy"],
  ...["-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate],
];
/** What a transcoder makes of the source. */
const rendition = (name: string, args: readonly string[]) =>
  make(name, ["-copyts", "-i", join(folder, "source.ts"), ...args]);
const fault = (bytes: Uint8Array, wanted = profile) =>
  renditionFault(scanSegment(source, "mpegts"), scanSegment(bytes, wanted.format), wanted);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-judge-"));
  sampler = new FfmpegPictureSampler({ deadlineMs: 20_000 }, { clock: systemClock(), logger: silentLogger });
  const coded = ["-vf", "scale=640:360", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-ac", "2"];
  source = await make("source.ts", ["-ss", "1", "-t", "2", "-i", bunny, ...coded]);
}, 60_000);
afterAll(async () => {
  await sampler.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("a rendition", () => {
  it.each<[string, readonly string[], Partial<VideoProfile>]>([
    ["at a good rate", encode("600k"), {}],
    ["at a very low rate", encode("40k"), {}],
    ["at another frame rate", [...encode("300k"), "-r", "10"], { fps: 10 }],
    ["in an MP4", encode("300k"), { format: "mp4" }],
  ])("%s has the structure and the pictures of its source", async (name, args, change) => {
    const extension = change.format === "mp4" ? "mp4" : "ts";
    const bytes = await rendition(`${name.replaceAll(" ", "-")}.${extension}`, args);
    expect(fault(bytes, { ...profile, ...change })).toBeUndefined();
    const [from, made] = await Promise.all([
      sampler.sample(source, "mpegts", noSignal),
      sampler.sample(bytes, change.format ?? "mpegts", noSignal),
    ]);
    expect(from?.pictures.length).toBeGreaterThan(5);
    expect(pictureFault(from as NonNullable<typeof from>, made as NonNullable<typeof made>)).toBeUndefined();
  });

  it.each<[string, readonly string[]]>([
    ["black", encode("300k", "scale=426:240,drawbox=color=black:t=fill")],
    ["turned round", encode("300k", "scale=426:240,hflip")],
    ["frozen on its first picture", encode("300k", "scale=426:240,loop=50:1:0,trim=end_frame=50")],
  ])("that is %s has the structure, and not the pictures", async (name, args) => {
    const bytes = await rendition(`${name.replaceAll(" ", "-")}.ts`, args);
    expect(fault(bytes)).toBeUndefined();
    const [from, made] = await Promise.all([source, bytes].map((media) => sampler.sample(media, "mpegts", noSignal)));
    expect(pictureFault(from as NonNullable<typeof from>, made as NonNullable<typeof made>)).toContain(
      "not the source's",
    );
  });

  it("of another size, length, time or codec cannot come from the source", async () => {
    expect(fault(await rendition("small.ts", encode("300k", "scale=256:144")))).toContain("256x144 instead of 426x240");
    expect(fault(await rendition("half.ts", [...encode("300k"), "-frames:v", "25"]))).toContain("25 frames");
    expect(fault(await rendition("late.ts", [...encode("300k"), "-output_ts_offset", "2"]))).toContain(
      "after the source",
    );
    expect(fault(await rendition("slow.ts", encode("300k", "scale=426:240,setpts=2*PTS")))).toMatch(/last|frames/);
    expect(fault(source.subarray(0, 188 * 3))).toBe("it has no pictures");
    expect(fault(source, { ...profile, codec: "hevc" })).toBe("it is h264, not hevc");
  });

  it("of a damaged source or of damaged bytes never makes the judge throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(source.length), (noise, at) => {
        const damaged = source.slice();
        damaged.set(noise.subarray(0, Math.max(0, damaged.length - at)), at);
        renditionFault(scanSegment(damaged, "mpegts"), scanSegment(source, "mpegts"), profile);
        fault(damaged);
        mediaDifference(source, damaged, "mpegts");
        mediaDifference(noise, damaged, "mp4");
      }),
      { numRuns: 30 },
    );
  });
});

describe("a rendition of a clip", () => {
  const clip = { fromMs: 700, toMs: 1500 };
  const wanted = (change: Partial<VideoProfile> = {}): VideoProfile => ({ ...profile, bitrateBps: 300_000, ...change });

  /** What a transcoder makes of this part, or of another one. */
  async function transcoded(wants: VideoProfile, part: ClipRange | undefined): Promise<Uint8Array> {
    const transcoder = createFfmpegTranscoder({ preset: "veryfast" }, { clock: systemClock() });
    try {
      const segment: MediaSegment = { seqNo: 0, bytes: source, durationMs: 2000, container: "mpegts" };
      const request = { sessionId: "clips", segment, profiles: [wants], ...(part === undefined ? {} : { clip: part }) };
      const [made] = (await transcoder.transcode(request, noSignal)).renditions;
      return (made as Rendition).bytes;
    } finally {
      await transcoder.close();
    }
  }
  const clipFault = (bytes: Uint8Array, wants: VideoProfile) =>
    renditionFault(clipOfScan(scanSegment(source, "mpegts"), clip), scanSegment(bytes, wants.format), wants);
  async function clipPictures(bytes: Uint8Array, wants: VideoProfile): Promise<string | undefined> {
    const from = await sampler.sample(source, "mpegts", noSignal, clip);
    const made = await sampler.sample(bytes, wants.format, noSignal);
    expect(from?.pictures.length).toBe(20);
    return pictureFault(from as NonNullable<typeof from>, made as NonNullable<typeof made>);
  }

  it.each<[string, VideoProfile]>([
    ["with the source's frames", wanted()],
    ["at another frame rate", wanted({ fps: 10 })],
    ["in an MP4", wanted({ format: "mp4" })],
  ])("%s has the structure and the pictures of that part", async (_what, wants) => {
    const bytes = await transcoded(wants, clip);
    expect(clipFault(bytes, wants)).toBeUndefined();
    expect(await clipPictures(bytes, wants)).toBeUndefined();
  });

  it("of another length, or of other pictures, is not that part", async () => {
    expect(clipFault(await transcoded(wanted(), undefined), wanted())).toContain("50 frames where the source gives 20");
    expect(clipFault(await transcoded(wanted(), { fromMs: 700, toMs: 1000 }), wanted())).toMatch(/frames|last/);
    const black = await rendition("black-clip.ts", [
      ...["-ss", "0.7", "-t", "0.8", "-vf", "scale=426:240,drawbox=color=black:t=fill", "-c:v", "libx264"],
    ]);
    expect(await clipPictures(black, wanted())).toContain("not the source's");
  });

  it("in which there is nothing is held against nobody", () => {
    const nothing = clipOfScan(scanSegment(source, "mpegts"), { fromMs: 9000, toMs: 9500 });
    expect(nothing.frames).toEqual([]);
    expect(renditionFault(nothing, scanSegment(source, "mpegts"), profile)).toBeUndefined();
  });
});

describe("two renditions of one profile", () => {
  it.each([["ts", "mpegts"] as const, ["mp4", "mp4"] as const])(
    "in .%s are the same when size and audio are, whatever their rate",
    async (extension, format) => {
      const [a, b] = [
        await rendition(`a.${extension}`, encode("600k")),
        await rendition(`b.${extension}`, encode("100k")),
      ];
      expect(mediaDifference(a, b, format)).toBeUndefined();
      const smaller = await rendition(`c.${extension}`, encode("100k", "scale=256:144"));
      expect(mediaDifference(a, smaller, format)).toBe("256x144 instead of 426x240");
      const quiet = await rendition(`d.${extension}`, [
        ...encode("100k").slice(0, -8),
        "-c:v",
        "libx264",
        "-c:a",
        "aac",
        "-af",
        "volume=0.2",
        "-vf",
        "scale=426:240",
      ]);
      expect(mediaDifference(a, quiet, format)).toContain("audio packets");
      const mute = await rendition(`e.${extension}`, [...encode("100k"), "-an"]);
      expect(mediaDifference(a, mute, format)).toContain("audio packets");
    },
  );
});

it("says once that there is no ffmpeg, and samples nothing", async () => {
  const warned: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message: string) => warned.push(message) };
  const absent = new FfmpegPictureSampler({ ffmpegPath: join(folder, "nowhere") }, { clock: systemClock(), logger });
  for (let i = 0; i < 3; i++) expect(await absent.sample(source, "mpegts", noSignal)).toBeUndefined();
  expect(warned).toEqual(["pictures of results are not looked at, the other checks stay"]);
});

it("decodes no more than it has room for, and shows nothing of what cannot be decoded", async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => sampler.sample(source, "mpegts", noSignal)));
  expect(all.filter((one) => one === undefined)).toHaveLength(2);
  expect((await sampler.sample(new Uint8Array(5000).fill(7), "mpegts", noSignal))?.pictures).toEqual([]);
});
