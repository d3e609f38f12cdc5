import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ffmpeg, makeCounterClip, readCounters } from "../testing/counter-clip.ts";
import { createFfmpegRemuxer } from "./ffmpeg-remuxer.ts";

const size = { width: 320, height: 180 };
const signal = new AbortController().signal;
let folder: string;
let stream: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-remux-"));
  const [clip, ts] = [join(folder, "clip.mp4"), join(folder, "clip.ts")];
  await makeCounterClip({ ...size, path: clip, fps: 25, seconds: 2, bitrateBps: 200_000 });
  await ffmpeg(["-v", "error", "-i", clip, "-c", "copy", "-f", "mpegts", ts]);
  stream = new Uint8Array(await readFile(ts));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function made(input: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of createFfmpegRemuxer(systemClock())(input, signal)) parts.push(piece);
  const file = join(folder, "made.mp4");
  await writeFile(file, Buffer.concat(parts));
  return file;
}

it("keeps every frame, also where another session's time begins anew", async () => {
  const counters = Array.from({ length: 50 }, (_, i) => i);
  expect(await readCounters(await made(pieces(stream, stream)), size)).toEqual([...counters, ...counters]);
});

it("says what is wrong with bytes that are no media", async () => {
  await expect(made(pieces(new Uint8Array(100_000)))).rejects.toMatchObject({ code: "ffmpeg_failed" });
});

it("says that ffmpeg is not there", async () => {
  const remux = createFfmpegRemuxer(systemClock(), { ffmpegPath: join(folder, "none") });
  const first = remux(pieces(stream), signal)[Symbol.asyncIterator]().next();
  await expect(first).rejects.toMatchObject({ code: "ffmpeg_start" });
});

it("frees its input when it is given up", async () => {
  let isFreed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield stream;
    } finally {
      isFreed = true;
    }
  }
  for await (const _piece of createFfmpegRemuxer(systemClock())(endless(), signal)) break;
  expect(isFreed).toBe(true);
});
