/** Pictures of a second of video that are sampled. */
export const picturesPerSecond = 25;
/** Every so many of the rendition's is held against the source's. */
const stride = 5;
/** Pictures of the source, before and after, among which it is looked for: rates are converted in several ways. */
const reach = 3;

/** Small grey pictures of a video, `picturesPerSecond` from its first one on, row by row, one byte a pixel. */
export type PictureSamples = {
  /** Bytes of one picture. */
  readonly pictureBytes: number;
  readonly pictures: readonly Uint8Array[];
};

/** How two videos differ. */
export type PictureDistance = {
  /** Mean difference of brightness, 0–255, of the middle pair. */
  readonly brightness: number;
  /** How alike the patterns are, −1 to 1, of the middle pair; undefined where there is no pattern. */
  readonly pattern: number | undefined;
  /** Pictures of one video that the other has no partner for. */
  readonly missing: number;
};

/** Pictures with a smaller standard deviation have no pattern to compare. */
const flat = 4;
/** Above this the brightness cannot be the encoder's doing, unless the pattern is the very same: another range of values. */
const otherBrightness = 30;
const samePattern = 0.98;
/** Below this the patterns cannot be the same. */
const otherPattern = 0.7;
/** Further apart than this are also pictures of the same scene at another time; then most of them are nearer to another time. */
const otherTime = { brightness: 10, pattern: 0.96, share: 0.5 };

/** Compares pictures of the rendition, five a second, with those of the source that are nearest in time and likeness. */
export function pictureDistance(source: PictureSamples, rendition: PictureSamples): PictureDistance {
  const count = Math.min(source.pictures.length, rendition.pictures.length);
  const pairs = Array.from({ length: Math.ceil(count / stride) }, (_, i) => {
    const at = i * stride;
    return source.pictures
      .slice(Math.max(0, at - reach), at + reach + 1)
      .map((from) => compare(from, rendition.pictures[at] as Uint8Array))
      .reduce((best, pair) => (pair.brightness < best.brightness ? pair : best));
  });
  return {
    brightness: middle(pairs.map((pair) => pair.brightness)) ?? 0,
    pattern: middle(pairs.flatMap((pair) => pair.pattern ?? [])),
    missing: Math.abs(source.pictures.length - rendition.pictures.length),
  };
}

/** Why a rendition does not show its source; undefined: it does. */
export function pictureFault(source: PictureSamples, rendition: PictureSamples): string | undefined {
  if (source.pictures.length === 0) return undefined; // what cannot be decoded here is held against nobody
  if (rendition.pictures.length === 0) return "nothing in it can be decoded";
  const { brightness, pattern, missing } = pictureDistance(source, rendition);
  if (missing > Math.max(stride, source.pictures.length * 0.3))
    return `${rendition.pictures.length} of ${source.pictures.length} looked-at pictures can be decoded`;
  const isOther =
    pattern === undefined
      ? brightness > otherBrightness
      : pattern < otherPattern ||
        (brightness > otherBrightness && pattern < samePattern) ||
        (brightness > otherTime.brightness &&
          pattern < otherTime.pattern &&
          elsewhere(source, rendition) >= otherTime.share);
  if (!isOther) return undefined;
  const agree = pattern === undefined ? "" : `, patterns agree to ${pattern.toFixed(2)} of 1`;
  return `its pictures are not the source's: brightness differs by ${brightness.toFixed(0)} of 255${agree}`;
}

/** A difference is clearly smaller than another when it is below this part of it. */
const clearly = 0.9;

/** Share of the rendition's pictures that are clearly nearer to another time of the source than to their own. */
function elsewhere(source: PictureSamples, rendition: PictureSamples): number {
  let [count, found] = [0, 0];
  for (let at = 0; at < rendition.pictures.length; at += stride) {
    let [near, far] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [i, from] of source.pictures.entries()) {
      const { brightness } = compare(from, rendition.pictures[at] as Uint8Array);
      if (Math.abs(i - at) <= reach) near = Math.min(near, brightness);
      else far = Math.min(far, brightness);
    }
    count++;
    if (far < near * clearly) found++;
  }
  return found / Math.max(1, count);
}

function compare(a: Uint8Array, b: Uint8Array): { readonly brightness: number; readonly pattern: number | undefined } {
  const n = a.length;
  let [sumA, sumB, sumAA, sumBB, sumAB, difference] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
    difference += Math.abs(x - y);
  }
  const [varianceA, varianceB] = [sumAA / n - (sumA / n) ** 2, sumBB / n - (sumB / n) ** 2];
  const covariance = sumAB / n - (sumA / n) * (sumB / n);
  const spread = Math.sqrt(Math.max(0, varianceA) * Math.max(0, varianceB));
  const pattern = Math.sqrt(varianceA) < flat ? undefined : spread === 0 ? 0 : covariance / spread;
  return { brightness: difference / n, pattern };
}

function middle(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
