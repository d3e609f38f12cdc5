import { TsMuxer } from "../mpegts/ts-muxer.ts";
import type { FrameSize } from "../profiles/scaled-size.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { BitWriter } from "./bit-writer.ts";

/** What a made segment looks like from outside. Its pictures cannot be decoded; everything around them is right. */
export type SyntheticSegmentOptions = FrameSize & {
  readonly seqNo: number;
  /** Times of the frames, 90 kHz ticks, ascending. */
  readonly pts: readonly number[];
  /** Bytes to aim at, all packets counted. */
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Chooses the filling: same seed, same bytes. */
  readonly seed: number;
};

/** A sequence parameter set of H.264 (constrained baseline, progressive) for a picture size with even sides. */
export function h264SpsOf(size: FrameSize): Uint8Array {
  const widthMbs = Math.ceil(size.width / 16);
  const heightMbs = Math.ceil(size.height / 16);
  const right = (widthMbs * 16 - size.width) / 2;
  const bottom = (heightMbs * 16 - size.height) / 2;
  const writer = new BitWriter().bits(66, 8).bits(0x40, 8).bits(40, 8);
  writer.ue(0).ue(0).ue(2).ue(1).bits(0, 1);
  writer
    .ue(widthMbs - 1)
    .ue(heightMbs - 1)
    .bits(1, 1)
    .bits(1, 1);
  if (right > 0 || bottom > 0) writer.bits(1, 1).ue(0).ue(right).ue(0).ue(bottom);
  else writer.bits(0, 1);
  const body = writer.bits(0, 1).finish();
  const nal = [0x67];
  let zeros = 0;
  for (const byte of body) {
    if (zeros >= 2 && byte <= 3) {
      nal.push(3);
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    nal.push(byte);
  }
  return Uint8Array.from(nal);
}

const pps = Uint8Array.of(0x68, 0xce, 0x3c, 0x80);
const fillerBytes = 1 << 19;
/** Distance of the places in the filler where a frame may begin. */
const frameGrid = 64;

/** Pictures' filling that looks like coded slices of H.264 at every place of the grid. */
function makeFiller(header: readonly [number, number]): Uint8Array {
  const bytes = new Uint8Array(fillerBytes);
  let state = 0x2545f491;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // No zeros: nothing in here can look like a start code.
    bytes[i] = (state >>> 24) | 1;
  }
  for (let at = 0; at < bytes.length; at += frameGrid) bytes.set(header, at);
  return bytes;
}

const keyframes = makeFiller([0x65, 0x88]);
const otherFrames = makeFiller([0x41, 0x9a]);
/** The largest frame that can begin at any of the places a seed may choose. */
const maxFrameBytes = fillerBytes / 2;

/** Bytes of a video-only MPEG-TS segment that demuxers, probes and counters read like a real one. */
export function syntheticTs(options: SyntheticSegmentOptions): Uint8Array {
  const muxer = new TsMuxer(options.sizeBytes + 64 * 1024);
  muxer.startSegment(false);
  const parameterSets = [h264SpsOf(options), pps];
  // Four bytes in 188 are packet headers; the rest of the overhead does not matter here.
  const frameBytes = Math.max(16, Math.floor((options.sizeBytes * 184) / 188 / Math.max(1, options.pts.length)) - 40);
  if (frameBytes > maxFrameBytes) throw new RangeError(`frames of ${frameBytes} bytes: at most ${maxFrameBytes}`);
  const places = (fillerBytes - maxFrameBytes) / frameGrid;
  for (const [index, pts] of options.pts.entries()) {
    const at = ((Math.abs(options.seed) + index * 7) % places) * frameGrid;
    const keyframe = index === 0;
    const nal = (keyframe ? keyframes : otherFrames).subarray(at, at + frameBytes);
    muxer.video({ pts, dts: pts, keyframe, nals: [nal], parameterSets });
  }
  return muxer.takeSegment();
}

/** A whole made segment; see `syntheticTs`. */
export function syntheticSegment(options: Partial<SyntheticSegmentOptions> = {}): MediaSegment {
  const seqNo = options.seqNo ?? 0;
  const durationMs = options.durationMs ?? 2000;
  const start = 90_000 + seqNo * durationMs * 90;
  const pts = options.pts ?? Array.from({ length: Math.round(durationMs * 0.03) }, (_, index) => start + index * 3000);
  const sizeBytes = options.sizeBytes ?? 100_000;
  const { width = 1280, height = 720, seed = seqNo } = options;
  return {
    seqNo,
    durationMs,
    container: "mpegts",
    bytes: syntheticTs({ seqNo, durationMs, pts, sizeBytes, width, height, seed }),
  };
}
