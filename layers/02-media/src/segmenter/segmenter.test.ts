import { expect, it } from "vitest";
import { readFlvAudio, readFlvVideo } from "../rtmp/flv-media.ts";
import { probeSegment } from "../segments/probe-segment.ts";
import { scanSegment } from "../segments/scan-segment.ts";
import { aacFrameMessage, aacHeaderMessage, avcFrameMessage, avcHeaderMessage } from "../testing/rtmp-client.ts";
import { h264SpsOf } from "../testing/synthetic-segment.ts";
import { type CutSegment, Segmenter, type SegmenterOptions } from "./segmenter.ts";

const header = readFlvVideo(avcHeaderMessage(h264SpsOf({ width: 640, height: 360 })));
const frame = (keyframe: boolean, size?: number) => readFlvVideo(avcFrameMessage(keyframe, size));

type Step = { readonly ms: number; readonly keyframe: boolean };

function steady(frames: number, keyframeEvery: number, fps = 30): Step[] {
  return Array.from({ length: frames }, (_, index) => ({
    ms: Math.round((index * 1000) / fps),
    keyframe: index % keyframeEvery === 0,
  }));
}

function cut(steps: readonly Step[], options: Partial<SegmenterOptions> = {}, fps = 30): CutSegment[] {
  const segmenter = new Segmenter(options);
  segmenter.setFrameRate(fps);
  segmenter.video(0, header);
  const segments = steps.map((step) => segmenter.video(step.ms, frame(step.keyframe)));
  return [...segments, segmenter.end()].filter((segment) => segment !== undefined);
}

const probes = (segments: readonly CutSegment[]) =>
  segments.map(({ segment }) => probeSegment(segment.bytes, "mpegts"));
const durations = (segments: readonly CutSegment[]) => segments.map(({ segment }) => segment.durationMs);

it("cuts at keyframes into segments that lie end to end, with exact times in spite of RTMP's milliseconds", () => {
  const segments = cut(steady(300, 60));
  expect(durations(segments)).toEqual([2000, 2000, 2000, 2000, 2000]);
  expect(segments.map(({ segment }) => segment.seqNo)).toEqual([0, 1, 2, 3, 4]);
  expect(segments[0]?.info).toEqual({ width: 640, height: 360 });
  const all = probes(segments).flatMap((probe) => probe.videoPts);
  expect(all).toEqual(Array.from({ length: 300 }, (_, index) => 90_000 + index * 3000));
  for (const probe of probes(segments))
    expect(probe).toMatchObject({ status: "ok", videoFrameCount: 60, keyframeCount: 1 });
});

it("waits for the target when keyframes come more often", () => {
  expect(durations(cut(steady(300, 30)))).toEqual([2000, 2000, 2000, 2000, 2000]);
  expect(durations(cut(steady(300, 90)))).toEqual([3000, 3000, 3000, 1000]);
});

it("takes a keyframe that rounding brought a little early", () => {
  const segments = cut(steady(250, 50, 25).map((step) => ({ ...step, ms: Math.floor(step.ms * 0.9995) })));
  expect(segments).toHaveLength(5);
});

it("drops everything before the first keyframe and frames that do not move on", () => {
  const steps = [
    ...Array.from({ length: 5 }, (_, index) => ({ ms: index * 33, keyframe: false })),
    ...steady(61, 60).map((step) => ({ ...step, ms: step.ms + 167 })),
  ];
  const doubled = steps.flatMap((step) => [step, { ...step, keyframe: false }]);
  const [first] = probes(cut(doubled));
  expect(first?.videoFrameCount).toBe(60);
});

