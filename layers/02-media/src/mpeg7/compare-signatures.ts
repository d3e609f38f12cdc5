import type { SignatureFrame, VideoSignature } from "./video-signature.ts";

/** How much of two videos is the same: nothing, a part, or all of the shorter one. */
export type SignatureMatch = "none" | "part" | "whole";

/** Distances at or above this are different frames. The network's threshold; the filter's own default is 116. */
const distanceThreshold = 150;
const coarseFrames = 90;
const offsetBound = 90;
const highestRate = 60;
const frameRateUnit = 30;
/** Equally near frames that are remembered for one: standing pictures are all alike. */
const rememberedNearest = 16;
/** Bad frames in a row that a match survives. */
const tolerance = 2;
/** Candidates need more votes than this share of the best. */
const voteShare = 0.7;

/** `distances[a * 256 + b]`: Σ of the differences of the five base-3 digits of two bytes. */
const byteDistances = makeByteDistances();

function makeByteDistances(): Uint8Array {
  const digits = (byte: number) => [1, 3, 9, 27, 81].map((unit) => Math.floor(byte / unit) % 3);
  const table = new Uint8Array(256 * 256);
  for (let a = 0; a < 256; a++) {
    const left = digits(a);
    for (let b = 0; b < 256; b++) {
      const right = digits(b);
      table[a * 256 + b] = left.reduce((sum, digit, i) => sum + Math.abs(digit - (right[i] as number)), 0);
    }
  }
  return table;
}

/** Distance of two frames, 0 for the same. */
export function frameDistance(a: SignatureFrame, b: SignatureFrame): number {
  let sum = 0;
  for (let i = 0; i < a.digits.length; i++) {
    sum += byteDistances[(a.digits[i] as number) * 256 + (b.digits[i] as number)] as number;
  }
  return sum;
}

/** Rounds half to even, as the reference's floating point rounding does. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A frame of the first video and the nearest frames of the second, by position in their coarse segments. */
type Nearest = { readonly distance: number; readonly positions: readonly number[] };

/** A way to lay one video over the other: frame `a` of the first on frame `b` of the second. */
type Candidate = { readonly ratio: number; readonly a: number; readonly b: number };

/**
 * Compares two signatures by the network's rules. The coarse words are not looked at: the reference divides whole numbers there,
 * so that every pair of coarse segments passes.
 */
export function compareVideoSignatures(first: VideoSignature, second: VideoSignature): SignatureMatch {
  let best: SignatureMatch = "none";
  for (const startA of first.coarseStarts) {
    for (const startB of second.coarseStarts) {
      const found = compareFrom(first.frames, startA, second.frames, startB);
      if (found === "whole") return found;
      if (found === "part") best = found;
    }
  }
  return best;
}

function compareFrom(
  a: readonly SignatureFrame[],
  startA: number,
  b: readonly SignatureFrame[],
  startB: number,
): SignatureMatch {
  const nearest = nearestFrames(a, startA, b, startB);
  const candidates = vote(nearest, startA, startB);
  return walkAll(candidates, a, b);
}

/** For each frame the nearest ones of the other video; the last frame of a list is never asked. */
function nearestFrames(
  a: readonly SignatureFrame[],
  startA: number,
  b: readonly SignatureFrame[],
  startB: number,
): Nearest[] {
  const countA = Math.min(coarseFrames, a.length - 1 - startA);
  const countB = Math.min(coarseFrames, b.length - 1 - startB);
  return Array.from({ length: Math.max(0, countA) }, (_, i) => {
    let distance = distanceThreshold;
    let positions: number[] = [];
    for (let j = 0; j < countB; j++) {
      const found = frameDistance(a[startA + i] as SignatureFrame, b[startB + j] as SignatureFrame);
      if (found >= distanceThreshold || found > distance) continue;
      if (found < distance) positions = [];
      distance = found;
      if (positions.length < rememberedNearest) positions.push(j);
    }
    return { distance, positions };
  });
}

