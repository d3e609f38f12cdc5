// No device is needed here. The engine, its processes, files and counts are real; a scripted ffmpeg takes the hardware's
// words and works in software. That a device understands those words is what the operator's self-test shows.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, silentLogger } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TranscodeRequest, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { presetProfiles } from "../profiles/presets.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { ffmpeg, makeCounterClip, readCounters } from "../testing/counter-clip.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { type ScriptedFfmpeg, scriptedHardwareFfmpeg } from "../testing/scripted-hardware-ffmpeg.ts";
import { describeTranscoderCompliance } from "../testing/transcoder-compliance.ts";
import { DevicePool, type DevicePoolOptions, type PooledDevice } from "../transcode/hardware/device-pool.ts";
import type { HardwareKind } from "../transcode/hardware/hardware-spec.ts";
import { createFfmpegTranscoder } from "./ffmpeg-transcoder.ts";

const hasFfmpeg = await requireFfmpeg();
const ladder = presetProfiles("P360p30fps16x9,P240p30fps16x9");
const never = new AbortController().signal;

let folder = "";
let scripted: ScriptedFfmpeg;
let good: MediaSegment;
const backends: TranscoderBackend[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hardware-"));
  scripted = await scriptedHardwareFfmpeg(join(folder, "bin"));
  if (!hasFfmpeg) return;
  const path = join(folder, "good.ts");
  await makeCounterClip({ path, width: 640, height: 360, fps: 30, seconds: 2 });
  good = { seqNo: 0, durationMs: 2000, container: "mpegts", bytes: await readFile(path) };
});
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
  await scripted.calls();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function deviceOf(kind: HardwareKind, id: string, encodeSessions = 8): PooledDevice {
  return { kind, id, encodeSessions, decodes: new Set(["h264"]) };
}

function makeBackend(
  devices: readonly PooledDevice[],
  options: Partial<DevicePoolOptions> = {},
  clock = systemClock(),
) {
  const pool = new DevicePool({ ...options, devices }, { clock, logger: silentLogger });
  const backend = createFfmpegTranscoder({ ffmpegPath: scripted.path }, { clock, lanes: pool });
  backends.push(backend);
  return { backend, pool };
}

function run(backend: TranscoderBackend, sessionId: string, change: Partial<TranscodeRequest> = {}) {
  return backend.transcode({ sessionId, segment: good, profiles: ladder, ...change }, never);
}

/** Real time, and as much more as was skipped. */
function skippingClock(): { clock: Clock; skip: (ms: number) => void } {
  const real = systemClock();
  let skipped = 0;
  return {
    clock: { ...real, mono: () => real.mono() + skipped },
    skip: (ms) => {
      skipped += ms;
    },
  };
}

