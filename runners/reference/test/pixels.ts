import { readFileSync } from "node:fs";
import { join } from "node:path";
import { folder } from "./runner-process.ts";

/** RGB bytes in row order. */
export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** A photograph of the tests' models folder. */
export function photo(name: string): Buffer {
  return readFileSync(join(folder, "tests", name));
}

/** Unpacks any picture; without sharp the suites that need it are skipped. */
export async function pixelsOf(bytes: Buffer): Promise<Pixels> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

export async function pngOf({ width, height, data }: Pixels): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** A picture in another size, with sharp's kernel of that name. */
export async function scaled(
  bytes: Buffer,
  width: number,
  height: number,
  kernel: "cubic" | "lanczos3",
): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  return sharp(bytes).removeAlpha().resize(width, height, { fit: "fill", kernel }).png().toBuffer();
}

/** Black text on white, one line below the other. */
export async function textPicture(lines: readonly string[], size = 36): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  const [width, height] = [640, 40 + lines.length * size * 2];
  const texts = lines.map(
    (line, index) =>
      `<text x="30" y="${60 + index * size * 2}" font-size="${size}" font-family="sans-serif">${line}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="white"/>${texts.join("")}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** Peak signal-to-noise ratio of two pictures of one size, dB. */
export function psnr(one: Pixels, other: Pixels): number {
  let sum = 0;
  for (const [at, value] of one.data.entries()) sum += (value - (other.data[at] as number)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / one.data.length));
}

export function blobOf(bytes: Buffer): Blob {
  return new Blob([Uint8Array.from(bytes)]);
}
