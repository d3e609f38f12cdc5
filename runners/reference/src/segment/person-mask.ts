import { join } from "node:path";
import { type Picture, resized } from "../media/picture.ts";
import { floatTensor, type InferenceSession, infer, openModel } from "../onnx/session.ts";

const side = 256;
const leastShare = 0.5;

/** MediaPipe selfie segmentation. */
export class PersonModel {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  static async open(folder: string): Promise<PersonModel> {
    return new PersonModel(await openModel(join(folder, "human/selfie.onnx")));
  }

  /** 1 for each pixel that shows a person. */
  async mask(picture: Picture): Promise<Uint8Array> {
    const small = await resized(picture, side, side);
    const input = Float32Array.from(small.data, (value) => value / 255);
    const { person } = await infer(this.#session, { input: floatTensor(input, [1, side, side, 3]) });
    if (person === undefined) throw new TypeError("the person model gave no mask");
    const shares = stretched(person.data, side, side, picture.width, picture.height);
    return Uint8Array.from(shares, (share) => (share > leastShare ? 1 : 0));
  }
}

/** Values of one plane in another size, bilinear. */
export function stretched(
  values: ArrayLike<number>,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
): Float32Array {
  const result = new Float32Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const fromY = Math.min(height - 1, Math.max(0, ((y + 0.5) * height) / toHeight - 0.5));
    const [top, partY] = [Math.floor(fromY), fromY % 1];
    const below = Math.min(height - 1, top + 1);
    for (let x = 0; x < toWidth; x++) {
      const fromX = Math.min(width - 1, Math.max(0, ((x + 0.5) * width) / toWidth - 0.5));
      const [left, partX] = [Math.floor(fromX), fromX % 1];
      const beside = Math.min(width - 1, left + 1);
      const at = (row: number, column: number) => values[row * width + column] as number;
      const upper = at(top, left) * (1 - partX) + at(top, beside) * partX;
      const lower = at(below, left) * (1 - partX) + at(below, beside) * partX;
      result[y * toWidth + x] = upper * (1 - partY) + lower * partY;
    }
  }
  return result;
}
