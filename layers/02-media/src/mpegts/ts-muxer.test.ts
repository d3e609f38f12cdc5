import fc from "fast-check";
import { expect, it } from "vitest";
import { splitNals } from "../codecs/nal-units.ts";
import { h264SpsOf } from "../testing/synthetic-segment.ts";
import { demuxTs } from "./ts-demuxer.ts";
import { TsMuxer } from "./ts-muxer.ts";

const pps = Uint8Array.of(0x68, 0xce, 0x3c, 0x80);
const parameterSets = [h264SpsOf({ width: 640, height: 360 }), pps];

function nal(type: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x55);
  bytes[0] = 0x60 | type;
  bytes[1] = 0x88;
  return bytes;
}

function counters(bytes: Uint8Array, into: Map<number, number[]>): void {
  for (let at = 0; at < bytes.length; at += 188) {
    expect(bytes[at]).toBe(0x47);
    const pid = (((bytes[at + 1] as number) & 0x1f) << 8) | (bytes[at + 2] as number);
    if (((bytes[at + 3] as number) & 0x10) !== 0)
      into.set(pid, [...(into.get(pid) ?? []), (bytes[at + 3] as number) & 15]);
  }
}

it("gives back every frame and time, whatever the sizes", () => {
  const size = fc.integer({ min: 2, max: 2000 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 2 ** 33 - 1 }),
      (frames, start) => {
        const muxer = new TsMuxer();
        muxer.startSegment(true);
        for (const [index, [videoSize, audioSize]] of frames.entries()) {
          const dts = start + index * 3000;
          muxer.video({
            pts: dts + 6000,
            dts,
            keyframe: index === 0,
            nals: [nal(index === 0 ? 5 : 1, videoSize)],
            parameterSets,
          });
          muxer.audio({ pts: dts + 11, adts: new Uint8Array(audioSize).fill(7) });
        }
        const content = demuxTs(muxer.takeSegment());
        const [video, audio] = content.tracks;
        const wrap = 2 ** 33;
        expect(video?.units.map((unit) => [unit.pts, unit.dts])).toEqual(
          frames.map((_, index) => [(start + index * 3000 + 6000) % wrap, (start + index * 3000) % wrap]),
        );
        expect(audio?.units.map((unit) => unit.end - unit.start)).toEqual(frames.map(([, audioSize]) => audioSize));
        expect(audio?.units.map((unit) => unit.pts)).toEqual(
          frames.map((_, index) => (start + index * 3000 + 11) % wrap),
        );
        const units = splitNals(video?.elementary ?? new Uint8Array());
        const slices = units.filter((unit) => [1, 5].includes((unit[0] as number) & 31));
        expect(slices.map((unit) => unit.length)).toEqual(frames.map(([videoSize]) => videoSize));
        expect(units.slice(0, 4).map((unit) => (unit[0] as number) & 31)).toEqual([9, 7, 8, 5]);
      },
    ),
  );
});

it("counts packets on across segments and repeats the tables at each start", () => {
  const muxer = new TsMuxer();
  const seen = new Map<number, number[]>();
  for (let segment = 0; segment < 5; segment++) {
    muxer.startSegment(true);
    for (let index = 0; index < 9; index++) {
      const dts = (segment * 9 + index) * 3000;
      muxer.video({ pts: dts, dts, keyframe: index === 0, nals: [nal(index === 0 ? 5 : 1, 700)], parameterSets });
      muxer.audio({ pts: dts, adts: new Uint8Array(200) });
    }
    const bytes = muxer.takeSegment();
    expect(demuxTs(bytes).streams.map((stream) => stream.videoCodec + stream.audioCodec)).toEqual(["h264", "aac"]);
    counters(bytes, seen);
  }
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual([0, 0x100, 0x101, 0x1000]);
  for (const list of seen.values()) expect(list).toEqual(list.map((_, index) => index % 16));
});

it("announces no audio for a stream that has none, and packs none", () => {
  const muxer = new TsMuxer();
  muxer.startSegment(false);
  muxer.video({ pts: 0, dts: 0, keyframe: true, nals: [nal(5, 50)], parameterSets });
  muxer.audio({ pts: 0, adts: new Uint8Array(50) });
  expect(demuxTs(muxer.takeSegment()).streams.map((stream) => stream.kind)).toEqual(["video"]);
});

it("does not double parameter sets that came inside the frame", () => {
  const muxer = new TsMuxer();
  muxer.startSegment(false);
  const nals = [Uint8Array.of(9, 0x10), ...parameterSets, nal(5, 50)];
  muxer.video({ pts: 0, dts: 0, keyframe: true, nals, parameterSets });
  const [track] = demuxTs(muxer.takeSegment()).tracks;
  expect(splitNals(track?.elementary ?? new Uint8Array()).map((unit) => (unit[0] as number) & 31)).toEqual([
    9, 7, 8, 5,
  ]);
});
