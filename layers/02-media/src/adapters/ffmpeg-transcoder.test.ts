import { chmod, mkdtemp, readdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, LpError } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TranscodeOutcome, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { presetProfiles } from "../profiles/presets.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { ffmpeg, makeCounterClip, readCounters } from "../testing/counter-clip.ts";
import { outsidePackets, ptsOf } from "../testing/outside-packets.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { syntheticSegment } from "../testing/synthetic-segment.ts";
import { describeTranscoderCompliance } from "../testing/transcoder-compliance.ts";
import { createFfmpegTranscoder, type FfmpegTranscoderOptions } from "./ffmpeg-transcoder.ts";

const hasFfmpeg = await requireFfmpeg();
const ladder = presetProfiles("P360p30fps16x9,P240p30fps16x9");
const never = new AbortController().signal;

let folder = "";
let good: MediaSegment;
const backends: TranscoderBackend[] = [];

function makeBackend(options: FfmpegTranscoderOptions = {}, clock: Clock = systemClock()): TranscoderBackend {
  const backend = createFfmpegTranscoder({ preset: "ultrafast", ...options }, { clock });
  backends.push(backend);
  return backend;
}

const segmentOf = (bytes: Uint8Array): MediaSegment => ({ seqNo: 0, durationMs: 2000, container: "mpegts", bytes });
const transcode = (backend: TranscoderBackend, segment: MediaSegment, signal = never) =>
  backend.transcode({ sessionId: "test", segment, profiles: ladder }, signal);
