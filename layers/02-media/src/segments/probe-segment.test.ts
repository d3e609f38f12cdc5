import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ffmpeg, makeCounterClip } from "../testing/counter-clip.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { syntheticSegment } from "../testing/synthetic-segment.ts";
import { countRendition } from "./count-rendition.ts";
import { probeSegment } from "./probe-segment.ts";

const hasFfmpeg = await requireFfmpeg();

describe("probe of any bytes", () => {
  const containers = fc.constantFrom("mpegts" as const, "mp4" as const);
  it("never throws on noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), containers, (bytes, container) => {
        const probe = probeSegment(bytes, container);
        expect(probe.videoPts).toHaveLength(probe.videoFrameCount);
      }),
      { numRuns: 300 },
    );
  });
  it("never throws on damaged transport streams", () => {
    const { bytes } = syntheticSegment({ sizeBytes: 20_000 });
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 60 });
    fc.assert(
      fc.property(damage, fc.nat(bytes.length), fc.nat(400), (hits, end, start) => {
        const broken = bytes.slice();
        for (const [at, value] of hits) broken[at] = value;
        const probe = probeSegment(broken.subarray(start, end), "mpegts");
        expect(probe.videoPts).toHaveLength(probe.videoFrameCount);
      }),
      { numRuns: 300 },
    );
  });
  it("calls zeros, nothing and a lone packet unreadable or without streams", () => {
    expect(probeSegment(new Uint8Array(16 << 20), "mpegts").status).toBe("unreadable");
    expect(probeSegment(new Uint8Array(0), "mpegts").status).toBe("unreadable");
    expect(probeSegment(syntheticSegment().bytes.subarray(0, 188), "mpegts").status).toBe("unreadable");
    const mp4 = Uint8Array.from([0, 0, 0, 8, ...Buffer.from("ftyp"), 0, 0, 0, 8, ...Buffer.from("moov")]);
    expect(probeSegment(mp4, "mp4").status).toBe("no-streams");
  });
  it("takes a stream announced but empty for what it is", () => {
    const { bytes } = syntheticSegment({ pts: [] });
    expect(probeSegment(bytes, "mpegts")).toMatchObject({
      status: "ok",
      videoCodec: "h264",
      videoFrameCount: 0,
      width: 0,
    });
  });
});

describe.skipIf(!hasFfmpeg)("probe of what ffmpeg writes", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "probe-"));
    await makeCounterClip({ path: join(folder, "a.ts"), width: 640, height: 360, fps: 30, seconds: 2 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function made(name: string, args: readonly string[]): Promise<Uint8Array> {
    const path = join(folder, name);
    await ffmpeg(["-v", "error", "-i", join(folder, "a.ts"), ...args, path]);
    return readFile(path);
  }

  it("reads a segment as ffprobe does", async () => {
    const bytes = await readFile(join(folder, "a.ts"));
    const probe = probeSegment(bytes, "mpegts");
    expect(probe).toMatchObject({
      status: "ok",
      videoCodec: "h264",
      audioCodec: "aac",
      width: 640,
      height: 360,
      chroma: 0,
      colorDepthMinus8: 0,
      videoFrameCount: 60,
      keyframeCount: 1,
    });
    const first = probe.firstPts ?? 0;
    expect(probe.videoPts).toEqual(Array.from({ length: 60 }, (_, index) => first + index * 3000));
    expect(countRendition(bytes, "mpegts")).toEqual({
      frameCount: 60,
      width: 640,
      height: 360,
      pixelCount: 13_824_000,
    });
  });
  it.each([
    [
      "MP4",
      "b.mp4",
      ["-c", "copy"],
      { videoCodec: "h264", audioCodec: "aac", width: 640, height: 360, keyframeCount: 1 },
    ],
    [
      "fragmented MP4",
      "f.mp4",
      ["-c", "copy", "-bsf:a", "aac_adtstoasc", "-movflags", "frag_keyframe+empty_moov"],
      { videoCodec: "h264", keyframeCount: 1 },
    ],
    [
      "HEVC 4:2:2 in 10 bits",
      "h.ts",
      [
        "-c:v",
        "libx265",
        "-x265-params",
        "log-level=error",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv422p10le",
        "-c:a",
        "copy",
      ],
      { videoCodec: "hevc", chroma: 1, colorDepthMinus8: 2 },
    ],
    [
      "H.264 4:4:4 with odd sides",
      "o.ts",
      ["-vf", "scale=321:181", "-pix_fmt", "yuv444p", "-c:v", "libx264", "-preset", "ultrafast", "-an"],
      { width: 321, height: 181, chroma: 2, audioCodec: "" },
    ],
    [
      "MPEG-4 part 2 in MP4, which nobody takes",
      "m.mp4",
      ["-c:v", "mpeg4", "-an"],
      { status: "ok", videoCodec: "other", foreignCodec: "mpeg4" },
    ],
    [
      "interlaced H.264",
      "i.ts",
      [
        "-vf",
        "scale=640:480",
        "-flags",
        "+ilme+ildct",
        "-x264opts",
        "interlaced",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-an",
      ],
      { width: 640, height: 480 },
    ],
    [
      "VP9 in MP4",
      "v.mp4",
      ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-an"],
      { videoCodec: "vp9", width: 640 },
    ],
    [
      "MPEG-2",
      "m.ts",
      ["-c:v", "mpeg2video", "-c:a", "mp2"],
      { videoCodec: "other", foreignCodec: "mpeg2video", audioCodec: "mp3", videoFrameCount: 0 },
    ],
    [
      "audio alone",
      "s.ts",
      ["-map", "0:a", "-c", "copy"],
      { status: "ok", videoCodec: "", audioCodec: "aac", videoFrameCount: 0 },
    ],
  ] as const)("reads %s", async (_, name, args, expected) => {
    const probe = probeSegment(await made(name, args), "mpegts");
    expect(probe).toMatchObject({
      status: "ok",
      ...("videoFrameCount" in expected ? {} : { videoFrameCount: 60 }),
      ...expected,
    });
  });
  it("asks to bypass a video track without frames beside audio", async () => {
    const bytes = await made("z.ts", ["-vf", "fps=fps=1/100000", "-c:v", "libx264", "-c:a", "copy"]);
    expect(probeSegment(bytes, "mpegts")).toMatchObject({
      status: "needs-bypass",
      videoCodec: "h264",
      audioCodec: "aac",
    });
  });
  it("finds no keyframe in a segment cut in the middle", async () => {
    const whole = await readFile(join(folder, "a.ts"));
    const middle = Math.floor(whole.length / 188 / 2) * 188;
    const probe = probeSegment(Buffer.concat([whole.subarray(0, 188 * 3), whole.subarray(middle)]), "mpegts");
    expect(probe.keyframeCount).toBe(0);
    expect(probe.videoFrameCount).toBeGreaterThan(10);
  });
});
