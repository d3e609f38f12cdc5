import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LpError, silentLogger, type Tasks } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { probeSegment } from "../segments/probe-segment.ts";
import { scanSegment } from "../segments/scan-segment.ts";
import { type CollectedStream, type CollectingSink, createCollectingSink } from "../testing/collecting-sink.ts";
import { ffmpeg, makeCounterClip, readCounters } from "../testing/counter-clip.ts";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { aacFrameMessage, avcFrameMessage, avcHeaderMessage, RtmpTestClient } from "../testing/rtmp-client.ts";
import { h264SpsOf } from "../testing/synthetic-segment.ts";
import { rtmpMessage } from "../wire/rtmp.ts";
import { publishClip } from "./clip-publisher.ts";
import { type RtmpServer, type RtmpServerOptions, startRtmpServer } from "./rtmp-server.ts";

const hasFfmpeg = await requireFfmpeg();
/** A connect command on chunk stream 3 that says a lot, without its end. */
const longCommand = Uint8Array.of(
  3,
  0,
  0,
  0,
  0,
  0x60,
  0,
  20,
  0,
  0,
  0,
  0,
  2,
  0,
  7,
  ...Buffer.from("connect"),
  ...new Uint8Array(5000),
);
const header = avcHeaderMessage(h264SpsOf({ width: 640, height: 360 }));

let tasks: Tasks;
let sink: CollectingSink;
let server: RtmpServer;
let clients: RtmpTestClient[];

async function start(options: Partial<RtmpServerOptions> = {}, admit?: Parameters<typeof createCollectingSink>[0]) {
  sink = createCollectingSink(admit);
  const pull = async ({ url }: { url: string }) => {
    if (url.endsWith("/right")) return "stream-1";
    throw new LpError({ code: "no_such_stream", message: "its key is another one" });
  };
  const deps = { sink: { ...sink, pull }, clock: systemClock(), random: systemRandom(), logger: silentLogger, tasks };
  server = await startRtmpServer({ host: "127.0.0.1", port: 0, ...options }, deps);
}

/** Plays a stream with ffmpeg into a file; rejects with what ffmpeg says. */
const pull = (path: string, to: string) =>
  ffmpeg(["-v", "error", "-i", `rtmp://127.0.0.1:${server.port}/${path}`, "-c", "copy", "-frames:v", "60", to]);

async function client(): Promise<RtmpTestClient> {
  const made = await RtmpTestClient.connect(server.port);
  clients.push(made);
  return made;
}

function sendFrames(publisher: RtmpTestClient, fromMs: number, count: number, keyframeEvery: number): void {
  for (let index = 0; index < count; index++) {
    publisher.message(rtmpMessage.video, avcFrameMessage(index % keyframeEvery === 0), fromMs + index * 40);
  }
}

beforeEach(() => {
  tasks = createTasks("test", silentLogger);
  clients = [];
});
afterEach(async () => {
  for (const made of clients) made.close();
  await server.stop();
  await tasks.stop();
});

describe("publishers that behave", () => {
  it("are asked for with their whole URL and told that they are on", async () => {
    await start();
    const publisher = await client();
    publisher.publish("live", "key?token=1");
    expect(await publisher.status()).toMatchObject({ code: "NetStream.Publish.Start" });
    expect(sink.streams[0]?.request).toEqual({
      protocol: "rtmp",
      url: "rtmp://127.0.0.1/live/key?token=1",
      clientAddress: "127.0.0.1",
    });
  });
  it("deliver every whole segment and the last part when they end", async () => {
    await start();
    const publisher = await client();
    publisher.publish("live", "key");
    publisher.message(rtmpMessage.video, header);
    sendFrames(publisher, 0, 110, 50);
    publisher.command("deleteStream", 6, null, 1);
    const stream = await sink.waitForSegments(3);
    expect(await stream.ended).toBe("the publisher ended the stream");
    expect(stream.segments.map(({ segment }) => [segment.seqNo, segment.durationMs])).toEqual([
      [0, 2000],
      [1, 2000],
      [2, 400],
    ]);
  });
  it("may come in any number, each on its own", async () => {
    await start();
    const many = await Promise.all([client(), client(), client()]);
    for (const [index, publisher] of many.entries()) publisher.publish("live", `key${index}`);
    for (const publisher of many) expect(await publisher.status()).toMatchObject({ level: "status" });
    expect(sink.streams.map((stream) => stream.request.url).sort()).toEqual(
      [0, 1, 2].map((n) => `rtmp://127.0.0.1/live/key${n}`),
    );
  });
});

