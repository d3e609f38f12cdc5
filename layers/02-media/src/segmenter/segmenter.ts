import { LpError } from "@livepeer-ts/kernel";
import { TsMuxer } from "../mpegts/ts-muxer.ts";
import type { IngestVideoInfo, LivePart } from "../ports/ingest-sink.ts";
import {
  type AacConfig,
  type AvcConfig,
  adtsFrame,
  type FlvAudio,
  type FlvVideo,
  splitAvcFrame,
} from "../rtmp/flv-media.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { FrameGrid } from "./frame-grid.ts";
import { StreamTimeline } from "./stream-timeline.ts";

/** How a stream is cut. */
export type SegmenterOptions = {
  /** Target length in ms; segments end at the first keyframe from there on. */
  readonly segmentMs: number;
  /** A stream without a keyframe for this long ends, ms of media. */
  readonly keyframeTimeoutMs: number;
  /** Largest segment, bytes. */
  readonly maxSegmentBytes: number;
  /**
   * Added to every timestamp, ms. Encoders place the first decode time before the first picture; without room for it a
   * stream that starts at 0 would begin with a wrapped clock. Default 1,000.
   */
  readonly timestampOffsetMs: number;
  /** Longest part of a segment that is handed out before the segment is complete, ms. Default 400. */
  readonly partMs: number;
};

/** Defaults of `SegmenterOptions`. */
export const defaultSegmenterOptions: SegmenterOptions = {
  segmentMs: 2000,
  keyframeTimeoutMs: 20_000,
  maxSegmentBytes: 128 << 20,
  timestampOffsetMs: 1000,
  partMs: 400,
};

/** A finished segment and the picture size in it. */
export type CutSegment = { readonly segment: MediaSegment; readonly info: IngestVideoInfo };

type OpenSegment = {
  readonly startTicks: number;
  readonly config: AvcConfig;
  frameCount: number;
  partIndex: number;
  partStartTicks: number;
  partStartsAtKeyframe: boolean;
};

// A keyframe this much too early still ends a segment: clocks round, and encoders place keyframes by frame count.
const earlyShare = 0.05;

/**
 * Packs H.264 and AAC frames into MPEG-TS segments that start at keyframes and lie end to end on one timeline.
 * Everything before the first keyframe is dropped; video alone is enough. A pure state machine: frames in, segments out.
 */
export class Segmenter {
  readonly #options: SegmenterOptions;
  readonly #muxer = new TsMuxer();
  readonly #timeline = new StreamTimeline({ maxForwardMs: 10_000, maxBackwardMs: 1_000 });
  readonly #videoGrid = new FrameGrid();
  readonly #audioGrid = new FrameGrid();
  #avc: AvcConfig | undefined;
  #aac: AacConfig | undefined;
  #open: OpenSegment | undefined;
  #seqNo = 0;
  #lastVideoDts = Number.NEGATIVE_INFINITY;
  #lastAudioPts = Number.NEGATIVE_INFINITY;
  #lastStep = 3000;
  #keyframeWaitFromMs: number | undefined;
  #parts: LivePart[] = [];

  constructor(options: Partial<SegmenterOptions> = {}) {
    this.#options = { ...defaultSegmenterOptions, ...options };
  }

  /** Frames per second that the publisher announced; restores times that RTMP rounded to ms. */
  setFrameRate(fps: number): void {
    this.#videoGrid.setRate(fps);
  }

