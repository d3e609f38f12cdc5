import { LpError } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rtmpMessage } from "../wire/rtmp.ts";
import { type AmfValue, decodeAmf0, encodeAmf0 } from "./amf0.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { publishTarget } from "./publish-url.ts";
import { defaultRtmpLimits } from "./rtmp-limits.ts";
import { RtmpSession } from "./rtmp-session.ts";

const handshake = Uint8Array.from([3, ...new Uint8Array(2 * 1536)]);
const writer = new ChunkWriter();

function established(): RtmpSession {
  const session = new RtmpSession(new Uint8Array(1528));
  session.push(handshake);
  session.takeOutput();
  return session;
}

function pushed(session: RtmpSession, bytes: Uint8Array): RtmpSession {
  session.push(bytes);
  return session;
}

function command(...values: readonly AmfValue[]): Uint8Array {
  return writer.write(3, { type: rtmpMessage.command, streamId: 0, timestamp: 0, payload: encodeAmf0(...values) });
}

/** One reader per session: the server's chunk size stays in force after it was announced. */
const peerReaders = new Map<RtmpSession, ChunkReader>();

function messagesOf(session: RtmpSession) {
  const reader = peerReaders.get(session) ?? new ChunkReader(defaultRtmpLimits);
  peerReaders.set(session, reader);
  return reader.push(Buffer.concat(session.takeOutput()));
}

function answers(session: RtmpSession): AmfValue[][] {
  return messagesOf(session)
    .filter((message) => message.type === rtmpMessage.command)
    .map((message) => decodeAmf0(message.payload));
}

const connect = command("connect", 1, { app: "live", tcUrl: "rtmp://host:1935/live" });

it("answers the handshake in its three parts, however the bytes are cut", () => {
  const session = new RtmpSession(new Uint8Array(1528).fill(9));
  for (const byte of handshake) session.push(Uint8Array.of(byte));
  const output = Buffer.concat(session.takeOutput());
  expect(output.length).toBe(1 + 2 * 1536);
  expect([output[0], output[9]]).toEqual([3, 9]);
  expect(session.established).toBe(true);
});

it("leads a publisher from connect to its first frame and to the end", () => {
  const session = established();
  session.push(connect);
  expect(answers(session)[0]?.[3]).toMatchObject({ code: "NetConnection.Connect.Success" });
  session.push(command("releaseStream", 2, null, "key"));
  session.push(command("FCPublish", 3, null, "key"));
  session.push(command("createStream", 4, null));
  expect(answers(session).map((values) => [values[0], values[1], values[3]])).toEqual([
    ["_result", 2, undefined],
    ["_result", 3, undefined],
    ["onFCPublish", 0, undefined],
    ["_result", 4, 1],
  ]);
  const events = session.push(command("publish", 5, null, "key?token=1", "live"));
  expect(events).toEqual([
    { type: "publish", target: { url: "rtmp://host:1935/live/key?token=1", path: "/live/key" } },
  ]);
  session.acceptPublish();
  expect(answers(session)[0]?.[3]).toMatchObject({ code: "NetStream.Publish.Start", level: "status" });
  const frame = writer.write(4, {
    type: rtmpMessage.video,
    streamId: 1,
    timestamp: 40,
    payload: Uint8Array.of(0x17, 1),
  });
  expect(session.push(frame)).toEqual([{ type: "video", timestamp: 40, payload: Uint8Array.of(0x17, 1) }]);
  expect(session.push(command("deleteStream", 6, null, 1))).toEqual([{ type: "unpublish" }]);
});

it("tells a refused publisher why", () => {
  const session = established();
  session.push(connect);
  session.push(command("publish", 5, null, "key", "live"));
  answers(session);
  session.refusePublish("the stream key is not known");
  expect(answers(session)[0]?.[3]).toMatchObject({
    level: "error",
    code: "NetStream.Publish.BadName",
    description: "the stream key is not known",
  });
});

it("passes metadata on, with and without @setDataFrame", () => {
  const session = established();
  session.push(connect);
  for (const head of [["@setDataFrame"], []]) {
    const payload = encodeAmf0(...head, "onMetaData", { framerate: 30 });
    const events = session.push(writer.write(4, { type: rtmpMessage.data, streamId: 1, timestamp: 0, payload }));
    expect(events).toMatchObject([{ type: "metadata", values: { framerate: 30 } }]);
  }
});

it("answers what it does not know with an error, and goes on", () => {
  const session = established();
  session.push(connect);
  answers(session);
  session.push(command("teleport", 7, null));
  expect(answers(session).map((values) => [values[0], (values[3] as { code: string }).code])).toEqual([
    ["_error", "NetConnection.Call.Failed"],
  ]);
  expect(session.push(command("publish", 9, null, "key", "live"))).toHaveLength(1);
});