describe("publishers that are refused or sent away", () => {
  it("hear why a name is refused, and the first one on that name goes on", async () => {
    const taken = new Set<string>();
    await start({}, (request) => {
      if (taken.has(request.url))
        throw new LpError({ code: "name_taken", message: "this stream is already live: end it first" });
      taken.add(request.url);
    });
    const [first, second] = [await client(), await client()];
    first.publish("live", "key");
    expect(await first.status()).toMatchObject({ code: "NetStream.Publish.Start" });
    second.publish("live", "key");
    expect(await second.status()).toMatchObject({
      code: "NetStream.Publish.BadName",
      description: "this stream is already live: end it first",
    });
    await second.closed;
    first.message(rtmpMessage.video, header);
    sendFrames(first, 0, 60, 50);
    expect((await sink.waitForSegments(1)).segments).toHaveLength(1);
  });
  it("are disconnected with the sink's reason", async () => {
    await start();
    const publisher = await client();
    publisher.publish("live", "key");
    await publisher.status();
    sink.streams[0]?.kick(new LpError({ code: "deposit_empty", message: "the deposit is used up" }));
    const farewell = await publisher.waitFor((command) => JSON.stringify(command.values).includes("deposit"));
    expect(farewell?.values[3]).toMatchObject({ description: "the deposit is used up" });
    await publisher.closed;
    expect(await sink.streams[0]?.ended).toBe("the deposit is used up");
  });
});