/** Pairs of nearest frames vote for a frame rate and an offset between the videos. The favourites come out, by rate, then offset. */
function vote(nearest: readonly Nearest[], startA: number, startB: number): Candidate[] {
  type Bin = { votes: number; distance: number; a: number; b: number };
  const bins = new Map<number, Bin>();
  let most = 0;
  const consider = (i: number, positionI: number, k: number, positionK: number) => {
    if (positionI === positionK) return;
    const slope = Math.trunc((positionK - positionI) / (k - i));
    const rate = roundHalfEven(slope * frameRateUnit + 0.5);
    if (rate < 1 || rate > highestRate) return;
    const offset = positionI - roundHalfEven(slope * i + 0.5);
    if (offset <= -offsetBound || offset >= offsetBound) return;
    const key = rate * 2 * offsetBound + offset + offsetBound;
    const bin = bins.get(key) ?? { votes: 0, distance: Number.POSITIVE_INFINITY, a: 0, b: 0 };
    bins.set(key, bin);
    bin.votes++;
    most = Math.max(most, bin.votes);
    const [distanceI, distanceK] = [(nearest[i] as Nearest).distance, (nearest[k] as Nearest).distance];
    const [nearer, index, position] = distanceI < distanceK ? [distanceI, i, positionI] : [distanceK, k, positionK];
    if (nearer < bin.distance) Object.assign(bin, { distance: nearer, a: index, b: position });
  };
  for (let i = 0; i < nearest.length; i++) {
    for (let k = i + 1; k < nearest.length; k++) {
      for (const positionI of (nearest[i] as Nearest).positions) {
        for (const positionK of (nearest[k] as Nearest).positions) consider(i, positionI, k, positionK);
      }
    }
  }
  const needed = Math.trunc(voteShare * most);
  return [...bins]
    .map(([key, bin]) => ({
      ...bin,
      rate: Math.floor(key / (2 * offsetBound)),
      offset: (key % (2 * offsetBound)) - offsetBound,
    }))
    .filter((bin) => bin.votes > needed && bin.offset < 0)
    .sort((x, y) => x.rate - y.rate || x.offset - y.offset)
    .map((bin) => ({ ratio: bin.rate / frameRateUnit, a: startA + bin.a, b: startB + bin.b }));
}

/** Walks from each candidate to both sides while the frames fit. What is counted goes on from one candidate to the next, as there. */
function walkAll(
  candidates: readonly Candidate[],
  a: readonly SignatureFrame[],
  b: readonly SignatureFrame[],
): SignatureMatch {
  let [good, dull, reachedEnd, reachedBegin] = [0, 0, false, false];
  let best: SignatureMatch = "none";
  for (const candidate of candidates) {
    for (const direction of [1, -1] as const) {
      let [atA, atB] = [candidate.a, candidate.b];
      let badInRow = 0;
      for (let count = 1; ; count++) {
        const [frameA, frameB] = [a[atA], b[atB]];
        if (frameA === undefined || frameB === undefined) {
          if (direction === 1) reachedEnd = true;
          else reachedBegin = true;
          break;
        }
        if (frameDistance(frameA, frameB) > distanceThreshold) {
          if (frameA.confidence >= 1 || frameB.confidence >= 1) badInRow++;
          if (badInRow > tolerance) break;
        } else {
          badInRow = 0;
          good++;
          if (frameA.confidence < 1 || frameB.confidence < 1) dull++;
        }
        const step = Math.trunc(count * candidate.ratio - (count - 1) * candidate.ratio);
        atA += direction * (step === 1 || candidate.ratio > 1 ? 1 : 2);
        atB += direction * (step === 1 || candidate.ratio < 1 ? 1 : 2);
      }
    }
    if (good * 0.5 <= dull) continue;
    if (reachedEnd && reachedBegin) return "whole";
    best = "part";
  }
  return best;
}
