import { Refusal } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import { freshSeed, SeededRandom } from "../jobs/random.ts";
import { maxPicturePixels, opened, type Picture, pictureFrom, pngUrl, readPicture, resized } from "../media/picture.ts";
import { EmojiModel, emojiSide, latentSize } from "./emoji-model.ts";

/** Pictures of one video. */
export const videoFrames = 25;
/** How far into noise the model goes for the changes that it makes, at full motion. */
const deepestNoise = 0.5;
/** The camera's zoom at full motion. */
const mostZoom = 0.25;
/** Highest `motion_bucket_id`. */
const fullMotion = 255;
/** How many steps each frame is drawn in; requests may ask for fewer. */
const mostSteps = 25;

/**
 * A picture that moves: the camera goes in and aside, and the model's own idea of the picture, drawn again from noise that turns slowly,
 * adds its changes. Repeatable by seed.
 */
export async function imageToVideoEngine(): Promise<Engine> {
  const model = await EmojiModel.open();
  return {
    async run(job, signal) {
      const [width, height] = [job.number("width"), job.number("height")];
      const motion = job.number("motion_bucket_id") / fullMotion;
      const given = await readPicture(job.file("image"), maxPicturePixels);
      const seed = job.optionalNumber("seed") ?? freshSeed();
      const random = new SeededRandom(seed);
      const still = noisy(await resized(given, width, height, "contain"), job.number("noise_aug_strength"), random);
      const changes = await changesOf(
        model,
        given,
        motion,
        Math.min(mostSteps, job.number("num_inference_steps")),
        random,
        signal,
      );
      const angle = random.uniform() * 2 * Math.PI;
      const frames: { url: string; seed: number; nsfw: boolean }[] = [];
      for (let frame = 0; frame < videoFrames; frame++) {
        if (signal.aborted) throw new Refusal(499, "the client has gone");
        const progress = smooth(frame / (videoFrames - 1));
        const moved = await seenBy(still, 1 + mostZoom * motion * progress, angle);
        const change = changes.subarray(frame * emojiSide ** 2 * 3, (frame + 1) * emojiSide ** 2 * 3);
        frames.push({ url: await pngUrl(await added(moved, change)), seed, nsfw: false });
      }
      return { kind: "json", value: { frames: [frames] } };
    },
  };
}

/** What the model changes in each frame against the first, values around 0, RGB. */
async function changesOf(
  model: EmojiModel,
  given: Picture,
  motion: number,
  steps: number,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<Float32Array> {
  const known = await model.latentOf(given);
  const [one, other] = [random.normals(latentSize), random.normals(latentSize)];
  const from = 1 - deepestNoise * motion;
  const latents = new Float32Array(videoFrames * latentSize);
  for (let frame = 0; frame < videoFrames; frame++) {
    const turn = (frame / (videoFrames - 1)) * (Math.PI / 2);
    for (let at = 0; at < latentSize; at++) {
      const noise = Math.cos(turn) * (one[at] as number) + Math.sin(turn) * (other[at] as number);
      latents[frame * latentSize + at] = from * (known[at] as number) + (1 - from) * noise;
    }
  }
  const drawn = await model.draw({ latents, from, steps, ids: [], otherIds: [], guidance: 1 }, signal);
  const values = await model.values(drawn);
  const size = emojiSide ** 2 * 3;
  return values.map((value, at) => value - (values[at % size] as number));
}

/** Starts and ends at rest. */
function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

function noisy(picture: Picture, strength: number, random: SeededRandom): Picture {
  if (strength === 0) return picture;
  const data = Uint8Array.from(picture.data, (value) =>
    Math.min(255, Math.max(0, Math.round(value + random.normal() * strength * 255))),
  );
  return { ...picture, data };
}

/** The picture through a camera that has come nearer, and looks aside as far as the frame allows. */
async function seenBy(picture: Picture, zoom: number, angle: number): Promise<Picture> {
  const { width, height } = picture;
  const [w, h] = [Math.max(1, Math.round(width / zoom)), Math.max(1, Math.round(height / zoom))];
  const left = Math.round(((width - w) / 2) * (1 + Math.cos(angle)));
  const top = Math.round(((height - h) / 2) * (1 + Math.sin(angle)));
  const data = await opened(picture).extract({ left, top, width: w, height: h }).raw().toBuffer();
  return resized({ width: w, height: h, data }, width, height);
}

/** The picture plus a small picture of changes, stretched over the square in which the model saw it. */
async function added(picture: Picture, change: Float32Array): Promise<Picture> {
  const { width, height } = picture;
  const side = Math.min(width, height);
  // changes lie around 0; as a picture their zero is middle gray
  const gray = pictureFrom(
    change.map((value) => value / 2 + 0.5),
    emojiSide,
    emojiSide,
  );
  const big = await resized(gray, side, side);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const data = Uint8Array.from(picture.data);
  for (let y = 0; y < side; y++) {
    for (let at = 0; at < side * 3; at++) {
      const to = ((top + y) * width + left) * 3 + at;
      const difference = ((big.data[y * side * 3 + at] as number) - 127.5) * 2;
      data[to] = Math.min(255, Math.max(0, Math.round((data[to] as number) + difference)));
    }
  }
  return { width, height, data };
}
