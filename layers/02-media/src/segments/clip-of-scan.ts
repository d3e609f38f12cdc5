import type { ScannedFrame, SegmentScan } from "./scan-segment.ts";

/** Part of a segment, ms from its first picture; pictures at `toMs` are outside. */
export type ClipRange = { readonly fromMs: number; readonly toMs: number };

const ticksPerMs = 90;

/** Presentation time of the first frame a decoder gives out, 90 kHz ticks; infinite without frames. */
export function firstDecodablePts(scan: Pick<SegmentScan, "frames">): number {
  const from = scan.frames.findIndex((frame) => frame.keyframe);
  let first = Number.POSITIVE_INFINITY;
  for (const frame of scan.frames.slice(Math.max(0, from))) if (frame.pts < first) first = frame.pts;
  return first;
}

/** The pictures and sound of a clip of the segment, as its renditions show them: from time 0 on. */
export function clipOfScan(scan: SegmentScan, { fromMs, toMs }: ClipRange): SegmentScan {
  const first = firstDecodablePts(scan);
  const [start, end] = [first + fromMs * ticksPerMs, first + toMs * ticksPerMs];
  const isInside = (pts: number) => pts >= start && pts < end;
  let format: ScannedFrame["format"];
  const frames: ScannedFrame[] = [];
  for (const frame of scan.frames) {
    // the size is named where it changes
    format = frame.format ?? format;
    if (isInside(frame.pts)) frames.push({ ...frame, format });
  }
  const shownAt = frames.reduce((least, { pts }) => Math.min(least, pts), Number.POSITIVE_INFINITY);
  return {
    ...scan,
    frames: frames.map((frame) => ({ ...frame, pts: frame.pts - shownAt })),
    audioPts: scan.audioPts.filter(isInside).map((pts) => pts - start),
  };
}
