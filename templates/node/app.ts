import { AppRefusal, choice, defineApp, file, number, runApp } from "@livepeer-ts/sdk/app";
import sharp from "sharp";

/** Pixels of the largest result. */
const maxPixels = 100_000_000;

export const app = defineApp({
  name: "image-upscaler",
  about: "Makes pictures larger, with clean edges.",
  version: "1.0.0",
  inputs: {
    image: file({ about: "JPEG, PNG, WebP, AVIF, GIF or TIFF", mediaTypes: ["image/*"] }),
    factor: number({ about: "how much larger each side becomes", default: 2, min: 1, max: 8 }),
    sharpen: number({ about: "0: not at all, 1: as usual, 3: a lot", default: 1, min: 0, max: 3 }),
    format: choice(["png", "jpeg", "webp"], { default: "png" }),
  },
  price: { amount: "0.0005", currency: "usd", per: "request" },
  capacity: 2,
  async run({ image, factor, sharpen, format }, { progress }) {
    const picture = sharp(image.bytes, { limitInputPixels: maxPixels }).autoOrient();
    const { autoOrient } = await picture.metadata().catch(() => {
      throw new AppRefusal(422, "image is no picture that can be read");
    });
    const width = Math.round(autoOrient.width * factor);
    const height = Math.round(autoOrient.height * factor);
    if (width * height > maxPixels) {
      throw new AppRefusal(
        422,
        `${width}×${height} would be more than ${maxPixels / 1e6} million pixels: choose a smaller factor`,
      );
    }
    progress(0.1, `${width}×${height}`);
    const enlarged = picture.resize(width, height, { kernel: "lanczos3" });
    // the blur that enlarging leaves grows with the factor
    const clear = sharpen > 0 ? enlarged.sharpen({ sigma: 0.5 * factor, m1: 0.3 * sharpen, m2: sharpen }) : enlarged;
    const bytes = await clear.toFormat(format, { quality: 92 }).toBuffer();
    return { mediaType: `image/${format}`, bytes: new Uint8Array(bytes) };
  },
});

if (import.meta.main) await runApp(app);
