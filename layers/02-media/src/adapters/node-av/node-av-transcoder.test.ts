// The second engine, by the suite of the first, by what ffprobe sees in its files beside those of the first, and by what
// becomes of its processes.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, LpError } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TranscodeRequest, TranscoderBackend } from "../../ports/transcoder-backend.ts";
import { presetProfile, presetProfiles } from "../../profiles/presets.ts";
import type { VideoProfile } from "../../profiles/video-profile.ts";
import type { MediaSegment } from "../../segments/media-segment.ts";
import { childProcesses } from "../../testing/child-processes.ts";
import { ffmpeg, makeCounterClip, readCounters } from "../../testing/counter-clip.ts";
import { outsidePackets, ptsOf } from "../../testing/outside-packets.ts";
import { requireFfmpeg } from "../../testing/require-ffmpeg.ts";
import { requireNodeAv } from "../../testing/require-node-av.ts";
import { syntheticSegment } from "../../testing/synthetic-segment.ts";
import { describeTranscoderCompliance } from "../../testing/transcoder-compliance.ts";
import { createFfmpegTranscoder } from "../ffmpeg-transcoder.ts";
import { findNodeAv, type NodeAvInfo } from "./find-node-av.ts";
import { createNodeAvTranscoder, type NodeAvTranscoderOptions } from "./node-av-transcoder.ts";

const found = (await requireFfmpeg()) ? await requireNodeAv() : undefined;
// Without it everything below is skipped, and still read.
const library: Pick<NodeAvInfo, "entry"> = found ?? { entry: "" };
const ladder = presetProfiles("P240p30fps16x9,P144p30fps16x9");
const small = presetProfile("P144p30fps16x9") as VideoProfile;
const never = new AbortController().signal;

let folder = "";
let good: MediaSegment;
const backends: TranscoderBackend[] = [];

function makeBackend(options: Partial<NodeAvTranscoderOptions> = {}, clock: Clock = systemClock()): TranscoderBackend {
  // Longer than the product's: a busy machine is no defect.
  const settings = { preset: "ultrafast", minDeadlineMs: 120_000, ...options } as const;
  const backend = createNodeAvTranscoder({ library, ...settings }, { clock });
  backends.push(backend);
  return backend;
}

const segmentOf = (bytes: Uint8Array, container: "mpegts" | "mp4" = "mpegts"): MediaSegment => ({
  ...{ seqNo: 0, durationMs: 2000 },
  container,
  bytes,
});
const transcode = (backend: TranscoderBackend, segment: MediaSegment, sessionId = "test", signal = never) =>
  backend.transcode({ sessionId, segment, profiles: ladder }, signal);
const engines = () => childProcesses("node-av-child");