  /**
   * Takes a video message with its wire timestamp in ms. Returns the segment that a keyframe ended.
   * Throws `segmenter_no_keyframe`, `segmenter_too_large` or `rtmp_bad_media`; the stream is over then.
   */
  video(timestamp: number, message: FlvVideo): CutSegment | undefined {
    if (message.kind === "config") {
      this.#avc = message.config;
      return undefined;
    }
    if (message.kind === "nothing" || this.#avc === undefined) return undefined;
    const placedMs = this.#place(timestamp);
    this.#checkKeyframe(placedMs, message.keyframe);
    const dts = this.#videoGrid.ticks(placedMs);
    if (dts <= this.#lastVideoDts) return undefined;
    const pts = Math.max(0, this.#videoGrid.ticks(placedMs + message.compositionMs));
    const cut = message.keyframe ? this.#keyframe(dts) : undefined;
    if (this.#open === undefined) return cut;
    this.#cutPart(this.#open, dts, message.keyframe);
    // Before anything is counted: a damaged frame ends the stream, and the segment ends where it would have begun.
    const nals = splitAvcFrame(message.data, this.#open.config.lengthSize);
    if (Number.isFinite(this.#lastVideoDts)) this.#lastStep = dts - this.#lastVideoDts;
    this.#lastVideoDts = dts;
    this.#open.frameCount++;
    this.#muxer.video({
      pts,
      dts,
      keyframe: message.keyframe,
      nals,
      parameterSets: this.#open.config.parameterSets,
    });
    this.#checkSize();
    return cut;
  }

  /** Takes an audio message. Throws like `video`. */
  audio(timestamp: number, message: FlvAudio): void {
    if (message.kind === "config") {
      this.#aac = message.config;
      this.#audioGrid.setStep((1024 * 90_000) / message.config.sampleRate);
      return;
    }
    if (message.kind !== "frame" || this.#aac === undefined) return;
    const placedMs = this.#place(timestamp);
    this.#checkKeyframe(placedMs, false);
    const pts = this.#audioGrid.ticks(placedMs);
    if (pts <= this.#lastAudioPts || this.#open === undefined) return;
    this.#lastAudioPts = pts;
    this.#muxer.audio({ pts, adts: adtsFrame(this.#aac, message.data) });
    this.#checkSize();
  }

  /**
   * The parts that were cut since the last call, oldest first; they are handed out once. Put together they are the segment:
   * its last part is there before the segment is.
   */
  takeParts(): LivePart[] {
    return this.#parts.splice(0);
  }

  /** Ends the stream; returns what the last segment held. */
  end(): CutSegment | undefined {
    return this.#close(this.#lastVideoDts + this.#lastStep);
  }

  #place(timestamp: number): number {
    return this.#timeline.place(timestamp) + this.#options.timestampOffsetMs;
  }

  #keyframe(dts: number): CutSegment | undefined {
    const config = this.#avc as AvcConfig;
    const open = this.#open;
    if (open !== undefined) {
      const elapsedMs = (dts - open.startTicks) / 90;
      // A new sequence header may change the size: a segment holds one size only.
      if (elapsedMs < this.#options.segmentMs * (1 - earlyShare) && open.config === config) return undefined;
    }
    const cut = this.#close(dts);
    this.#muxer.startSegment(this.#aac !== undefined);
    this.#open = {
      ...{ startTicks: dts, config, frameCount: 0 },
      ...{ partIndex: 0, partStartTicks: dts, partStartsAtKeyframe: true },
    };
    return cut;
  }

  /** Ends a part when the frame before this one is the last that fits: players are told that no part is longer. */
  #cutPart(open: OpenSegment, dts: number, keyframe: boolean): void {
    const step = Math.min(Math.max(dts - this.#lastVideoDts, 0), this.#lastStep);
    if (open.frameCount === 0 || dts + step - open.partStartTicks <= this.#options.partMs * 90) return;
    this.#handOutPart(open, dts, false);
    open.partIndex++;
    open.partStartTicks = dts;
    open.partStartsAtKeyframe = keyframe;
  }

  #handOutPart(open: OpenSegment, endTicks: number, isLast: boolean): void {
    this.#parts.push({
      seqNo: this.#seqNo,
      index: open.partIndex,
      bytes: this.#muxer.takePart(),
      durationMs: (endTicks - open.partStartTicks) / 90,
      isIndependent: open.partStartsAtKeyframe,
      isLast,
    });
  }

  #close(endTicks: number): CutSegment | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.frameCount === 0) return undefined;
    this.#handOutPart(open, endTicks, true);
    return {
      segment: {
        seqNo: this.#seqNo++,
        bytes: this.#muxer.takeSegment(),
        durationMs: Math.round((endTicks - open.startTicks) / 90),
        container: "mpegts",
      },
      info: { width: open.config.width, height: open.config.height },
    };
  }

  #checkKeyframe(placedMs: number, keyframe: boolean): void {
    if (keyframe) this.#keyframeWaitFromMs = placedMs;
    this.#keyframeWaitFromMs ??= placedMs;
    if (placedMs - this.#keyframeWaitFromMs <= this.#options.keyframeTimeoutMs) return;
    throw new LpError({
      code: "segmenter_no_keyframe",
      message: `no video keyframe for ${this.#options.keyframeTimeoutMs / 1000} s: set the encoder's keyframe interval to 2 s`,
    });
  }

  #checkSize(): void {
    if (this.#muxer.sizeBytes <= this.#options.maxSegmentBytes) return;
    throw new LpError({
      code: "segmenter_too_large",
      message: `a segment grew over ${this.#options.maxSegmentBytes} bytes: lower the bitrate or the keyframe interval`,
    });
  }
}
