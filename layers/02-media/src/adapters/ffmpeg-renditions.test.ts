// Renditions judged from outside: decoded by ffmpeg, listed by ffprobe, never by our own counters.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TranscoderBackend } from "../ports/transcoder-backend.ts";
import { presetProfile, presetProfiles } from "../profiles/presets.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { ffmpeg, makeCounterClip, readCounters, ssimTo } from "../testing/counter-clip.ts";
import { cutClip } from "../testing/cut-clip.ts";
import { type OutsidePacket, outsidePackets, ptsOf } from "../testing/outside-packets.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { requireNodeAv } from "../testing/require-node-av.ts";
import { createFfmpegTranscoder } from "./ffmpeg-transcoder.ts";
import { createNodeAvTranscoder } from "./node-av/node-av-transcoder.ts";

const hasFfmpeg = await requireFfmpeg();
const library = await requireNodeAv();
type Engine = { readonly name: string; readonly create: () => TranscoderBackend };
const settings = { preset: "veryfast" } as const;
const engines: Engine[] = [
  { name: "ffmpeg", create: () => createFfmpegTranscoder(settings, { clock: systemClock() }) },
  ...(library === undefined
    ? []
    : [{ name: "node-av", create: () => createNodeAvTranscoder({ library, ...settings }, { clock: systemClock() }) }]),
];
const ladder = presetProfiles("P360p30fps16x9,P240p30fps16x9");
const frames = 240;

type Transcoded = { readonly profile: VideoProfile; readonly parts: readonly string[]; readonly joined: string };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "renditions-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function save(name: string, segments: readonly Uint8Array[]): Promise<{ parts: string[]; joined: string }> {
  const parts = segments.map((_, index) => join(folder, `${name}-${index}.ts`));
  for (const [index, path] of parts.entries()) await writeFile(path, segments[index] as Uint8Array);
  const joined = join(folder, `${name}.ts`);
  await writeFile(joined, Buffer.concat(segments));
  return { parts, joined };
}

async function transcodeAll(engine: Engine, segments: readonly MediaSegment[], profiles: readonly VideoProfile[]) {
  const backend = engine.create();
  const bytes: Uint8Array[][] = profiles.map(() => []);
  try {
    for (const segment of segments) {
      const request = { sessionId: "counted", segment, profiles };
      const { renditions } = await backend.transcode(request, new AbortController().signal);
      for (const [index, rendition] of renditions.entries()) bytes[index]?.push(rendition.bytes);
    }
  } finally {
    await backend.close();
  }
  const saved: Transcoded[] = [];
  for (const [index, profile] of profiles.entries())
    saved.push({ profile, ...(await save(`${engine.name}-${profile.name}`, bytes[index] ?? [])) });
  return saved;
}