const frameCounts = ({ renditions }: TranscodeOutcome) => renditions.map(({ frameCount }) => frameCount);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "transcoder-"));
  if (!hasFfmpeg) return;
  const path = join(folder, "good.ts");
  await makeCounterClip({ path, width: 640, height: 360, fps: 30, seconds: 2 });
  good = segmentOf(await readFile(path));
});
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!hasFfmpeg)("the engine on the ffmpeg command line", () => {
  describeTranscoderCompliance({ describe, it }, "ffmpeg", {
    create: () => createFfmpegTranscoder({ preset: "ultrafast" }, { clock: systemClock() }),
    segment: async () => good,
  });

  async function remade(name: string, args: readonly string[]): Promise<MediaSegment> {
    const path = join(folder, name);
    await ffmpeg(["-v", "error", "-i", join(folder, "good.ts"), ...args, path]);
    return segmentOf(await readFile(path));
  }

  async function written(name: string, bytes: Uint8Array | undefined): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes ?? new Uint8Array());
    return path;
  }

  describe("refuses, in the protocol's words,", () => {
    const cutInTheMiddle = () => {
      const middle = Math.floor(good.bytes.length / 188 / 2) * 188;
      return Buffer.concat([good.bytes.subarray(0, 3 * 188), good.bytes.subarray(middle)]);
    };
    it.each([
      ["a text", () => Buffer.from("hello"), "Invalid data found when processing input"],
      [
        "a playlist that names another file",
        () => Buffer.from(`#EXTM3U\n#EXTINF:2,\n${join(folder, "good.ts")}\n#EXT-X-ENDLIST\n`),
        "Invalid data found when processing input",
      ],
      ["zeros", () => new Uint8Array(1 << 20), "Invalid data found when processing input"],
      ["a head without a body", () => good.bytes.subarray(0, 188), "Invalid data found when processing input"],
      ["tables without a frame", () => good.bytes.subarray(0, 3 * 188), "TranscoderInvalidVideo"],
      ["a segment without a keyframe", cutInTheMiddle, "No keyframes in input"],
    ])("%s", async (_, bytes, message) => {
      await expect(transcode(makeBackend(), segmentOf(bytes()))).rejects.toMatchObject({ message });
    });
    it("sound without a picture", async () => {
      const sound = await remade("sound.ts", ["-map", "0:a", "-c", "copy"]);
      await expect(transcode(makeBackend(), sound)).rejects.toMatchObject({
        message: "TranscoderInvalidVideo",
        retryable: false,
      });
    });
    it("a codec nobody has to decode", async () => {
      const old = await remade("mpeg2.ts", ["-c:v", "mpeg2video", "-an"]);
      await expect(transcode(makeBackend(), old)).rejects.toMatchObject({ message: "Unsupported input codec" });
    });
    it("pictures that cannot be decoded", async () => {
      await expect(transcode(makeBackend(), syntheticSegment())).rejects.toMatchObject({
        message: "Invalid data found when processing input",
      });
    });
  });

  it("makes what it can of a truncated segment", async () => {
    const end = Math.floor((good.bytes.length * 0.6) / 188) * 188 + 100;
    const outcome = await transcode(makeBackend(), segmentOf(good.bytes.subarray(0, end)));
    const [first] = outcome.renditions;
    const path = await written("truncated.ts", first?.bytes);
    const counters = await readCounters(path, ladder[0] ?? { width: 0, height: 0 });
    expect(counters.length).toBeGreaterThan(20);
    expect(counters.length).toBeLessThan(60);
    expect(counters.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(frameCounts(outcome)[0]).toBe(counters.length);
  });
  it("works on when its folder could not be made at first, or was taken away", async () => {
    const workDir = join(folder, "blocked");
    await writeFile(workDir, "a file in the way");
    const backend = makeBackend({ workDir });
    await expect(transcode(backend, good)).rejects.toMatchObject({ code: "EEXIST" });
    await rm(workDir);
    expect(frameCounts(await transcode(backend, good))).toEqual([60, 60]);
    await rm(workDir, { recursive: true });
    expect(frameCounts(await transcode(backend, good))).toEqual([60, 60]);
  });
  it("transcodes a picture without sound", async () => {
    const silent = await remade("silent.ts", ["-map", "0:v", "-c", "copy"]);
    const outcome = await transcode(makeBackend(), silent);
    expect(frameCounts(outcome)).toEqual([60, 60]);
    const packets = await outsidePackets(await written("silent-out.ts", outcome.renditions[0]?.bytes));
    expect(packets.every(({ kind }) => kind === "video")).toBe(true);
  });
  it.each([
    ["of the same shape", 320, 180],
    ["of another shape", 320, 240],
  ])("keeps size, frames and times when the picture becomes one %s midway", async (_, width, height) => {
    const halves: Uint8Array[] = [];
    for (const [index, size] of [
      { width: 640, height: 360 },
      { width, height },
    ].entries()) {
      const path = join(folder, `half-${height}-${index}.ts`);
      const extra = ["-output_ts_offset", String(1 + index)];
      await makeCounterClip({ path, ...size, fps: 30, seconds: 1, audio: false, extra });
      halves.push(await readFile(path));
    }
    const mixed = Buffer.concat(halves);
    const outcome = await transcode(makeBackend(), segmentOf(mixed));
    const source = await written(`mixed-${height}.ts`, mixed);
    for (const [index, { bytes, profile }] of outcome.renditions.entries()) {
      const path = await written(`mixed-${height}-${index}.ts`, bytes);
      expect(ptsOf(await outsidePackets(path), "video")).toEqual(ptsOf(await outsidePackets(source), "video"));
      const counters = await readCounters(path, profile);
      expect(counters).toHaveLength(60);
      const half = Array.from({ length: 30 }, (_, at) => at);
      expect(counters.slice(0, 30)).toEqual(half);
      if (height === 180) expect(counters.slice(30)).toEqual(half);
    }
  });
});

