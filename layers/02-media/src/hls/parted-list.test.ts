import { expect, it } from "vitest";
import type { LivePart } from "../ports/ingest-sink.ts";
import { readFlvVideo } from "../rtmp/flv-media.ts";
import { Segmenter } from "../segmenter/segmenter.ts";
import { probeSegment } from "../segments/probe-segment.ts";
import { avcFrameMessage, avcHeaderMessage } from "../testing/rtmp-client.ts";
import { h264SpsOf } from "../testing/synthetic-segment.ts";
import { cutParts, tablesOf } from "./cut-parts.ts";
import { type ListedPart, PartedList } from "./parted-list.ts";

const header = readFlvVideo(avcHeaderMessage(h264SpsOf({ width: 640, height: 360 })));

/** What a publisher of `fps` sends until `frames` frames are there. */
function publish(frames: number, fps = 30, keyframeEvery = 60) {
  const segmenter = new Segmenter();
  segmenter.setFrameRate(fps);
  segmenter.video(0, header);
  const parts: LivePart[] = [];
  const segments: Uint8Array[] = [];
  for (let i = 0; i < frames; i++) {
    const cut = segmenter.video(
      Math.round((i * 1000) / fps),
      readFlvVideo(avcFrameMessage(i % keyframeEvery === 0, 400)),
    );
    parts.push(...segmenter.takeParts());
    if (cut !== undefined) segments.push(cut.segment.bytes);
  }
  return { segmenter, parts, segments };
}

const joined = (parts: readonly { bytes: Uint8Array }[]) => Buffer.concat(parts.map(({ bytes }) => bytes));

it("hands out parts before their segment is complete; put together they are the segment", () => {
  const { parts, segments } = publish(75);
  expect(parts.map(({ seqNo, index, durationMs }) => [seqNo, index, durationMs])).toEqual([
    ...[0, 1, 2, 3, 4].map((index) => [0, index, 400]),
    [1, 0, 400],
  ]);
  expect(parts.map(({ isIndependent, isLast }) => [isIndependent, isLast])).toEqual([
    [true, false],
    ...[1, 2, 3].map(() => [false, false]),
    [false, true],
    [true, false],
  ]);
  expect(joined(parts.slice(0, 5)).equals(Buffer.from(segments[0] as Uint8Array))).toBe(true);
});

it.each([24, 25, 29.97, 50, 60])("makes parts of at least 85 %% of the target at %d frames per second", (fps) => {
  const { parts } = publish(Math.round(fps * 4) + 1, fps, Math.round(fps * 2));
  const inner = parts.filter(({ isLast }) => !isLast);
  expect(inner.length).toBeGreaterThan(6);
  for (const { durationMs } of inner) expect(durationMs >= 340 && durationMs <= 400.001).toBe(true);
});

it("cuts a whole segment into the parts that the publisher's were, each readable behind the tables", () => {
  const { parts, segments } = publish(61);
  const whole = segments[0] as Uint8Array;
  const cut = cutParts(whole, 2000, 400);
  expect(cut.map(({ durationMs, isIndependent }) => [durationMs, isIndependent])).toEqual(
    parts.slice(0, 5).map(({ durationMs, isIndependent }) => [durationMs, isIndependent]),
  );
  expect(joined(cut).equals(Buffer.from(whole))).toBe(true);
  const alone = Buffer.concat([tablesOf(whole), cut[3]?.bytes ?? new Uint8Array()]);
  expect(probeSegment(new Uint8Array(alone), "mpegts").videoFrameCount).toBe(12);
});

it("cuts nothing that it cannot read", () => {
  expect(cutParts(new Uint8Array(0), 2000, 400)).toEqual([]);
  expect(cutParts(new Uint8Array(1880).fill(0x47), 2000, 400)).toEqual([]);
  expect(cutParts(new TextEncoder().encode("ftyp"), 2000, 400)).toEqual([]);
});

