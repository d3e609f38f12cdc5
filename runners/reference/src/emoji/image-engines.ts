import { Refusal } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import type { Job } from "../jobs/job.ts";
import { freshSeed, SeededRandom } from "../jobs/random.ts";
import { maxPicturePixels, pngUrl, readPicture, resized } from "../media/picture.ts";
import { EmojiModel, latentSize } from "./emoji-model.ts";
import { promptIds } from "./prompt-ids.ts";

/** Largest side of a picture that comes back. */
export const maxOutputSide = 1024;

/** Pictures from words. */
export async function textToImageEngine(): Promise<Engine> {
  const model = await EmojiModel.open();
  return {
    run: async (job, signal) => ({
      kind: "json",
      value: await drawn(job, async (seed) => {
        const latents = new SeededRandom(seed).normals(latentSize);
        const latent = await model.draw({ ...wishes(job), latents, from: 0 }, signal);
        const picture = await model.picture(latent);
        return pngUrl(await resized(picture, job.number("width"), job.number("height"), "contain"));
      }),
    }),
  };
}

/** A picture changed towards words: as much noise as `strength` says, then drawn again. */
export async function imageToImageEngine(): Promise<Engine> {
  const model = await EmojiModel.open();
  return {
    async run(job, signal) {
      const given = await readPicture(job.file("image"), maxPicturePixels);
      const scale = Math.min(1, maxOutputSide / Math.max(given.width, given.height));
      const [width, height] = [given.width, given.height].map((side) => Math.max(1, Math.round(side * scale)));
      const known = await model.latentOf(given);
      const from = 1 - job.number("strength");
      const value = await drawn(job, async (seed) => {
        const random = new SeededRandom(seed);
        const latents = known.map((number) => from * number + (1 - from) * random.normal());
        const latent = from === 1 ? known : await model.draw({ ...wishes(job), latents, from }, signal);
        return pngUrl(await resized(await model.picture(latent), width as number, height as number, "contain"));
      });
      return { kind: "json", value };
    },
  };
}

function wishes(job: Job) {
  const loras = job.text("loras").trim();
  if (loras !== "" && loras !== "{}") throw new Refusal(400, "this model takes no loras: leave the field out");
  const ids = promptIds(job.text("prompt"));
  return {
    ids,
    otherIds: promptIds(job.text("negative_prompt")),
    steps: job.number("num_inference_steps"),
    // the usual 7.5 is 2 for this model, and 1 is 1
    guidance: 1 + (Math.max(1, Math.min(14, job.number("guidance_scale"))) - 1) / 6.5,
  };
}

async function drawn(job: Job, draw: (seed: number) => Promise<string>) {
  const first = job.optionalNumber("seed") ?? freshSeed();
  const images: { url: string; seed: number; nsfw: boolean }[] = [];
  for (let index = 0; index < job.number("num_images_per_prompt"); index++) {
    const seed = first + index;
    images.push({ url: await draw(seed), seed, nsfw: false });
  }
  return { images };
}
