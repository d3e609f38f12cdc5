import type { ContainerFormat } from "../profiles/video-profile.ts";

/** A few seconds of a stream that starts at a keyframe; the unit of all work. */
export type MediaSegment = {
  readonly seqNo: number;
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  readonly container: ContainerFormat;
};

/** What a segment holds, read from its bytes. */
export type SegmentProbe = {
  /** `ok`, or the reason why it cannot be transcoded. `needs-bypass`: a video track without frames beside audio. */
  readonly status: "ok" | "needs-bypass" | "no-streams" | "unreadable";
  readonly videoCodec: "" | "h264" | "hevc" | "vp8" | "vp9" | "other";
  readonly audioCodec: "" | "aac" | "mp3" | "opus" | "other";
  /** Name of the video codec where it is `other`, as ffmpeg knows it; an MP4's own four letters where it does not. */
  readonly foreignCodec?: string;
  readonly width: number;
  readonly height: number;
  readonly chroma: 0 | 1 | 2;
  readonly colorDepthMinus8: number;
  readonly videoFrameCount: number;
  readonly keyframeCount: number;
  /** Presentation times of the video frames in 90 kHz ticks, ascending. */
  readonly videoPts: readonly number[];
  /** First decode time, 90 kHz ticks; undefined without frames. */
  readonly firstPts: number | undefined;
};
