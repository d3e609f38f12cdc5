import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyOf, concatBytes, LpError, silentLogger, type Tasks } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MediaSegment } from "../segments/media-segment.ts";
import { type CollectingSink, createCollectingSink } from "../testing/collecting-sink.ts";
import { ffmpeg, makeCounterClip, readCounters } from "../testing/counter-clip.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { publishClip } from "./clip-publisher.ts";
import { FfmpegRtmpOutlet } from "./ffmpeg-rtmp-outlet.ts";
import { FfmpegRtmpPuller } from "./ffmpeg-rtmp-puller.ts";
import { type RtmpServer, startRtmpServer } from "./rtmp-server.ts";

const hasFfmpeg = await requireFfmpeg();
const size = { width: 320, height: 180 };

let folder: string;
let clip: string;
let tasks: Tasks;
let sink: CollectingSink;
let server: RtmpServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-rtmp-relay-"));
  clip = join(folder, "clip.mp4");
  if (hasFfmpeg) await makeCounterClip({ path: clip, ...size, fps: 25, seconds: 6, bitrateBps: 300_000 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  tasks = createTasks("test", silentLogger);
  sink = createCollectingSink(({ url }) => {
    if (url.includes("refused")) throw new LpError({ code: "access_denied", message: "not you" });
  });
  const deps = { clock: systemClock(), random: systemRandom(), logger: silentLogger, tasks };
  server = await startRtmpServer(
    { host: "127.0.0.1", port: 0 },
    { ...deps, sink: { ...sink, pull: async () => "stream-1" } },
  );
});
afterEach(async () => {
  await server.stop();
  await tasks.stop();
});

/** The numbers of the frames, as the pictures show them. */
async function countersIn(segments: readonly MediaSegment[]): Promise<number[]> {
  const path = join(folder, "segments.ts");
  await writeFile(path, concatBytes(...segments.map(({ bytes }) => bytes)));
  return readCounters(path, size);
}
const never = () => new AbortController().signal;

describe.skipIf(!hasFfmpeg)("video that goes on to an RTMP server", () => {
  const outlet = () =>
    new FfmpegRtmpOutlet({
      async locate(host) {
        if (host !== "media.example") throw new LpError({ code: "egress_refused", message: "inside" });
        return "127.0.0.1";
      },
    });

  it("arrives frame by frame at the checked address, under the name that the client wrote", async () => {
    const ts = join(folder, "out.ts");
    await ffmpeg(["-v", "error", "-i", clip, "-c", "copy", ts]);
    const url = `rtmp://media.example:${server.port}/live/key`;
    await outlet().check(url);
    await outlet().push(url, bodyOf(await readFile(ts)), never());
    const [stream] = sink.streams;
    expect(await stream?.ended).toBe("the publisher ended the stream");
    expect(stream?.request.url).toBe(url);
    const counters = await countersIn((stream?.segments ?? []).map(({ segment }) => segment));
    expect(counters).toEqual(Array.from({ length: 150 }, (_, i) => i));
  });

  it("fails with what the server says, without the key in it", async () => {
    const url = `rtmp://media.example:${server.port}/refused/secret`;
    const push = outlet().push(url, bodyOf(await readFile(clip)), never());
    const error = (await push.catch((reason: unknown) => reason)) as LpError;
    expect([error.code, error.message.includes("secret")]).toEqual(["outlet_failed", false]);
  });

  it("ends at once when it is called off", async () => {
    const stop = new AbortController();
    const stuck = (async function* () {
      yield new Uint8Array(188);
      stop.abort(new Error("called off"));
      await new Promise(() => {});
    })();
    const push = outlet().push(`rtmp://media.example:${server.port}/live/key`, stuck, stop.signal);
    await expect(push).rejects.toThrow("called off");
  });

  it.each([
    "rtmps://media.example/a/b",
    "http://media.example/a",
    "rtmp://media.example",
    "rtmp://inside/a",
    "x",
    "rtmp://media.example/a b",
  ])("goes not to %s", async (url) => {
    await expect(outlet().check(url)).rejects.toMatchObject({ code: "bad_outlet" });
  });
});

describe.skipIf(!hasFfmpeg)("video that is fetched from an RTMP server", () => {
  it("comes in segments, frame by frame, until it is called off", async () => {
    const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${server.port}/live/a` });
    const stop = new AbortController();
    const segments: MediaSegment[] = [];
    await sink.waitForSegments(1);
    const pulled = new FfmpegRtmpPuller().pull(
      `rtmp://127.0.0.1:${server.port}/live/a`,
      async (segment, info) => {
        expect(info).toEqual(size);
        segments.push(segment);
        if (segments.length === 2) stop.abort(new Error("enough"));
      },
      stop.signal,
    );
    await expect(pulled).rejects.toThrow("enough");
    await publisher.stop();
    const counters = await countersIn(segments);
    const first = counters[0] as number;
    expect(counters.length).toBeGreaterThanOrEqual(100);
    expect(counters).toEqual(counters.map((_, i) => (first + i) % 150));
  }, 30_000);

  it("is refused with the reason where there is none", async () => {
    const url = `rtmp://127.0.0.1:${server.port}/live/nobody`;
    await expect(new FfmpegRtmpPuller().pull(url, async () => {}, never())).rejects.toMatchObject({
      code: "pull_failed",
    });
  });
});
