import type { ContainerFormat } from "../profiles/video-profile.ts";
import type { SegmentProbe } from "./media-segment.ts";
import { type SegmentScan, scanSegment } from "./scan-segment.ts";

function statusOf(scan: SegmentScan): SegmentProbe["status"] {
  if (!scan.readable) return "unreadable";
  if (scan.videoCodec === "" && scan.audioCodec === "") return "no-streams";
  const pictureKnown = scan.frames.length > 0 || scan.videoCodec === "other";
  if (scan.videoCodec !== "" && scan.audioCodec !== "" && !pictureKnown) return "needs-bypass";
  return "ok";
}

/** Summary of a scan; see `probeSegment`. */
export function probeOfScan(scan: SegmentScan): SegmentProbe {
  const format = scan.frames.find((frame) => frame.format !== undefined)?.format;
  const videoPts = scan.frames.map((frame) => frame.pts).sort((a, b) => a - b);
  return {
    status: statusOf(scan),
    videoCodec: scan.videoCodec,
    audioCodec: scan.audioCodec,
    ...(scan.foreignCodec === undefined ? {} : { foreignCodec: scan.foreignCodec }),
    width: format?.width ?? 0,
    height: format?.height ?? 0,
    chroma: format?.chroma ?? 0,
    colorDepthMinus8: format?.colorDepthMinus8 ?? 0,
    videoFrameCount: scan.frames.length,
    keyframeCount: scan.frames.filter((frame) => frame.keyframe).length,
    videoPts,
    firstPts: videoPts[0],
  };
}

/**
 * What a segment holds, read in this process from its bytes: codec, size, frames, keyframes, times.
 * MPEG-TS and MP4; anything else is `unreadable`. Never throws.
 */
export function probeSegment(bytes: Uint8Array, container: ContainerFormat): SegmentProbe {
  return probeOfScan(scanSegment(bytes, container));
}
