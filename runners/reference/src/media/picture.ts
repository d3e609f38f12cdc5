import sharp, { type Sharp } from "sharp";
import { Refusal } from "../http/refusal.ts";

/** Largest picture that is unpacked, in pixels. */
export const maxPicturePixels = 4096 * 4096;

/** RGB bytes in row order. */
export type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array };

sharp.cache(false);
sharp.concurrency(1);

/** Reads PNG, JPEG, WebP and whatever else sharp knows; transparent parts become white. Throws `Refusal` 400 for what is no picture. */
export async function readPicture(bytes: Buffer, maxPixels = maxPicturePixels): Promise<Picture> {
  let picture: Picture;
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPicturePixels, pages: 1 })
      .rotate()
      .flatten({ background: "#ffffff" })
      .toColorspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    picture = { width: info.width, height: info.height, data: info.channels === 1 ? tripled(data) : data };
  } catch (error) {
    throw new Refusal(400, `image is no picture that can be read: ${(error as Error).message}`);
  }
  if (picture.width * picture.height > maxPixels) {
    throw new Refusal(
      413,
      `image has ${picture.width}x${picture.height} pixels; this model takes at most ${maxPixels}`,
    );
  }
  return picture;
}

function tripled(gray: Uint8Array): Uint8Array {
  const data = new Uint8Array(gray.length * 3);
  for (let at = 0; at < data.length; at++) data[at] = gray[Math.floor(at / 3)] as number;
  return data;
}

/** How a picture fills another size. */
export type Fit = "fill" | "contain";

/** The picture in another size; `contain` keeps its proportions on white. */
export async function resized(picture: Picture, width: number, height: number, fit: Fit = "fill"): Promise<Picture> {
  if (picture.width === width && picture.height === height) return picture;
  const data = await opened(picture)
    .resize(width, height, { fit, background: "#ffffff", kernel: "cubic" })
    .raw()
    .toBuffer();
  return { width, height, data };
}

/** A sharp pipeline that begins with the picture. */
export function opened({ width, height, data }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** The picture as a PNG in a data URL. */
export async function pngUrl(picture: Picture): Promise<string> {
  const png = await opened(picture).png({ compressionLevel: 6 }).toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** RGB bytes from real numbers in 0..1, in the same order. */
export function pictureFrom(values: Float32Array, width: number, height: number): Picture {
  const data = new Uint8Array(values.length);
  for (let at = 0; at < data.length; at++) {
    data[at] = Math.round(Math.min(1, Math.max(0, values[at] as number)) * 255);
  }
  return { width, height, data };
}

/** Planes of one color each, [3,h,w], each value `(byte - mean) / deviation`; BGR order when asked for. */
export function planes(
  { width, height, data }: Picture,
  mean: readonly number[],
  deviation: readonly number[],
  isBgr: boolean,
): Float32Array {
  const size = width * height;
  const values = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    const from = isBgr ? 2 - channel : channel;
    const [middle = 0, spread = 1] = [mean[channel], deviation[channel]];
    for (let pixel = 0; pixel < size; pixel++) {
      values[channel * size + pixel] = ((data[pixel * 3 + from] as number) - middle) / spread;
    }
  }
  return values;
}
