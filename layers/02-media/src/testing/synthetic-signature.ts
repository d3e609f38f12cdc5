import { BitWriter } from "./bit-writer.ts";

/** What a made MPEG-7 signature is of. */
export type SyntheticSignatureOptions = {
  /** Chooses the pictures: same seed, same video. */
  readonly seed: number;
  readonly frameCount: number;
};

/** A binary video signature whose frames are unlike those of every other seed. */
export function syntheticSignature({ seed, frameCount }: SyntheticSignatureOptions): Uint8Array {
  const writer = new BitWriter();
  writer.bits(1, 32).bits(1, 1).bits(0, 16).bits(0, 16).bits(255, 16).bits(143, 16);
  writer.bits(0, 32).bits(frameCount, 32).bits(30, 16).bits(1, 1).bits(0, 32).bits(frameCount, 32);
  writer
    .bits(1, 32)
    .bits(0, 32)
    .bits(frameCount - 1, 32)
    .bits(1, 1)
    .bits(0, 32)
    .bits(frameCount - 1, 32);
  for (let word = 0; word < 5; word++) for (let bit = 0; bit < 243; bit++) writer.bits(0, 1);
  writer.bits(0, 1);
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  for (let frame = 0; frame < frameCount; frame++) {
    writer.bits(1, 1).bits(frame, 32).bits(100, 8).bits(0, 32).bits(0, 8);
    for (let byte = 0; byte < 76; byte++) writer.bits(next() % 243, 8);
  }
  return writer.finish();
}