describe.skipIf(!hasFfmpeg)("the engine on devices", () => {
  for (const [kind, id] of [
    ["nvidia", "0"],
    ["vaapi", "/dev/dri/renderD128"],
  ] as const) {
    describeTranscoderCompliance({ describe, it }, `ffmpeg with ${kind}`, {
      create: () => makeBackend([deviceOf(kind, id)]).backend,
      segment: async () => good,
    });
  }

  it.each<[HardwareKind, string, string]>([
    ["nvidia", "1", "1 device 2"],
    ["vaapi", "/dev/dri/renderD129", "renderD129 device 2"],
    ["qsv", "/dev/dri/renderD129", "renderD129 device 2"],
    ["amf", "0", "d3d11va=hw:0 device 2"],
    ["videotoolbox", "0", "device 2"],
  ])("shows every frame of a segment that went through %s", async (kind, id, call) => {
    const { renditions } = await run(makeBackend([deviceOf(kind, id)]).backend, "counted");
    expect((await scripted.calls()).map((line) => line.trim())).toEqual([call]);
    const path = join(folder, `${kind}.ts`);
    await writeFile(path, renditions[0]?.bytes ?? "");
    expect(await readCounters(path, { width: 640, height: 360 })).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it("decodes in memory what the decoder is not built for, was not seen to read, or changes midway", async () => {
    const { backend } = makeBackend([deviceOf("nvidia", "0")]);
    const source = join(folder, "good.ts");
    const made = async (name: string, args: readonly string[]) => {
      const path = join(folder, name);
      await ffmpeg(["-v", "error", "-i", source, ...args, path]);
      return { ...good, bytes: await readFile(path) };
    };
    const deep = await made("deep.ts", ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]);
    const hevc = await made("hevc.ts", ["-c:v", "libx265", "-preset", "ultrafast"]);
    const small = await made("small.ts", ["-vf", "scale=320:240", "-c:v", "libx264", "-preset", "ultrafast"]);
    const both = { ...good, bytes: Buffer.concat([good.bytes, small.bytes]) };
    for (const segment of [deep, hevc, both]) await run(backend, "odd", { segment });
    await run(backend, "plain");
    await run(backend, "signed", { calcPerceptualHash: true });
    expect(await scripted.calls()).toEqual(["0 memory 2", "0 memory 2", "0 memory 2", "0 device 2", "0 memory 2"]);
  });

  it("gives new sessions to the device with the least to do and keeps them there", async () => {
    const { backend, pool } = makeBackend([deviceOf("nvidia", "0"), deviceOf("nvidia", "1")]);
    const heavy = presetProfiles("P720p30fps16x9");
    await run(backend, "heavy", { profiles: heavy });
    for (const session of ["a", "b", "a", "heavy"])
      await run(backend, session, session === "heavy" ? { profiles: heavy } : {});
    expect(await scripted.calls()).toEqual(["0 device 1", "1 device 2", "1 device 2", "1 device 2", "0 device 1"]);
    expect(pool.loads().map(({ sessions }) => sessions)).toEqual([1, 2]);
    await backend.endSession("heavy");
    await run(backend, "c");
    expect(pool.loads().map(({ sessions }) => sessions)).toEqual([1, 2]);
  });

  it("moves a session whose device fails, within the segment, and serves it there from then on", async () => {
    const { backend } = makeBackend([deviceOf("nvidia", "0"), deviceOf("nvidia", "1")]);
    await scripted.set("crash-0");
    try {
      for (let segment = 0; segment < 2; segment++)
        expect((await run(backend, "moved")).renditions[0]?.frameCount).toBe(60);
      expect(await scripted.calls()).toEqual(["0 device 2", "1 device 2", "1 device 2"]);
    } finally {
      await scripted.set("crash-0", false);
    }
  });

  it("takes a device out that fails again and again, and tries it again later", async () => {
    const { clock, skip } = skippingClock();
    const { backend, pool } = makeBackend([deviceOf("nvidia", "0")], {}, clock);
    const outcome = () =>
      run(backend, "s").then(
        () => "served",
        (error: Error) => error.message,
      );
    await scripted.set("broken-0");
    try {
      for (let count = 0; count < 4; count++) expect(await outcome()).toBe("TranscoderInvalidHardware");
      expect(pool.loads()[0]?.rests).toBe(true);
      // A device at rest is not asked.
      await scripted.calls();
      expect(await outcome()).toBe("TranscoderInvalidHardware");
      expect(await scripted.calls()).toEqual([]);
      skip(31_000);
      expect(await outcome()).toBe("TranscoderInvalidHardware");
      skip(31_000);
      await scripted.calls();
      expect(await outcome()).toBe("TranscoderInvalidHardware");
      expect(await scripted.calls()).toEqual([]);
    } finally {
      await scripted.set("broken-0", false);
    }
    skip(61_000);
    expect(await outcome()).toBe("served");
    expect(pool.loads()[0]?.rests).toBe(false);
  });

  it("blames a device for crashes when more than one session sees them, not for one that crashes everything", async () => {
    const { backend, pool } = makeBackend([deviceOf("nvidia", "0")]);
    const outcome = (session: string) =>
      run(backend, session).then(
        () => "served",
        (error: Error) => error.message,
      );
    await scripted.set("crash-0");
    try {
      for (let count = 0; count < 5; count++) expect(await outcome("one")).toBe("TranscoderInvalidHardware");
      expect(pool.loads()[0]?.rests).toBe(false);
      for (let count = 0; count < 3; count++) expect(await outcome("two")).toBe("TranscoderInvalidHardware");
      expect(pool.loads()[0]?.rests).toBe(true);
    } finally {
      await scripted.set("crash-0", false);
    }
  });

  it("decodes a session in memory from then on when the device cannot read it", async () => {
    const { backend } = makeBackend([deviceOf("nvidia", "0")]);
    await scripted.set("without-decoder");
    try {
      for (let segment = 0; segment < 2; segment++)
        expect((await run(backend, "odd")).renditions[0]?.frameCount).toBe(60);
      expect(await scripted.calls()).toEqual(["0 device 2", "0 memory 2", "0 memory 2"]);
    } finally {
      await scripted.set("without-decoder", false);
    }
  });

  it("does not blame a device for a segment that nobody can decode", async () => {
    const { backend, pool } = makeBackend([deviceOf("nvidia", "0")], { maxFailures: 1 });
    const bytes = Uint8Array.from(good.bytes);
    // Keeps packets and headers; the pictures are noise.
    for (let packet = 40; packet * 188 < bytes.length; packet++)
      bytes.fill(0x55, packet * 188 + 12, packet * 188 + 188);
    await run(backend, "noise", { segment: { ...good, bytes } }).catch(() => undefined);
    expect((await scripted.calls()).length).toBeGreaterThan(0);
    expect(pool.loads()[0]?.rests).toBe(false);
  });

  it("refuses more renditions than a device encodes at once, and codecs it has no encoder for", async () => {
    const { backend } = makeBackend([deviceOf("nvidia", "0", 1)]);
    await expect(run(backend, "many")).rejects.toMatchObject({
      message: "TranscoderInvalidHardware",
      retryable: true,
      details: { why: "2 renditions at once, and no device encodes more than 1" },
    });
    const profiles = ladder.map((profile) => ({ ...profile, codec: "vp9", format: "mp4" }) as const);
    await expect(run(backend, "vp9", { profiles })).rejects.toMatchObject({ message: "Encoder not found" });
    expect(await scripted.calls()).toEqual([]);
  });
});
