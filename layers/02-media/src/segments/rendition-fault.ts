import { scaledSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import { type SegmentScan, unwrapTicks } from "./scan-segment.ts";

const ticksPerSecond = 90_000;
/** Pixels by which a side may differ: encoders and nodes round to even numbers in several ways. */
const sizeSlack = 4;
/** Of the source's frames that may be missing or too many: broken frames at its edges, doubled ones of a rate conversion. */
const frameShare = 0.2;
const frameSlack = 3;
/** Seconds by which a rendition may begin earlier or later, or be longer or shorter, than its source. */
const timeSlackSec = 0.5;
/** Sources with fewer frames say too little about rates and times. */
const fewFrames = 4;

/**
 * What in the structure of a rendition cannot come from this source and profile: its size, the number of its frames, when it
 * begins, how long it is. Undefined: nothing. Sources in a codec whose frames we cannot count are not held against anybody.
 */
export function renditionFault(source: SegmentScan, rendition: SegmentScan, profile: VideoProfile): string | undefined {
  const from = pictureFacts(source);
  if (from === undefined) return undefined;
  const made = pictureFacts(rendition);
  if (made === undefined) return "it has no pictures";
  if (profile.codec !== rendition.videoCodec) return `it is ${rendition.videoCodec}, not ${profile.codec}`;
  const wanted = scaledSize(profile, from, profile.codec);
  const isSize = (size: { width: number; height: number }) =>
    Math.abs(made.width - size.width) <= sizeSlack && Math.abs(made.height - size.height) <= sizeSlack;
  // a source that turns its pictures by metadata comes out upright
  const turned = scaledSize(profile, { width: from.height, height: from.width }, profile.codec);
  if (!isSize(wanted) && !isSize(turned) && !isSize(profile))
    return `its pictures are ${made.width}x${made.height} instead of ${wanted.width}x${wanted.height}`;
  if (from.frames < fewFrames) return undefined;
  const frames = profile.fps > 0 ? (from.seconds * profile.fps) / Math.max(1, profile.fpsDen) : from.frames;
  const slack = Math.max(frameSlack, frames * frameShare);
  if (Math.abs(made.frames - frames) > slack)
    return `it has ${made.frames} frames where the source gives ${Math.round(frames)}`;
  if (Math.abs(made.seconds - from.seconds) > timeSlackSec + 2 * from.frameSec)
    return `its pictures last ${made.seconds.toFixed(2)} s, the source's ${from.seconds.toFixed(2)} s`;
  // an MP4 begins where its muxer likes
  if (source.container !== "mpegts" || rendition.container !== "mpegts") return undefined;
  const laterSec = (unwrapTicks(made.firstPts, from.firstPts) - from.firstPts) / ticksPerSecond;
  if (Math.abs(laterSec) > timeSlackSec + 2 * from.frameSec)
    return `it begins ${Math.abs(laterSec).toFixed(2)} s ${laterSec > 0 ? "after" : "before"} the source`;
  return undefined;
}

function pictureFacts(scan: SegmentScan) {
  const format = scan.frames.find((frame) => frame.format !== undefined)?.format;
  if (format === undefined || scan.frames.length === 0) return undefined;
  let [firstPts, lastPts] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { pts } of scan.frames) {
    firstPts = Math.min(firstPts, pts);
    lastPts = Math.max(lastPts, pts);
  }
  const frames = scan.frames.length;
  const frameSec = frames > 1 ? (lastPts - firstPts) / (frames - 1) / ticksPerSecond : 0;
  const seconds = (lastPts - firstPts) / ticksPerSecond + frameSec;
  return { width: format.width, height: format.height, frames, frameSec, seconds, firstPts };
}