describe("peers that misbehave", () => {
  const closes = async (options: Partial<RtmpServerOptions>, act: (peer: RtmpTestClient) => void | Promise<void>) => {
    await start(options);
    const peer = await client();
    await act(peer);
    await peer.closed;
  };
  const endsStream = async (
    options: Partial<RtmpServerOptions>,
    act: (peer: RtmpTestClient) => void,
  ): Promise<CollectedStream> => {
    await closes(options, async (peer) => {
      peer.publish("live", "key");
      await peer.status();
      act(peer);
    });
    const [stream] = sink.streams;
    if (stream === undefined) throw new Error("nothing was published");
    return stream;
  };

  it("are cut off for garbage", () => closes({}, (peer) => peer.raw(Buffer.from("GET / HTTP/1.1\r\n\r\n"))));
  it("are cut off for garbage after the handshake", () =>
    closes({}, (peer) => {
      peer.handshake();
      peer.raw(new Uint8Array(5000).fill(0xff));
    }));
  it("are cut off for half a handshake", () =>
    closes({ handshakeTimeoutMs: 60 }, (peer) => peer.raw(Uint8Array.of(3, 1, 2))));
  /** Sends `bytes` one by one, as slowly as keeps the connection busy, until the server has had enough. Returns how many went. */
  async function drip(peer: RtmpTestClient, bytes: Uint8Array): Promise<number> {
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < bytes.length) peer.raw(bytes.subarray(sent, ++sent));
    }, 5);
    await peer.closed;
    clearInterval(timer);
    return sent;
  }
  it.each<[string, Partial<RtmpServerOptions>, (peer: RtmpTestClient) => void, Uint8Array]>([
    ["their handshake", { handshakeTimeoutMs: 100 }, () => undefined, Uint8Array.of(3, ...new Uint8Array(3072))],
    ["their first command", { publishTimeoutMs: 100 }, (peer) => peer.handshake(), longCommand],
    [
      "a frame of their stream",
      { keyframeTimeoutMs: 60, segmentMs: 60 },
      (peer) => peer.publish("live", "key"),
      // the head of a video message of 1 MiB on chunk stream 4, and what never completes it
      Uint8Array.of(4, 0, 0, 0, 0x10, 0, 0, 9, 1, 0, 0, 0, ...new Uint8Array(5000)),
    ],
  ])("are cut off for dripping %s, however busy they look", async (_, options, begin, bytes) => {
    await start({ idleTimeoutMs: 60_000, ...options });
    const peer = await client();
    begin(peer);
    expect(await drip(peer, bytes)).toBeLessThan(bytes.length);
  });
  it("are cut off for saying nothing at all", () => closes({ handshakeTimeoutMs: 60 }, () => undefined));
  it("are cut off for publishing nothing", () => closes({ publishTimeoutMs: 60 }, (peer) => peer.handshake()));
  it("are cut off for a chunk size that is too large", () =>
    closes({}, (peer) => {
      peer.handshake();
      peer.message(rtmpMessage.setChunkSize, Uint8Array.of(0x7f, 0xff, 0xff, 0xff), 0, 0, 2);
    }));
  it("are cut off for a message that is too large", () =>
    closes({ limits: { maxMessageBytes: 1000 } }, (peer) => {
      peer.handshake();
      peer.message(rtmpMessage.video, new Uint8Array(2000));
    }));
  it("are answered and kept for a command nobody knows", async () => {
    await start();
    const peer = await client();
    peer.handshake();
    peer.command("connect", 1, { app: "live" });
    peer.command("teleport", 9, null);
    expect((await peer.waitFor((command) => command.name === "_error"))?.values[1]).toBe(9);
    peer.command("publish", 10, null, "key", "live");
    expect(await peer.status()).toMatchObject({ code: "NetStream.Publish.Start" });
  });
  it("end their stream when they stall", async () => {
    const stream = await endsStream({ idleTimeoutMs: 80 }, (peer) => peer.message(rtmpMessage.video, header));
    expect(await stream.ended).toContain("the publisher stalled");
  });
  it("end their stream when no keyframe comes", async () => {
    const stream = await endsStream({ keyframeTimeoutMs: 1000 }, (peer) => {
      peer.message(rtmpMessage.video, header);
      for (let index = 0; index < 60; index++) peer.message(rtmpMessage.video, avcFrameMessage(false), index * 40);
    });
    expect(await stream.ended).toContain("set the encoder's keyframe interval");
  });
  it("end their stream with a clear word when they send another codec", async () => {
    const stream = await endsStream({}, (peer) =>
      peer.message(rtmpMessage.video, Uint8Array.of(0x90, ...Buffer.from("hvc1"), 0)),
    );
    expect(await stream.ended).toContain("hvc1 video over enhanced RTMP: set its encoder to H.264");
  });
  it("end their stream for damaged frames, and what was whole is kept", async () => {
    const stream = await endsStream({}, (peer) => {
      peer.message(rtmpMessage.video, header);
      sendFrames(peer, 0, 60, 50);
      peer.message(rtmpMessage.video, Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0xff, 0xff, 1), 2400);
    });
    expect(await stream.ended).toContain("ends in the middle");
    expect(stream.segments.map(({ segment }) => segment.durationMs)).toEqual([2000, 400]);
  });
  it("keep their video when their audio is of another kind", async () => {
    await start();
    const peer = await client();
    peer.publish("live", "key");
    peer.message(rtmpMessage.video, header);
    peer.message(rtmpMessage.audio, Uint8Array.of(0x2f, 1, 2, 3));
    peer.message(rtmpMessage.audio, aacFrameMessage);
    sendFrames(peer, 0, 60, 50);
    const stream = await sink.waitForSegments(1);
    expect(probeSegment(stream.segments[0]?.segment.bytes ?? new Uint8Array(), "mpegts")).toMatchObject({
      audioCodec: "",
      videoFrameCount: 50,
    });
  });
  it("end their stream when their connection breaks", async () => {
    const stream = await endsStream({}, (peer) => {
      peer.socket.resetAndDestroy();
    });
    expect(await stream.ended).toContain("connection broke");
  });
});

