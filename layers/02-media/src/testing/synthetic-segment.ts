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
const fillerSize = 1 << 18;

function makeFiller(): Uint8Array {
  const bytes = new Uint8Array(fillerSize);
  let state = 0x2545f491;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // No zeros: nothing in here can look like a start code.
    bytes[i] = (state >>> 24) | 1;
  }
  return bytes;
}

const filler = makeFiller();

/** Bytes of a video-only MPEG-TS segment that demuxers, probes and counters read like a real one. */
export function syntheticTs(options: SyntheticSegmentOptions): Uint8Array {
  const muxer = new TsMuxer(options.sizeBytes + 64 * 1024);
  muxer.startSegment(false);
  const parameterSets = [h264SpsOf(options), pps];
  // Four bytes in 188 are packet headers; the rest of the overhead does not matter here.
  const frameBytes = Math.max(16, Math.floor((options.sizeBytes * 184) / 188 / Math.max(1, options.pts.length)) - 40);
  let at = Math.abs(options.seed) % fillerSize;
  for (const [index, pts] of options.pts.entries()) {
    const nal = new Uint8Array(frameBytes);
    nal[0] = index === 0 ? 0x65 : 0x41;
    nal[1] = index === 0 ? 0x88 : 0x9a;
    for (let filled = 2; filled < frameBytes; ) {
      const take = Math.min(frameBytes - filled, fillerSize - at);
      nal.set(filler.subarray(at, at + take), filled);
      filled += take;
      at = (at + take) % fillerSize;
    }
    muxer.video({ pts, dts: pts, keyframe: index === 0, nals: [nal], parameterSets });
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
