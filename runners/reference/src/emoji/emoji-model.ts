import { fileURLToPath } from "node:url";
import { Refusal } from "../http/refusal.ts";
import { type Picture, pictureFrom, resized } from "../media/picture.ts";
import { floatTensor, type InferenceSession, infer, longTensor, openModel } from "../onnx/session.ts";

/** Side of the pictures that the model draws. */
export const emojiSide = 48;
/** Numbers that describe one picture. */
export const latentSize = 160;

const folder = new URL("../../models/emoji-flow-48/", import.meta.url);

/** How a picture is drawn. */
export type Drawing = {
  /** Where it begins, rows of `latentSize`. */
  readonly latents: Float32Array;
  /** How far it is already: 0 is noise, 1 a picture. */
  readonly from: number;
  readonly steps: number;
  readonly ids: readonly number[];
  /** What it shall not be; empty: anything. */
  readonly otherIds: readonly number[];
  /** 1: the prompt as it is; more: away from what it shall not be. */
  readonly guidance: number;
};

/** The trained model: noise becomes latents, latents become pictures, pictures become latents. */
export class EmojiModel {
  readonly #flow: InferenceSession;
  readonly #pictures: InferenceSession;
  /** Mean picture, and what each number of a latent adds to it. */
  readonly #mean: Float32Array;
  readonly #rows: Float32Array;

  private constructor(flow: InferenceSession, pictures: InferenceSession, mean: Float32Array, rows: Float32Array) {
    this.#flow = flow;
    this.#pictures = pictures;
    this.#mean = mean;
    this.#rows = rows;
  }

  static async open(): Promise<EmojiModel> {
    const flow = await openModel(fileURLToPath(new URL("flow.onnx", folder)));
    const pictures = await openModel(fileURLToPath(new URL("pictures.onnx", folder)));
    // drawing nothing and each number alone shows how pictures are put together, and so how to take them apart
    const probe = new Float32Array((latentSize + 1) * latentSize);
    for (let at = 0; at < latentSize; at++) probe[(at + 1) * latentSize + at] = 1;
    const { linear } = await infer(pictures, { latent: floatTensor(probe, [latentSize + 1, latentSize]) });
    const size = emojiSide * emojiSide * 3;
    const mean = (linear?.data ?? new Float32Array()).slice(0, size);
    const rows = (linear?.data ?? new Float32Array()).slice(size);
    for (let at = 0; at < rows.length; at++) rows[at] = (rows[at] as number) - (mean[at % size] as number);
    return new EmojiModel(flow, pictures, mean, rows);
  }

  /** Follows the flow to pictures; returns their latents. */
  async draw({ latents, from, steps, ids, otherIds, guidance }: Drawing, signal: AbortSignal): Promise<Float32Array> {
    const count = latents.length / latentSize;
    const state = Float32Array.from(latents);
    const taken = Math.max(1, Math.round(steps * (1 - from)));
    for (let step = 0; step < taken; step++) {
      if (signal.aborted) throw new Refusal(499, "the client has gone");
      const moment = from + ((1 - from) * step) / taken;
      const wanted = await this.#velocity(state, count, moment, ids);
      const other = guidance === 1 ? wanted : await this.#velocity(state, count, moment, otherIds);
      for (let at = 0; at < state.length; at++) {
        const velocity = (other[at] as number) + guidance * ((wanted[at] as number) - (other[at] as number));
        state[at] = (state[at] as number) + (velocity * (1 - from)) / taken;
      }
    }
    return state;
  }

  async #velocity(latents: Float32Array, count: number, moment: number, ids: readonly number[]): Promise<Float32Array> {
    const row = ids.length === 0 ? [0] : ids;
    const { velocity } = await infer(this.#flow, {
      latent: floatTensor(latents, [count, latentSize]),
      moment: floatTensor(new Float32Array(count).fill(moment), [count, 1]),
      ids: longTensor(Array.from({ length: count }, () => row).flat(), [count, row.length]),
    });
    if (velocity === undefined) throw new TypeError("the model gave no direction");
    return velocity.data;
  }

  /** Values in 0..1, pictures of `emojiSide` one after the other, RGB. */
  async values(latents: Float32Array): Promise<Float32Array> {
    const { picture } = await infer(this.#pictures, {
      latent: floatTensor(latents, [latents.length / latentSize, latentSize]),
    });
    if (picture === undefined) throw new TypeError("the model gave no picture");
    return picture.data;
  }

  async picture(latent: Float32Array): Promise<Picture> {
    return pictureFrom(await this.values(latent), emojiSide, emojiSide);
  }

  /** The latent nearest to a picture of any size. */
  async latentOf(picture: Picture): Promise<Float32Array> {
    const { data } = await resized(picture, emojiSide, emojiSide, "contain");
    const latent = new Float32Array(latentSize);
    const size = this.#mean.length;
    for (let at = 0; at < latentSize; at++) {
      let product = 0;
      let squares = 0;
      for (let pixel = 0; pixel < size; pixel++) {
        const row = this.#rows[at * size + pixel] as number;
        product += row * ((data[pixel] as number) / 255 - (this.#mean[pixel] as number));
        squares += row * row;
      }
      latent[at] = product / squares;
    }
    return latent;
  }
}
