import { join } from "node:path";
import { type Picture, planes, resized } from "../media/picture.ts";
import { floatTensor, type InferenceSession, infer, openModel } from "../onnx/session.ts";
import { things } from "./things.ts";

const side = 416;
const strides = [8, 16, 32] as const;
/** Distances of a box's side from its cell are told as likelihoods of this many lengths. */
const lengths = 11;
const leastScore = 0.4;
const mostOverlap = 0.5;
/** Most things found in one picture. */
export const maxThings = 50;

/** Something seen: what, how sure, and where in pixels of the picture. */
export type Seen = {
  readonly thing: string;
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** NanoDet. */
export class Detector {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async open(folder: string): Promise<Detector> {
    return new Detector(await openModel(join(folder, "human/nanodet.onnx")));
  }

  /** Things in the picture, surest first. */
  async find(picture: Picture): Promise<Seen[]> {
    const input = planes(await resized(picture, side, side), [103.53, 116.28, 123.675], [57.375, 57.12, 58.395], true);
    const outputs = await infer(this.#session, { input: floatTensor(input, [1, 3, side, side]) });
    const found: Seen[] = [];
    for (const stride of strides) {
      const scores = outputs[`scores_${stride}`]?.data ?? new Float32Array();
      const boxes = outputs[`boxes_${stride}`]?.data ?? new Float32Array();
      const cells = side / stride;
      for (let at = 0; at < scores.length; at++) {
        const score = scores[at] as number;
        if (score < leastScore) continue;
        const cell = Math.floor(at / things.length);
        const distance = (index: number) => expectation(boxes, cell * 4 * lengths + index * lengths) * stride;
        const x = ((cell % cells) + 0.5) * stride;
        const y = (Math.floor(cell / cells) + 0.5) * stride;
        const [scaleX, scaleY] = [picture.width / side, picture.height / side];
        found.push({
          thing: things[at % things.length] as string,
          score,
          left: Math.max(0, (x - distance(0)) * scaleX),
          top: Math.max(0, (y - distance(1)) * scaleY),
          right: Math.min(picture.width, (x + distance(2)) * scaleX),
          bottom: Math.min(picture.height, (y + distance(3)) * scaleY),
        });
      }
    }
    return withoutDoubles(found);
  }
}

/** Expected index of a row of logits. */
function expectation(values: Float32Array, from: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < lengths; at++) peak = Math.max(peak, values[from + at] as number);
  let sum = 0;
  let weighted = 0;
  for (let at = 0; at < lengths; at++) {
    const share = Math.exp((values[from + at] as number) - peak);
    sum += share;
    weighted += share * at;
  }
  return weighted / sum;
}

function withoutDoubles(found: Seen[]): Seen[] {
  const kept: Seen[] = [];
  for (const candidate of found.sort((left, right) => right.score - left.score)) {
    const isNew = kept.every((other) => other.thing !== candidate.thing || overlap(other, candidate) < mostOverlap);
    if (isNew) kept.push(candidate);
    if (kept.length === maxThings) break;
  }
  return kept;
}

/** Shared area over joint area. */
function overlap(one: Seen, other: Seen): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  if (width <= 0 || height <= 0) return 0;
  const area = ({ left, top, right, bottom }: Seen) => (right - left) * (bottom - top);
  return (width * height) / (area(one) + area(other) - width * height);
}
