import type { ContainerFormat } from "../profiles/video-profile.ts";
import { type SegmentScan, scanSegment } from "./scan-segment.ts";

/** What a rendition really holds, counted from its bytes. */
export type RenditionCount = {
  readonly frameCount: number;
  /** Pixels of the first frame; 0 without frames. */
  readonly width: number;
  readonly height: number;
  /** Σ over frames of width × height in force at that frame; what may be billed. */
  readonly pixelCount: number;
};

/** Count of a scan; see `countRendition`. */
export function countOfScan(scan: SegmentScan): RenditionCount {
  let pixelCount = 0;
  for (const frame of scan.frames) pixelCount += (frame.format?.width ?? 0) * (frame.format?.height ?? 0);
  const first = scan.frames.find((frame) => frame.format !== undefined)?.format;
  return { frameCount: scan.frames.length, width: first?.width ?? 0, height: first?.height ?? 0, pixelCount };
}

/** Counts frames and pixels of a rendition from its bytes, so that nobody has to be believed. Never throws. */
export function countRendition(bytes: Uint8Array, container: ContainerFormat): RenditionCount {
  return countOfScan(scanSegment(bytes, container));
}