const steps = (times: readonly number[]) => new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0)));
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe.skipIf(!hasFfmpeg).each(engines)("four segments of one stream, transcoded one by one by $name", (engine) => {
  let source: { parts: string[]; joined: string };
  let renditions: Transcoded[] = [];
  const packets = new Map<string, OutsidePacket[]>();

  beforeAll(async () => {
    const clip = join(folder, "counter.mp4");
    await makeCounterClip({ path: clip, width: 1280, height: 720, fps: 30, seconds: frames / 30 });
    const segments = await cutClip({ path: clip });
    source = await save(
      "source",
      segments.map((segment) => segment.bytes),
    );
    renditions = await transcodeAll(engine, segments, ladder);
    for (const path of [source, ...renditions].flatMap(({ parts, joined }) => [...parts, joined]))
      packets.set(path, await outsidePackets(path));
  });
  const packetsOf = (path: string) => packets.get(path) ?? [];

  it("show every frame of the source once and in order, decoded as one stream without a complaint", async () => {
    expect(source.parts).toHaveLength(4);
    for (const { profile, joined } of renditions) {
      expect(await readCounters(joined, profile)).toEqual(numbers(frames));
      const { stderr } = await ffmpeg(["-v", "error", "-i", joined, "-f", "null", "-"]);
      expect(stderr).toBe("");
    }
  });
  it("keep the source's times exactly, segment by segment and across the joints", () => {
    for (const { parts, joined } of renditions) {
      for (const [index, part] of parts.entries()) {
        const from = packetsOf(source.parts[index] as string);
        expect(ptsOf(packetsOf(part), "video")).toEqual(ptsOf(from, "video"));
        expect(ptsOf(packetsOf(part), "audio")).toEqual(ptsOf(from, "audio"));
      }
      expect(steps(ptsOf(packetsOf(joined), "video"))).toEqual(new Set([3000]));
      expect(steps(ptsOf(packetsOf(joined), "audio"))).toEqual(new Set([1920]));
      const dts = packetsOf(joined).filter(({ kind }) => kind === "video");
      for (const step of steps(dts.map((packet) => packet.dts))) expect(step).toBeGreaterThan(0);
    }
  });
  it("start each with one keyframe", () => {
    for (const { parts } of renditions)
      for (const part of parts) {
        const video = packetsOf(part).filter(({ kind }) => kind === "video");
        expect(video.map(({ keyframe }) => keyframe)).toEqual(numbers(60).map((index) => index === 0));
      }
  });
  it("carry the source's sound, byte for byte", () => {
    const sound = (path: string) =>
      packetsOf(path)
        .filter(({ kind }) => kind === "audio")
        .map(({ hash }) => hash);
    expect(sound(source.joined).length).toBeGreaterThan(370);
    for (const { joined } of renditions) expect(sound(joined)).toEqual(sound(source.joined));
  });
  it("have the ladder's sizes and bitrates", async () => {
    for (const { profile, joined } of renditions) {
      const { stderr } = await ffmpeg(["-v", "info", "-i", joined, "-map", "0:v", "-c", "copy", "-f", "null", "-"]);
      expect(stderr).toMatch(new RegExp(`Video: h264 .*, ${profile.width}x${profile.height}[ ,]`));
      const video = packetsOf(joined).filter(({ kind }) => kind === "video");
      const bits = video.reduce((sum, packet) => sum + packet.sizeBytes * 8, 0);
      const share = bits / (frames / 30) / profile.bitrateBps;
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    }
  });
  it("look like the scaled source", async () => {
    for (const { profile, joined } of renditions)
      expect(await ssimTo(joined, source.joined, profile)).toBeGreaterThan(0.9);
  });
  it("would be found out: lost and repeated frames, a copy of the source, another picture", async () => {
    const [first, second] = renditions as [Transcoded, Transcoded];
    const spoiled = async (name: string, filter: string) => {
      const path = join(folder, name);
      await ffmpeg(["-v", "error", "-i", first.parts[0] as string, "-vf", filter, "-c:v", "libx264", "-an", path]);
      return readCounters(path, first.profile);
    };
    expect(await spoiled("lost.ts", "select='not(eq(n,30))',setpts=N*3000")).toEqual(
      numbers(60).filter((index) => index !== 30),
    );
    const repeated = await spoiled("repeated.ts", "loop=loop=1:size=1:start=30,setpts=N*3000");
    expect([repeated.length, new Set(repeated).size]).toEqual([61, 60]);
    // A copy keeps the size of the source, so neither counter nor similarity can be read at the rendition's size.
    expect(await readCounters(source.parts[0] as string, first.profile)).not.toEqual(numbers(60));
    await expect(ssimTo(source.joined, source.joined, first.profile)).rejects.toThrow();
    const still = join(folder, "still.ts");
    const size = `${second.profile.width}x${second.profile.height}`;
    await ffmpeg(["-v", "error", "-f", "lavfi", "-i", `color=gray:s=${size}:r=30:d=2`, "-c:v", "libx264", still]);
    expect(await ssimTo(still, source.parts[0] as string, second.profile)).toBeLessThan(0.9);
  });
});

describe.skipIf(!hasFfmpeg).each(engines)("the committed clip at another frame rate by $name", (engine) => {
  it("comes out on one even grid across the joints, at the source's first time", async () => {
    const segments = await cutClip({ path: new URL("../../assets/bunny-720p.mp4", import.meta.url).pathname });
    expect(segments).toHaveLength(4);
    const profile = presetProfile("P240p30fps16x9") as VideoProfile;
    const [rendition] = await transcodeAll(engine, segments, [{ ...profile, name: "even" }]);
    const [first] = ptsOf(
      await outsidePackets((await save("bunny", [segments[0]?.bytes as Uint8Array])).joined),
      "video",
    );
    const times = ptsOf(await outsidePackets(rendition?.joined as string), "video");
    expect(times).toEqual(numbers(240).map((index) => (first ?? 0) + index * 3000));
  });
});
