import { expect, it } from "vitest";
import { splitNals } from "../codecs/nal-units.ts";
import { h264SpsOf } from "../testing/synthetic-segment.ts";
import { moveLateSei } from "./sei-fixup.ts";
import { demuxTs } from "./ts-demuxer.ts";
import { TsMuxer } from "./ts-muxer.ts";

const parameterSets = [h264SpsOf({ width: 640, height: 360 }), Uint8Array.of(0x68, 0xce, 0x3c, 0x80)];
const sei = Uint8Array.of(0x06, 0x05, 0x02, 0x11, 0x22, 0x80);
const slice = (type: number, first = true) =>
  Uint8Array.from({ length: 400 }, (_, index) =>
    index === 0 ? 0x60 | type : index === 1 ? (first ? 0x88 : 0x48) : 0x55,
  );

function segment(frames: readonly (readonly Uint8Array[])[]): Uint8Array {
  const muxer = new TsMuxer();
  muxer.startSegment(false);
  for (const [index, nals] of frames.entries()) {
    muxer.video({ pts: index * 3000, dts: index * 3000, keyframe: index === 0, nals, parameterSets });
  }
  return muxer.takeSegment();
}

function order(bytes: Uint8Array): string {
  const [track] = demuxTs(bytes).tracks;
  return splitNals(track?.elementary ?? new Uint8Array())
    .map((unit) => (unit[0] as number) & 31)
    .join(" ");
}

it("moves SEI units that follow their picture in front of it", () => {
  const bytes = segment([
    [slice(5), slice(5, false), sei],
    [slice(1), sei],
    [sei, slice(1)],
  ]);
  expect(order(bytes)).toBe("9 7 8 5 5 6 9 1 6 9 6 1");
  const fixed = moveLateSei(bytes);
  expect(order(fixed)).toBe("9 7 8 6 5 5 9 6 1 9 6 1");
  expect(fixed.length).toBe(bytes.length);
});

it("does not touch what it was given, even as a Buffer, whose slices share memory", () => {
  const bytes = Buffer.from(segment([[slice(5), sei]]));
  const before = new Uint8Array(bytes);
  expect(order(moveLateSei(bytes))).toBe("9 7 8 6 5");
  expect(new Uint8Array(bytes)).toEqual(before);
});

it("leaves an SEI that belongs to the picture after it", () => {
  const bytes = segment([[slice(5), sei, slice(1)]]);
  expect(moveLateSei(bytes)).toBe(bytes);
});

it("gives back the very same bytes when nothing is wrong or nothing is H.264", () => {
  const bytes = segment([[sei, slice(5)], [slice(1)]]);
  expect(moveLateSei(bytes)).toBe(bytes);
  const noise = new Uint8Array(5000).fill(0x47);
  expect(moveLateSei(noise)).toBe(noise);
});