async function remade(name: string, args: readonly string[], from = "good.ts"): Promise<Uint8Array> {
  const path = join(folder, name);
  await ffmpeg(["-v", "error", "-y", "-copyts", "-i", join(folder, from), ...args, path]);
  return readFile(path);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-av-"));
  if (found === undefined) return;
  const path = join(folder, "good.ts");
  await makeCounterClip({ path, width: 320, height: 180, fps: 30, seconds: 2 });
  good = segmentOf(await readFile(path));
});
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(found === undefined)("the engine on node-av", () => {
  describeTranscoderCompliance({ describe, it }, "node-av", {
    create: () => createNodeAvTranscoder({ library, preset: "ultrafast" }, { clock: systemClock() }),
    segment: async () => good,
  });

  /** Times, keyframes and sound of each rendition, as ffprobe lists them. */
  async function listed(name: string, backend: TranscoderBackend, request: TranscodeRequest) {
    const { renditions } = await backend.transcode(request, never);
    const lists: unknown[] = [];
    for (const [index, { bytes, profile }] of renditions.entries()) {
      const path = join(folder, `${name}-${backend.name}-${index}.${profile.format === "mp4" ? "mp4" : "ts"}`);
      await writeFile(path, bytes);
      const packets = await outsidePackets(path);
      const keyframes = packets.filter(({ kind }) => kind === "video").sort((a, b) => a.pts - b.pts);
      lists.push({
        video: ptsOf(packets, "video"),
        audio: ptsOf(packets, "audio"),
        sound: packets.filter(({ kind }) => kind === "audio").map(({ hash }) => hash),
        keyframes: keyframes.flatMap(({ keyframe }, at) => (keyframe ? [at] : [])),
      });
    }
    return lists;
  }

  // One of each for all comparisons: what one request leaves behind must not show in the next.
  const settings = { preset: "ultrafast", minDeadlineMs: 120_000 } as const;
  const commandLine = createFfmpegTranscoder(settings, { clock: systemClock() });
  const libraries = createNodeAvTranscoder({ library, ...settings }, { clock: systemClock() });
  afterAll(() => Promise.all([commandLine.close(), libraries.close()]));

  const profile = (change: Partial<VideoProfile>) => [{ ...small, name: "changed", ...change }];
  type Change = Partial<TranscodeRequest>;
  it.each<[string, () => Promise<Change> | Change]>([
    ["a ladder", () => ({ profiles: ladder })],
    ["every frame of the source", () => ({ profiles: profile({ fps: 0 }) })],
    ["another rate off the grid", () => ({ profiles: profile({ fps: 25 }) })],
    ["fewer frames", () => ({ profiles: profile({ fps: 10 }) })],
    ["keyframes at a distance", () => ({ profiles: profile({ gopMs: 300 }) })],
    ["keyframes at a distance, every frame", () => ({ profiles: profile({ fps: 0, gopMs: 300 }) })],
    ["keyframes alone", () => ({ profiles: profile({ gopMs: -1 }) })],
    ["a movie file", () => ({ profiles: profile({ format: "mp4" }) })],
    ["HEVC", () => ({ profiles: profile({ codec: "hevc" }) })],
    ["HEVC in a movie file", () => ({ profiles: profile({ codec: "hevc", format: "mp4" }) })],
    ["VP9 in a movie file", () => ({ profiles: profile({ codec: "vp9", format: "mp4" }) })],
    ["constant quality", () => ({ profiles: profile({ quality: 30, encoderProfile: "main" }) })],
    ["a baseline stream", () => ({ profiles: profile({ encoderProfile: "baseline" }) })],
    ["a part of the segment", () => ({ profiles: ladder, clip: { fromMs: 500, toMs: 1500 } })],
    [
      "a segment without sound",
      async () => ({ segment: segmentOf(await remade("silent.ts", ["-map", "0:v", "-c", "copy"])) }),
    ],
    [
      "a movie file as the source",
      async () => ({ segment: segmentOf(await remade("source.mp4", ["-c", "copy"]), "mp4") }),
    ],
    [
      "one frame",
      async () => ({ segment: segmentOf(await remade("one.ts", ["-map", "0:v", "-frames:v", "1", "-c", "copy"])) }),
    ],
    [
      "a source of other colors",
      async () => ({
        segment: segmentOf(await remade("colors.ts", ["-c:v", "libx264", "-pix_fmt", "yuv444p10le", "-c:a", "copy"])),
      }),
    ],
    [
      "a truncated segment",
      () => ({ segment: segmentOf(good.bytes.subarray(0, Math.floor((good.bytes.length * 0.6) / 188) * 188 + 100)) }),
    ],
  ])("makes of %s what the command line makes of it", async (name, change) => {
    const request = { sessionId: "both", segment: good, profiles: profile({}), ...(await change()) };
    const key = name.replaceAll(/\W+/g, "-");
    expect(await listed(key, libraries, request)).toEqual(await listed(key, commandLine, request));
  });

  it("computes the signature that the command line computes, and says who made it", async () => {
    const request = {
      sessionId: "s",
      segment: good,
      profiles: ladder,
      calcPerceptualHash: true,
      metadata: "made by me",
    };
    const [ours, theirs] = [await libraries.transcode(request, never), await commandLine.transcode(request, never)];
    for (const [index, { perceptualHash, bytes }] of ours.renditions.entries()) {
      expect(perceptualHash?.length).toBeGreaterThan(100);
      expect(perceptualHash?.length).toBe(theirs.renditions[index]?.perceptualHash?.length);
      expect(Buffer.from(bytes).includes("made by me")).toBe(true);
    }
  });

  it("makes renditions of a segment whose times go back, as the command line does", async () => {
    const twice = segmentOf(Buffer.concat([good.bytes, good.bytes]));
    const request = { sessionId: "back", segment: twice, profiles: profile({ fps: 0 }) };
    for (const backend of [libraries, commandLine]) {
      const { renditions } = await backend.transcode(request, never);
      const path = join(folder, `twice-${backend.name}.ts`);
      await writeFile(path, renditions[0]?.bytes ?? new Uint8Array());
      const packets = await outsidePackets(path);
      for (const kind of ["video", "audio"] as const) {
        const times = packets.filter((packet) => packet.kind === kind).map(({ dts }) => dts);
        expect(times.length).toBeGreaterThan(100);
        expect(times.slice(1).every((dts, at) => dts > (times[at] ?? 0))).toBe(true);
      }
    }
  });

  it("shows every frame of the source when its picture changes its size", async () => {
    const halves: Uint8Array[] = [];
    for (const [index, height] of [360, 180].entries()) {
      const path = join(folder, `half-${index}.ts`);
      const extra = ["-output_ts_offset", String(1 + index)];
      await makeCounterClip({
        path,
        width: height === 360 ? 640 : 320,
        height,
        fps: 30,
        seconds: 1,
        audio: false,
        extra,
      });
      halves.push(await readFile(path));
    }
    const { renditions } = await transcode(makeBackend(), segmentOf(Buffer.concat(halves)));
    const path = join(folder, "mixed.ts");
    await writeFile(path, renditions[0]?.bytes ?? new Uint8Array());
    const half = Array.from({ length: 30 }, (_, at) => at);
    expect(await readCounters(path, ladder[0] as VideoProfile)).toEqual([...half, ...half]);
  });

  describe("refuses, in the protocol's words,", () => {
    it.each([
      ["pictures that cannot be decoded", () => syntheticSegment(), "Invalid data found when processing input"],
      ["a text", () => segmentOf(Buffer.from("hello")), "Invalid data found when processing input"],
    ])("%s", async (_, segment, message) => {
      const backend = makeBackend();
      await expect(transcode(backend, segment())).rejects.toMatchObject({ message });
      expect((await transcode(backend, good)).renditions.map(({ frameCount }) => frameCount)).toEqual([60, 60]);
    });
  });
});