describe("the server", () => {
  it("says what to do when its port is taken", async () => {
    await start();
    const deps = { sink, clock: systemClock(), random: systemRandom(), logger: silentLogger, tasks };
    await expect(startRtmpServer({ host: "127.0.0.1", port: server.port }, deps)).rejects.toMatchObject({
      code: "rtmp_listen",
      message: expect.stringContaining("another program uses that port"),
    });
  });
  it("takes no more connections than it may", async () => {
    await start({ maxConnections: () => 1 });
    await client();
    const second = await client();
    await second.closed;
    expect(server.connectionCount()).toBe(1);
  });
  it("takes more as soon as it may", async () => {
    let maxConnections = 1;
    await start({ maxConnections: () => maxConnections, maxConnectionsPerPeer: () => maxConnections });
    await client();
    await (await client()).closed;
    maxConnections = 2;
    const publisher = await client();
    publisher.publish("live", "key");
    expect(await publisher.status()).toMatchObject({ level: "status" });
  });
  it("gives one address no more connections than its share, and others theirs", async () => {
    await start({ maxConnections: () => 8, maxConnectionsPerPeer: () => 2 });
    const [first, second, third] = [await client(), await client(), await client()];
    await third.closed;
    const neighbour = connect({ host: "127.0.0.1", port: server.port, localAddress: "127.0.0.2" });
    await once(neighbour, "connect");
    neighbour.write(Uint8Array.of(3, ...new Uint8Array(1536)));
    await once(neighbour, "data");
    expect([first.socket.destroyed, second.socket.destroyed, server.connectionCount()]).toEqual([false, false, 3]);
    neighbour.destroy();
    first.socket.end();
    await first.closed;
    while (server.connectionCount() > 1) await new Promise((resolve) => setImmediate(resolve));
    const next = await client();
    next.publish("live", "key");
    expect(await next.status()).toMatchObject({ level: "status" });
  });
  it("ends every stream when it stops", async () => {
    await start();
    const publisher = await client();
    publisher.publish("live", "key");
    await publisher.status();
    await server.stop();
    expect(await sink.streams[0]?.ended).toBeTypeOf("string");
    await publisher.closed;
  });
});

describe("players", () => {
  it("that do not read are let go; the publisher and other players notice nothing", async () => {
    await start();
    const publisher = await client();
    publisher.publish("live", "key");
    await publisher.status();
    publisher.setChunkSize(65_536);
    const [slow, quick] = [await client(), await client()];
    for (const player of [slow, quick]) {
      player.handshake();
      player.command("connect", 1, { app: "live", tcUrl: "rtmp://127.0.0.1/live" });
      player.command("play", 2, null, "movie/right");
      expect(await player.status()).toMatchObject({ code: "NetStream.Play.Reset" });
    }
    slow.socket.pause();
    expect(server.connectionCount()).toBe(3);
    publisher.message(rtmpMessage.video, header);
    const frameBytes = 60_000;
    const readBefore = quick.socket.bytesRead;
    for (let i = 0; server.connectionCount() === 3; i++) {
      // the quick one has a turn in this process too, however busy the machine is
      while (i * frameBytes - (quick.socket.bytesRead - readBefore) > 1 << 20) await once(quick.socket, "data");
      publisher.message(rtmpMessage.video, avcFrameMessage(i % 50 === 0, frameBytes), i * 40);
      if (publisher.socket.writableNeedDrain) await Promise.race([once(publisher.socket, "drain"), publisher.closed]);
      expect([i < 4000, publisher.socket.writableEnded]).toEqual([true, false]);
    }
    expect([publisher.socket.destroyed, quick.socket.destroyed]).toEqual([false, false]);
    publisher.socket.end();
    await quick.closed;
    expect(quick.commands.map(({ values }) => (values[3] as { code?: string } | null)?.code)).toContain(
      "NetStream.Play.Stop",
    );
  });
});