it("closes up a clock that jumps back or ahead, and the 32-bit wrap", () => {
  const base = steady(240, 60);
  const jumps = (shift: (index: number) => number) =>
    cut(base.map((step, index) => ({ ...step, ms: (step.ms + shift(index)) >>> 0 })));
  for (const segments of [
    jumps((i) => (i < 120 ? 500_000 : 0)),
    jumps((i) => (i < 120 ? 0 : 3_600_000)),
    jumps(() => 2 ** 32 - 3000),
  ]) {
    const pts = probes(segments).flatMap((probe) => probe.videoPts);
    expect(durations(segments).every((ms) => Math.abs(ms - 2000) <= 1)).toBe(true);
    const unwrapped = pts
      .map((value) => value - (pts[0] ?? 0))
      .map((value) => (value < -(2 ** 32) ? value + 2 ** 33 : value));
    const steps = unwrapped.slice(1).map((value, index) => value - (unwrapped[index] ?? 0));
    expect(Math.max(...steps) <= 3150 && Math.min(...steps) >= 2850).toBe(true);
  }
});

it("ends a segment when the stream changes its size", () => {
  const segmenter = new Segmenter();
  segmenter.video(0, header);
  segmenter.video(0, frame(true));
  segmenter.video(500, frame(false));
  segmenter.video(900, readFlvVideo(avcHeaderMessage(h264SpsOf({ width: 1280, height: 720 }))));
  const first = segmenter.video(1000, frame(true));
  const last = segmenter.end();
  expect(first?.info).toEqual({ width: 640, height: 360 });
  expect(last?.info).toEqual({ width: 1280, height: 720 });
  expect(probeSegment(last?.segment.bytes ?? new Uint8Array(), "mpegts")).toMatchObject({ width: 1280, height: 720 });
});

it("packs audio beside the video with exact steps", () => {
  const segmenter = new Segmenter();
  segmenter.setFrameRate(30);
  segmenter.video(0, header);
  segmenter.audio(0, readFlvAudio(aacHeaderMessage));
  let sound = 0;
  for (const step of steady(60, 60)) {
    segmenter.video(step.ms, frame(step.keyframe));
    for (; sound * (1024 / 48) <= step.ms; sound++)
      segmenter.audio(Math.round(sound * (1024 / 48)), readFlvAudio(aacFrameMessage));
  }
  const last = segmenter.end();
  const scan = scanSegment(last?.segment.bytes ?? new Uint8Array(), "mpegts");
  expect(scan.audioCodec).toBe("aac");
  expect(scan.audioPts).toEqual(Array.from({ length: sound }, (_, index) => 90_000 + index * 1920));
});

it("ends a stream without keyframes, and one whose segments grow without bound", () => {
  expect(() => cut(steady(700, 1_000_000))).toThrow(expect.objectContaining({ code: "segmenter_no_keyframe" }));
  expect(() => cut(steady(60, 60), { maxSegmentBytes: 10_000 })).toThrow(
    expect.objectContaining({ code: "segmenter_too_large" }),
  );
});

it.each([
  ["hvc1 over enhanced RTMP", Uint8Array.of(0x90, ...Buffer.from("hvc1"), 0), "hvc1"],
  ["av01 over enhanced RTMP", Uint8Array.of(0x90, ...Buffer.from("av01"), 0), "av01"],
  ["HEVC in the old way", Uint8Array.of(0x1c, 0, 0, 0, 0), "HEVC"],
  ["Sorenson", Uint8Array.of(0x12, 0), "Sorenson"],
])("refuses %s by name", (_, payload, name) => {
  expect(() => readFlvVideo(payload)).toThrow(
    expect.objectContaining({ code: "rtmp_unsupported_codec", message: expect.stringContaining(name) }),
  );
});

it("reads H.264 over enhanced RTMP", () => {
  const old = avcHeaderMessage(h264SpsOf({ width: 640, height: 360 }));
  const enhanced = Uint8Array.of(0x90, ...Buffer.from("avc1"), ...old.subarray(5));
  expect(readFlvVideo(enhanced)).toMatchObject({ kind: "config", config: { width: 640, height: 360 } });
  const coded = Uint8Array.of(0x91, ...Buffer.from("avc1"), 0xff, 0xff, 0xfe, 1, 2, 3);
  expect(readFlvVideo(coded)).toMatchObject({ kind: "frame", keyframe: true, compositionMs: -2 });
});