describe.skipIf(found === undefined || process.platform !== "linux")("a process of the engine on node-av", () => {
  /** Waits until the engine has a process at work on its files; rejects when the work is over before. */
  async function atWork(workDir: string, outcome: Promise<unknown>): Promise<number> {
    let isOver = false;
    outcome
      .catch(() => {})
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      const [pid] = await engines();
      const [own = ""] = await readdir(workDir);
      const files = await readdir(join(workDir, own, "0")).catch(() => []);
      if (pid !== undefined && files.some((name) => name.startsWith("out"))) return pid;
      await sleep(5);
    }
    throw new Error("the work was over before it was seen");
  }

  /** Waits until no more than `count` processes are there. */
  async function left(count: number): Promise<void> {
    while ((await engines()).length > count) await sleep(5);
  }

  it("serves its session's segments one after the other, and goes with the session", async () => {
    const backend = makeBackend();
    await transcode(backend, good, "a");
    const first = await engines();
    expect(first).toHaveLength(1);
    await transcode(backend, good, "a");
    expect(await engines()).toEqual(first);
    await transcode(backend, good, "b");
    expect(await engines()).toHaveLength(2);
    await backend.endSession("a");
    await left(1);
    expect(await engines()).not.toContain(first[0]);
    await backend.close();
    expect(await engines()).toEqual([]);
  });
  it("keeps none of the node's secrets", async () => {
    process.env["LP_TEST_SECRET"] = "not for decoders";
    const backend = makeBackend();
    await transcode(backend, good);
    const [pid] = await engines();
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    expect(environment).not.toContain("not for decoders");
    expect(environment).toContain("MALLOC_TRIM_THRESHOLD_=0");
  });
  it("that crashes fails its segment alone; the next one has a new process", async () => {
    const workDir = await mkdtemp(join(folder, "crash-"));
    const backend = makeBackend({ workDir, preset: "slower" });
    const outcome = transcode(backend, good);
    const crashed = expect(outcome).rejects.toMatchObject({
      message: "Invalid data found when processing input",
      retryable: true,
      details: { exitCode: "killed" },
    });
    const pid = await atWork(workDir, outcome);
    process.kill(pid, "SIGSEGV");
    await crashed;
    expect((await transcode(backend, good)).renditions[0]?.frameCount).toBe(60);
    expect(await engines()).not.toContain(pid);
  });
  it("is killed when the caller calls off, and leaves nothing behind", async () => {
    const workDir = await mkdtemp(join(folder, "work-"));
    const backend = makeBackend({ workDir, preset: "slower" });
    const caller = new AbortController();
    const reason = new LpError({ code: "called_off", message: "called off" });
    const outcome = transcode(backend, good, "a", caller.signal);
    await atWork(workDir, outcome);
    caller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect(await engines()).toEqual([]);
    const [own] = await readdir(workDir);
    expect(await readdir(join(workDir, own ?? ""))).toEqual([]);
  });
  it("is killed at its deadline when it hangs, and delays no other segment of its session", async () => {
    const asked: number[] = [];
    const due: AbortController[] = [];
    const clock: Clock = {
      ...systemClock(),
      deadline: (ms, parent) => {
        asked.push(ms);
        const own = new AbortController();
        due.push(own);
        const signals = parent === undefined ? [own.signal] : [own.signal, parent];
        return { signal: AbortSignal.any(signals), clear: () => undefined };
      },
    };
    const workDir = await mkdtemp(join(folder, "hang-"));
    const backend = makeBackend({ workDir, preset: "slower", minDeadlineMs: 10_000 }, clock);
    const outcome = transcode(backend, good);
    const hung = expect(outcome).rejects.toMatchObject({ code: "node_av_deadline", retryable: true });
    const pid = await atWork(workDir, outcome);
    process.kill(pid, "SIGSTOP");
    expect((await transcode(backend, { ...good, durationMs: 6000 })).renditions[0]?.frameCount).toBe(60);
    expect(asked.slice(0, 2)).toEqual([10_000, 24_000]);
    due[0]?.abort();
    await hung;
    expect(await engines()).not.toContain(pid);
  });
  it("is replaced when it has grown, and after its last segment", async () => {
    for (const options of [{ maxKeptBytes: 1 }, { maxSegmentsPerProcess: 1 }]) {
      await transcode(makeBackend(options), good);
      await left(0);
    }
  });
  it("waits with few others: the one that waited longest goes", async () => {
    const backend = makeBackend({ maxIdleProcesses: 2 });
    const seen: number[] = [];
    for (const session of ["a", "b", "c"]) {
      await transcode(backend, good, session);
      for (const pid of await engines()) if (!seen.includes(pid)) seen.push(pid);
    }
    await left(2);
    expect(await engines()).toEqual(seen.slice(1));
  });
  it("gives its memory back after each segment", async () => {
    const backend = makeBackend();
    const rssKib = async () => {
      const [pid] = await engines();
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    };
    for (let i = 0; i < 3; i++) await transcode(backend, good);
    const before = await rssKib();
    for (let i = 0; i < 12; i++) await transcode(backend, good);
    expect(await rssKib()).toBeLessThan(before + 64 * 1024);
  });
  it("may not take more memory than it is given", async () => {
    await expect(transcode(makeBackend({ maxMemoryBytes: 256 << 20 }), good)).rejects.toMatchObject({
      code: expect.stringMatching(
        /^(transcoder_no_(memory|resource)|transcoder_library_failed|transcoder_invalid_data|node_av_start)$/,
      ),
      retryable: true,
    });
  });
});

describe("an installation of node-av", () => {
  it("that is missing is named with the command that makes it", async () => {
    const empty = await mkdtemp(join(folder, "empty-"));
    await expect(findNodeAv(empty, systemClock(), never)).rejects.toMatchObject({
      code: "node_av_unusable",
      message: expect.stringContaining(`it is not installed in ${empty}. `),
    });
  });
  it.skipIf(process.platform !== "linux" || process.arch !== "x64")("is made by one npm command", async () => {
    await expect(findNodeAv("/opt/x", systemClock(), never)).rejects.toThrow(
      "npm install --prefix /opt/x --ignore-scripts --omit=optional node-av@6.1.1 @seydx/node-av-linux-x64@6.1.1",
    );
  });
});