describe.skipIf(!hasFfmpeg)("an ffmpeg process", () => {
  /** A program in ffmpeg's place that leaves its process id, and becomes ffmpeg or hangs: always, or the first time only. */
  async function standIn(
    does: "run" | "hang" | "hang once",
  ): Promise<{ ffmpegPath: string; started: Promise<number> }> {
    const own = await mkdtemp(join(folder, "stand-in-"));
    const ffmpegPath = join(own, "ffmpeg");
    const lines = [
      "#!/bin/sh",
      ...(does === "hang once" ? ['test -e "$0.hung" && exec ffmpeg "$@"', 'touch "$0.hung"'] : []),
      `echo $$ > "${own}/part" && mv "${own}/part" "${own}/pid"`,
      ...(does === "run" ? [] : ["kill -STOP $$"]),
      'exec ffmpeg "$@"',
    ];
    await writeFile(ffmpegPath, lines.join("\n"));
    await chmod(ffmpegPath, 0o755);
    const started = (async () => {
      for await (const event of watch(own)) {
        if (event.filename !== "pid") continue;
        return Number(await readFile(join(own, "pid"), "utf8"));
      }
      return Number.NaN;
    })();
    return { ffmpegPath, started };
  }
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  /** Real time, but deadlines pass when `pass` is called. */
  function clockWithDeadlines(): { clock: Clock; asked: number[]; pass: () => void } {
    const asked: number[] = [];
    let due = new AbortController();
    const deadline = (ms: number, parent?: AbortSignal) => {
      asked.push(ms);
      due = new AbortController();
      const signals = parent === undefined ? [due.signal] : [due.signal, parent];
      return { signal: AbortSignal.any(signals), clear: () => undefined };
    };
    return { clock: { ...systemClock(), deadline }, asked, pass: () => due.abort() };
  }

  it("is killed when the caller calls off, and leaves nothing behind", async () => {
    const { ffmpegPath, started } = await standIn("run");
    const workDir = await mkdtemp(join(folder, "work-"));
    const backend = makeBackend({ ffmpegPath, workDir, preset: "veryslow" });
    const caller = new AbortController();
    const reason = new LpError({ code: "called_off", message: "called off" });
    const outcome = expect(transcode(backend, good, caller.signal)).rejects.toBe(reason);
    const pid = await started;
    expect(isAlive(pid)).toBe(true);
    caller.abort(reason);
    await outcome;
    expect(isAlive(pid)).toBe(false);
    const [own] = await readdir(workDir);
    expect(await readdir(join(workDir, own ?? ""))).toEqual([]);
    await backend.close();
    expect(await readdir(workDir)).toEqual([]);
  });
  it("is killed at its deadline when it hangs, and the next segment is served", async () => {
    const { ffmpegPath, started } = await standIn("hang once");
    const { clock, asked, pass } = clockWithDeadlines();
    const backend = makeBackend({ ffmpegPath }, clock);
    const hung = expect(transcode(backend, good)).rejects.toMatchObject({ code: "ffmpeg_deadline", retryable: true });
    const pid = await started;
    expect(isAlive(pid)).toBe(true);
    pass();
    await hung;
    expect(isAlive(pid)).toBe(false);
    expect(frameCounts(await transcode(backend, good))).toEqual([60, 60]);
    await transcode(backend, { ...good, durationMs: 6000 });
    expect(asked).toEqual([10_000, 10_000, 24_000]);
  });
  it("is killed when the engine closes", async () => {
    const { ffmpegPath, started } = await standIn("hang");
    const backend = makeBackend({ ffmpegPath });
    const outcome = expect(transcode(backend, good)).rejects.toMatchObject({ message: "TranscoderStopped" });
    const pid = await started;
    await backend.close();
    await outcome;
    expect(isAlive(pid)).toBe(false);
  });
  it("that hangs delays no other segment", async () => {
    const { ffmpegPath, started } = await standIn("hang once");
    const backend = makeBackend({ ffmpegPath, minDeadlineMs: 100_000 });
    const caller = new AbortController();
    let isOver = false;
    const stuck = transcode(backend, good, caller.signal).catch((error: unknown) => {
      isOver = true;
      return error;
    });
    await started;
    for (let count = 0; count < 2; count++) expect(frameCounts(await transcode(backend, good))).toEqual([60, 60]);
    expect(isOver).toBe(false);
    caller.abort(new LpError({ code: "called_off", message: "called off" }));
    expect(await stuck).toMatchObject({ code: "called_off" });
  });
  it("is not waited for by a segment that cannot be transcoded", async () => {
    const { ffmpegPath, started } = await standIn("hang");
    const backend = makeBackend({ ffmpegPath, maxConcurrent: 1 });
    const caller = new AbortController();
    const stuck = transcode(backend, good, caller.signal).catch((error: unknown) => error);
    await started;
    await expect(transcode(backend, segmentOf(Buffer.from("noise")))).rejects.toThrow("Invalid data found");
    caller.abort();
    await stuck;
  });
  it("may not take more memory than it is given", async () => {
    const backend = makeBackend({ maxMemoryBytes: 300 << 20 });
    await expect(transcode(backend, good)).rejects.toMatchObject({
      // Where the limit is met depends on the build: its libraries, threads, frames.
      code: expect.stringMatching(/^(transcoder_no_(memory|resource)|transcoder_library_failed|ffmpeg_start)$/),
      retryable: true,
    });
  });
  it("that cannot be started is named", async () => {
    const ffmpegPath = join(folder, "no-such-ffmpeg");
    await expect(transcode(makeBackend({ ffmpegPath }), good)).rejects.toMatchObject({
      code: "ffmpeg_start",
      message: expect.stringContaining(ffmpegPath),
    });
  });
});