it("plays what it is told to, or says why not", () => {
  const codes = (session: RtmpSession) =>
    answers(session).flatMap((values) => (values[0] === "onStatus" ? [(values[3] as { code: string }).code] : []));
  for (const isAllowed of [true, false]) {
    const session = established();
    session.push(connect);
    answers(session);
    const [event] = session.push(command("play", 8, null, "key?x=1"));
    expect(event).toMatchObject({ type: "play", target: { path: "/live/key" } });
    if (isAllowed) session.acceptPlay();
    else session.refusePlay("no such stream");
    expect(codes(session)).toEqual(
      isAllowed ? ["NetStream.Play.Reset", "NetStream.Play.Start"] : ["NetStream.Play.Failed"],
    );
    if (!isAllowed) continue;
    expect(() => session.push(command("publish", 9, null, "key", "live"))).toThrow(LpError);
    session.endPlay("over");
    expect(codes(session)).toEqual(["NetStream.Play.Stop"]);
  }
});

it("says nothing to a publisher that did not ask for it: an acknowledgement may meet a closed socket", () => {
  const session = established();
  session.push(connect);
  answers(session);
  const payload = new Uint8Array(100_000);
  for (let i = 0; i < 60; i++)
    session.push(writer.write(4, { type: rtmpMessage.audio, streamId: 1, timestamp: 0, payload }));
  expect(session.takeOutput()).toEqual([]);
});

it("acknowledges received bytes and answers pings", () => {
  const session = established();
  session.push(connect);
  answers(session);
  const window = writer.write(2, {
    type: rtmpMessage.windowAckSize,
    streamId: 0,
    timestamp: 0,
    payload: Uint8Array.of(0, 0, 0x10, 0),
  });
  const ping = writer.write(2, {
    type: rtmpMessage.userControl,
    streamId: 0,
    timestamp: 0,
    payload: Uint8Array.of(0, 6, 1, 2, 3, 4),
  });
  session.push(window);
  session.push(ping);
  for (let i = 0; i < 20; i++)
    session.push(writer.write(4, { type: rtmpMessage.audio, streamId: 1, timestamp: 0, payload: new Uint8Array(300) }));
  const messages = messagesOf(session);
  expect(messages.find((message) => message.type === rtmpMessage.userControl)).toMatchObject({
    type: rtmpMessage.userControl,
    payload: Uint8Array.of(0, 7, 1, 2, 3, 4),
  });
  expect(messages.filter((message) => message.type === rtmpMessage.acknowledgement).length).toBeGreaterThan(1);
});

it.each([
  [
    "TLS on the plain port",
    () => new RtmpSession(new Uint8Array(1528)).push(Uint8Array.of(0x16, 3, 1)),
    "rtmp_bad_handshake",
  ],
  [
    "HTTP on the RTMP port",
    () => new RtmpSession(new Uint8Array(1528)).push(Buffer.from("GET / HTTP/1.1\r\n")),
    "rtmp_bad_handshake",
  ],
  ["a command before connect", () => established().push(command("publish", 1, null, "key")), "rtmp_bad_command"],
  ["connect twice", () => [connect, connect].reduce(pushed, established()), "rtmp_bad_command"],
  [
    "two streams on one connection",
    () => [connect, command("publish", 1, null, "a"), command("publish", 2, null, "b")].reduce(pushed, established()),
    "rtmp_bad_command",
  ],
  [
    "commands without end",
    () =>
      Array.from({ length: 100 }, (_, index) => command("createStream", index, null)).reduce(
        pushed,
        (() => {
          const s = established();
          s.push(connect);
          return s;
        })(),
      ),
    "rtmp_bad_command",
  ],
  [
    "a URL without end",
    () => [connect, command("publish", 1, null, "x".repeat(5000))].reduce(pushed, established()),
    "rtmp_bad_command",
  ],
])("refuses %s", (_, run, code) => {
  expect(run).toThrow(expect.objectContaining({ code }));
});

it("never fails on any bytes but with a refusal of its own", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (bytes, afterConnect) => {
      const session = established();
      if (afterConnect) session.push(connect);
      try {
        session.push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(LpError);
      }
    }),
    { numRuns: 300 },
  );
});

it.each([
  ["rtmp://host/live", "live", "key", "rtmp://host/live/key"],
  ["rtmp://host:1935/live", "live", "key?x=1", "rtmp://host:1935/live/key?x=1"],
  ["rtmp://host/movie", "movie", "Secret/Stream/Key", "rtmp://host/movie/Secret/Stream/Key"],
  ["rtmp://host/stream/movie", "stream/movie", "key", "rtmp://host/stream/movie/key"],
  ["rtmp://host/movie", "movie", "", "rtmp://host/movie"],
  ["rtmp://host/live?x=1", "live?x=1", "key", "rtmp://host/live/key?x=1"],
  ["rtmp://host", "", "movie", "rtmp://host/movie"],
])("puts the publish URL together from %j, %j and %j", (tcUrl, app, name, url) => {
  expect(publishTarget(tcUrl, app, name)?.url).toBe(url);
});
