import fc from "fast-check";
import { expect, it } from "vitest";
import { ChunkReader, type RtmpMessage } from "./chunk-reader.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { defaultRtmpLimits } from "./rtmp-limits.ts";

const limits = {
  ...defaultRtmpLimits,
  maxMessageBytes: 5000,
  maxCommandBytes: 1000,
  maxChunkBytes: 4096,
  maxPendingBytes: 8000,
  maxChunkStreams: 4,
};
const reader = () => new ChunkReader(limits);
const view = (messages: readonly RtmpMessage[]) =>
  messages.map((m) => [m.type, m.streamId, m.timestamp, [...m.payload]]);
const setChunkSize = (size: number) => [
  2,
  0,
  0,
  0,
  0,
  0,
  4,
  1,
  0,
  0,
  0,
  0,
  (size >>> 24) & 0xff,
  (size >> 16) & 0xff,
  (size >> 8) & 0xff,
  size & 0xff,
];

// One message per header type on chunk stream 4: 10 ms, then +5, +7, +7 again.
const everyHeader = [
  ...[0x04, 0, 0, 10, 0, 0, 2, 9, 1, 0, 0, 0, 0xa1, 0xa2],
  ...[0x44, 0, 0, 5, 0, 0, 3, 8, 0xb1, 0xb2, 0xb3],
  ...[0x84, 0, 0, 7, 0xc1, 0xc2, 0xc3],
  ...[0xc4, 0xd1, 0xd2, 0xd3],
];
const everyMessage = [
  [9, 1, 10, [0xa1, 0xa2]],
  [8, 1, 15, [0xb1, 0xb2, 0xb3]],
  [8, 1, 22, [0xc1, 0xc2, 0xc3]],
  [8, 1, 29, [0xd1, 0xd2, 0xd3]],
];

it("reads all four header types, cut anywhere", () => {
  expect(view(reader().push(Uint8Array.from(everyHeader)))).toEqual(everyMessage);
  for (let cut = 1; cut < everyHeader.length; cut++) {
    const subject = reader();
    const messages = [
      ...subject.push(Uint8Array.from(everyHeader.slice(0, cut))),
      ...subject.push(Uint8Array.from(everyHeader.slice(cut))),
    ];
    expect(view(messages)).toEqual(everyMessage);
  }
});

it("reads what a writer writes in any chunk size and pieces", () => {
  const message = fc.record({
    type: fc.constantFrom(8, 9),
    streamId: fc.nat(1000),
    timestamp: fc.oneof(fc.nat(0xffffff), fc.integer({ min: 0xffffff, max: 0xffffffff })),
    payload: fc.uint8Array({ maxLength: 600 }),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 50 }),
      (messages, chunkSize, piece) => {
        const writer = new ChunkWriter();
        const subject = reader();
        writer.setChunkSize(chunkSize);
        const bytes = Uint8Array.from([
          ...setChunkSize(chunkSize),
          ...messages.flatMap((item, index) => [...writer.write(3 + (index % 3), item)]),
        ]);
        const found: RtmpMessage[] = [];
        for (let at = 0; at < bytes.length; at += piece) found.push(...subject.push(bytes.slice(at, at + piece)));
        expect(view(found.slice(1))).toEqual(view(messages));
      },
    ),
  );
});

it("joins chunks of two streams that take turns", () => {
  const head = (id: number, length: number) => [id, 0, 0, 0, 0, 0, length, 9, 1, 0, 0, 0];
  const bytes = [...head(4, 130), ...Array(128).fill(1), ...head(5, 129), ...Array(128).fill(2), 0xc4, 1, 1, 0xc5, 2];
  expect(
    reader()
      .push(Uint8Array.from(bytes))
      .map((m) => [m.payload.length, m.payload[0]]),
  ).toEqual([
    [130, 1],
    [129, 2],
  ]);
});

it("drops a message that the peer calls off", () => {
  const head = [4, 0, 0, 0, 0, 0, 130, 9, 1, 0, 0, 0];
  const abort = [2, 0, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 4];
  const bytes = [...head, ...Array(128).fill(1), ...abort, ...head, ...Array(128).fill(2), 0xc4, 2, 2];
  expect(
    reader()
      .push(Uint8Array.from(bytes))
      .map((m) => [m.type, m.payload[0]]),
  ).toEqual([
    [2, 0],
    [9, 2],
  ]);
});

it.each([
  ["a chunk stream that starts in the middle", [0xc4, 1], "rtmp_bad_chunk"],
  [
    "a message inside a message",
    [4, 0, 0, 0, 0, 0, 200, 9, 1, 0, 0, 0, ...Array(128).fill(1), 4, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 1],
    "rtmp_bad_chunk",
  ],
  ["a frame over the limit", [4, 0, 0, 0, 0xff, 0, 0, 9, 1, 0, 0, 0], "rtmp_too_large"],
  ["a command over the limit", [4, 0, 0, 0, 0, 0x04, 0, 20, 1, 0, 0, 0], "rtmp_too_large"],
  ["a chunk size over the limit", setChunkSize(0x7fffffff), "rtmp_too_large"],
  ["a chunk size of zero", setChunkSize(0), "rtmp_too_large"],
  ["too many chunk streams", [3, 4, 5, 6, 7].flatMap((id) => [id, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0]), "rtmp_bad_chunk"],
  [
    "too much in pieces",
    [4, 5].flatMap((id) => [id, 0, 0, 0, 0, 0x13, 0x88, 9, 1, 0, 0, 0, ...Array(128).fill(0)]),
    "rtmp_too_large",
  ],
])("refuses %s", (_, bytes, code) => {
  expect(() => reader().push(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }));
});
