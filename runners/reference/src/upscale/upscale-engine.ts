import { join } from "node:path";
import { Refusal } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import { freshSeed } from "../jobs/random.ts";
import { type Picture, pictureFrom, planes, pngUrl, readPicture } from "../media/picture.ts";
import { floatTensor, type InferenceSession, infer, openModel } from "../onnx/session.ts";

/** How much larger each side becomes. */
const factor = 4;
/** Largest picture, in pixels; it takes a minute. */
export const maxUpscalePixels = 1024 * 1024;
/** Side of the pieces that are enlarged one by one, and how far they reach into their neighbors. */
const tile = 128;
const margin = 8;

/** ESRGAN medium, four times larger. The prompt is part of the protocol and is not used by this model. */
export async function upscaleEngine(folder: string): Promise<Engine> {
  const session = await openModel(join(folder, "upscale/esrgan-medium-x4.onnx"));
  return {
    async run(job, signal) {
      const picture = await readPicture(job.file("image"), maxUpscalePixels);
      const larger = await enlarged(session, picture, signal);
      const seed = job.optionalNumber("seed") ?? freshSeed();
      return { kind: "json", value: { images: [{ url: await pngUrl(larger), seed, nsfw: false }] } };
    },
  };
}

async function enlarged(session: InferenceSession, picture: Picture, signal: AbortSignal): Promise<Picture> {
  const [width, height] = [picture.width * factor, picture.height * factor];
  const data = new Uint8Array(width * height * 3);
  for (let top = 0; top < picture.height; top += tile) {
    for (let left = 0; left < picture.width; left += tile) {
      if (signal.aborted) throw new Refusal(499, "the client has gone");
      const piece = cut(picture, left - margin, top - margin, left + tile + margin, top + tile + margin);
      const big = await enlargedPiece(session, piece.picture);
      const [right, bottom] = [Math.min(picture.width, left + tile), Math.min(picture.height, top + tile)];
      const rowBytes = (right - left) * factor * 3;
      for (let y = top * factor; y < bottom * factor; y++) {
        const from = ((y - piece.top * factor) * big.width + (left - piece.left) * factor) * 3;
        data.set(big.data.subarray(from, from + rowBytes), (y * width + left * factor) * 3);
      }
    }
  }
  return { width, height, data };
}

/** A rectangle of the picture, as far as it lies inside. */
function cut(picture: Picture, fromX: number, fromY: number, toX: number, toY: number) {
  const [left, top] = [Math.max(0, fromX), Math.max(0, fromY)];
  const [right, bottom] = [Math.min(picture.width, toX), Math.min(picture.height, toY)];
  const width = right - left;
  const height = bottom - top;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    data.set(picture.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { left, top, picture: { width, height, data } };
}

async function enlargedPiece(session: InferenceSession, piece: Picture): Promise<Picture> {
  const input = planes(piece, [0, 0, 0], [255, 255, 255], false);
  const { larger } = await infer(session, { picture: floatTensor(input, [1, 3, piece.height, piece.width]) });
  if (larger === undefined) throw new TypeError("the upscaler gave no picture");
  const [width, height] = [piece.width * factor, piece.height * factor];
  const mixed = new Float32Array(width * height * 3);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < width * height; pixel++) {
      mixed[pixel * 3 + channel] = larger.data[channel * width * height + pixel] as number;
    }
  }
  return pictureFrom(mixed, width, height);
}