it("tells of parts, of the next one, and of the other tracks", () => {
  const list = new PartedList({ manifestId: "m", trackName: "source" });
  const { parts, segments } = publish(75);
  for (const part of parts) expect(list.addPart(part, 1_700_000_000_000 + part.seqNo * 2000)).toBe(true);
  const beforeWhole = list.part(0, 2);
  const whole = segments[0] as Uint8Array;
  list.addSegment({ seqNo: 0, bytes: whole, durationMs: 2000, isCut: false }, undefined);
  const report = { uri: "low.m3u8?latency=low", edge: { complete: 0, completeParts: 5, openParts: 0 } };
  const partLine = (seqNo: number, index: number) =>
    `#EXT-X-PART:DURATION=0.40000,URI="/stream/m/source/${seqNo}.${index}.ts"${index === 0 ? ",INDEPENDENT=YES" : ""}`;
  expect(list.text([report]).trimEnd().split("\n")).toEqual([
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    "#EXT-X-TARGETDURATION:2",
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.200",
    "#EXT-X-PART-INF:PART-TARGET=0.400",
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z",
    ...[0, 1, 2, 3, 4].map((index) => partLine(0, index)),
    "#EXTINF:2.000,",
    "/stream/m/source/0.ts",
    "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z",
    partLine(1, 0),
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="/stream/m/source/1.1.ts"',
    '#EXT-X-RENDITION-REPORT:URI="low.m3u8?latency=low",LAST-MSN=0,LAST-PART=4',
  ]);
  const { tables, bytes, offset, sizeBytes } = list.part(0, 2) as ListedPart;
  expect(bytes).toBeUndefined();
  const range = whole.subarray(offset, offset + sizeBytes);
  expect(Buffer.from(beforeWhole?.bytes ?? []).equals(range)).toBe(true);
  expect(probeSegment(new Uint8Array(Buffer.concat([tables, range])), "mpegts").videoFrameCount).toBe(12);
  expect([list.isNextPart(1, 1), list.isNextPart(1, 0), list.part(1, 1)]).toEqual([true, false, undefined]);
  list.end();
  expect(list.text([report])).toMatch(/1\.0\.ts",INDEPENDENT=YES\n#EXT-X-ENDLIST\n$/);
});

it("knows what it holds: a part behind the last of its segment is the first of the next", () => {
  const list = new PartedList({ manifestId: "m", trackName: "source" });
  const { parts } = publish(75);
  for (const part of parts.slice(0, 5)) list.addPart(part, undefined);
  expect([list.holds(0, undefined), list.holds(0, 4), list.holds(0, 5), list.holds(1, 0)]).toEqual([
    ...[true, true, false, false],
  ]);
  list.addPart(parts[5] as LivePart, undefined);
  expect([list.holds(0, 5), list.holds(1, 0), list.holds(1, 1), list.holds(1, undefined)]).toEqual([
    ...[true, true, false, false],
  ]);
});

it("keeps six segments, and parts within three target durations of the end", () => {
  const list = new PartedList({ manifestId: "m", trackName: "low" });
  const { segments } = publish(601);
  for (const [i, bytes] of segments.entries())
    list.addSegment({ seqNo: i + 7, bytes, durationMs: 2000, isCut: true }, undefined);
  const text = list.text([]);
  expect(text).toContain("#EXT-X-MEDIA-SEQUENCE:11\n");
  expect(text.match(/#EXTINF/g)).toHaveLength(6);
  expect([...new Set([...text.matchAll(/low\/(\d+)\.\d+\.ts",?I?/g)].map(([, seqNo]) => seqNo))]).toEqual([
    ...["13", "14", "15", "16", "17"],
  ]);
  const old = { seqNo: 3, bytes: segments[0] as Uint8Array, durationMs: 2000, isCut: true };
  expect(list.addSegment(old, undefined)).toBe(false);
  expect(list.part(9, 0)).toBeUndefined();
});