describe.skipIf(!hasFfmpeg)("a stream that ffmpeg publishes", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rtmp-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function published(clip: string, loop: boolean, segments: number): Promise<CollectedStream> {
    const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${server.port}/live/key`, loop, realtime: false });
    try {
      const stream = await sink.waitForSegments(segments);
      if (!loop) await stream.ended;
      return stream;
    } finally {
      await publisher.stop();
    }
  }

  it("arrives frame by frame, in segments that lie end to end", async () => {
    await start();
    const clip = join(folder, "a.mp4");
    await makeCounterClip({ path: clip, width: 640, height: 360, fps: 30, seconds: 8 });
    const stream = await published(clip, false, 4);
    const segments = stream.segments.map(({ segment }) => segment);
    expect(segments.map((segment) => segment.durationMs)).toEqual([2000, 2000, 2000, 2000]);
    const pts = segments.flatMap((segment) => probeSegment(segment.bytes, "mpegts").videoPts);
    expect(pts).toEqual(pts.map((_, index) => (pts[0] ?? 0) + index * 3000));
    const path = join(folder, "a.ts");
    await writeFile(path, Buffer.concat(segments.map((segment) => segment.bytes)));
    expect(await readCounters(path, { width: 640, height: 360 })).toEqual(
      Array.from({ length: 240 }, (_, index) => index),
    );
  });
  it("is segmented without an audio track", async () => {
    await start();
    const clip = join(folder, "silent.mp4");
    await makeCounterClip({ path: clip, width: 320, height: 180, fps: 25, seconds: 4, audio: false });
    const stream = await published(clip, false, 2);
    expect(stream.segments.map(({ segment }) => probeSegment(segment.bytes, "mpegts"))).toMatchObject([
      { audioCodec: "", videoFrameCount: 50 },
      { audioCodec: "", videoFrameCount: 50 },
    ]);
  });
  it("keeps continuous time when the committed clip loops", async () => {
    await start();
    const clip = new URL("../../assets/bunny-720p.mp4", import.meta.url).pathname;
    expect((await readFile(clip)).length).toBeLessThanOrEqual(3_000_000);
    const stream = await published(clip, true, 9);
    const segments = stream.segments.slice(0, 9).map(({ segment }) => scanSegment(segment.bytes, "mpegts"));
    const pts = segments.flatMap((scan) => scan.frames.map((frame) => frame.pts).sort((a, b) => a - b));
    expect(pts).toEqual(Array.from({ length: 450 }, (_, index) => (pts[0] ?? 0) + index * 3600));
    const sound = segments.flatMap((scan) => scan.audioPts);
    expect(sound).toEqual(sound.map((_, index) => (sound[0] ?? 0) + index * 1920));
    expect(segments.every((scan) => scan.frames[0]?.keyframe)).toBe(true);
  });

  it("is pulled by ffmpeg from a keyframe on, frame by frame, with its sound, by who has the key", async () => {
    await start();
    const clip = join(folder, "pulled.mp4");
    await makeCounterClip({ path: clip, width: 320, height: 180, fps: 30, seconds: 10, bitrateBps: 400_000 });
    const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${server.port}/live/key` });
    try {
      await sink.waitForSegments(1);
      const pulled = join(folder, "pulled.flv");
      await Promise.all([
        pull("live/movie/right", pulled),
        expect(pull("live/movie/wrong", join(folder, "wrong.flv"))).rejects.toThrow(),
      ]);
      const counters = await readCounters(pulled, { width: 320, height: 180 });
      expect(counters).toHaveLength(60);
      expect((counters[0] ?? 1) % 60).toBe(0);
      expect(counters.slice(1).map((counter, i) => counter - (counters[i] ?? 0))).toEqual(Array(59).fill(1));
      const { stderr } = await ffmpeg(["-i", pulled, "-f", "null", "-"]);
      expect(stderr).toContain("Audio: aac");
    } finally {
      await publisher.stop();
    }
  }, 60_000);
});
