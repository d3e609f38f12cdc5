import { LpError } from "@livepeer-ts/kernel";

/** One frame of a video signature (ISO/IEC 15938-3). */
export type SignatureFrame = {
  /** In the signature's own time base. */
  readonly pts: number;
  /** 0–255; below 1 the frame has too little in it to be told from others. */
  readonly confidence: number;
  /** 76 bytes, each five digits to the base of 3. */
  readonly digits: Uint8Array;
};

/** A signature as the `signature` filter writes it in its binary form. */
export type VideoSignature = {
  readonly frames: readonly SignatureFrame[];
  /** Index of the first frame of each coarse segment, which are up to 90 frames long. */
  readonly coarseStarts: readonly number[];
};

const headBits = 32 + 1 + 4 * 16 + 32 + 32 + 16 + 65;
const coarseWordBits = 5 * 243;
const coarseBits = 4 * 32 + 1 + coarseWordBits;
const frameBits = 689;
const frameSignatureBytes = 76;
/** Coarse segments that are read: hours of video. */
const maxCoarseSegments = 100_000;

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length * 8 - this.#at;
  }

  skip(bits: number): void {
    this.#at += bits;
  }

  /** At most 32 bits, the highest first; bits beyond the end are 0. */
  read(bits: number): number {
    let value = 0;
    for (let taken = 0; taken < bits; ) {
      const inByte = this.#at & 7;
      const take = Math.min(8 - inByte, bits - taken);
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 ** take + ((byte >> (8 - inByte - take)) & ((1 << take) - 1));
      taken += take;
      this.#at += take;
    }
    return value;
  }
}

function invalid(message: string): LpError {
  return new LpError({ code: "bad_signature_data", message: `InvalidSignData: ${message}` });
}

/** Reads a binary signature. Throws `bad_signature_data` when it holds no frame or its parts do not fit; never crashes. */
export function parseVideoSignature(bytes: Uint8Array): VideoSignature {
  const reader = new BitReader(bytes);
  reader.skip(headBits);
  const coarseCount = reader.read(32);
  if (coarseCount < 1 || coarseCount > maxCoarseSegments || reader.left < coarseCount * coarseBits) {
    throw invalid(`${bytes.length} bytes cannot hold ${coarseCount} coarse segments`);
  }
  const firstPts: number[] = [];
  for (let i = 0; i < coarseCount; i++) {
    reader.skip(65);
    const [first, last] = [reader.read(32), reader.read(32)];
    firstPts.push(Math.min(first, last));
    reader.skip(coarseWordBits);
  }
  reader.skip(1);
  // the number in the head is not to be trusted
  const frameCount = Math.floor(reader.left / frameBits);
  if (frameCount < 1) throw invalid("it holds no frame");
  const frames = Array.from({ length: frameCount }, (): SignatureFrame => {
    reader.skip(1);
    const pts = reader.read(32);
    const confidence = reader.read(8);
    reader.skip(40);
    return { pts, confidence, digits: Uint8Array.from({ length: frameSignatureBytes }, () => reader.read(8)) };
  });
  const coarseStarts = firstPts.map((pts) => {
    const index = frames.findIndex((frame) => frame.pts >= pts);
    if (index < 0) throw invalid(`a coarse segment begins after the last frame`);
    return index;
  });
  return { frames, coarseStarts };
}
