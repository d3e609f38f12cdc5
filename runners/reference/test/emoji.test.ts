import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { promptIds } from "../src/emoji/prompt-ids.ts";
import { SeededRandom } from "../src/jobs/random.ts";
import { blobOf, pixelsOf, pngOf, psnr, scaled } from "./pixels.ts";
import { dataOf, type Images, lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

const seed = Number(process.env["SEED"] ?? 48);
const fileIn = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)));
const names = fileIn("../models/emoji-flow-48/names.txt").toString("utf8").trim().split("\n");

test("prompts become the numbers that the training gave them", () => {
  expect(promptIds("red heart")).toEqual([26, 91, 102, 149, 789, 867, 2005, 2263, 2906, 3454]);
  expect(promptIds("a photo of the Rocket")).toEqual([210, 1118, 1776, 2300, 2450, 2977, 3070]);
  expect(promptIds("café 24-hour")).toEqual([743, 812, 1221, 1619, 2083, 2131, 2841, 2957, 3315, 3320, 3642, 3676]);
  expect(promptIds("")).toEqual([]);
});

test("the same seed is the same noise, and noise is normally distributed", () => {
  const [one, same, other] = [7, 7, 8].map((value) => new SeededRandom(value).normals(20_000));
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean(one as Float32Array))).toBeLessThan(0.03);
  expect(Math.abs(mean((one as Float32Array).map((value) => value ** 2)) - 1)).toBeLessThan(0.05);
  expect(new SeededRandom(2 ** 40 + 7).normals(3)).not.toEqual(new SeededRandom(7).normals(3));
});

describe.skipIf(lacking() !== undefined)("tiny/emoji-flow-48", () => {
  let words: RunnerProcess;
  let changes: RunnerProcess;
  let moves: RunnerProcess;
  beforeAll(async () => {
    [words, changes, moves] = await Promise.all([
      startRunner("text-to-image"),
      startRunner("image-to-image"),
      startRunner("image-to-video"),
    ]);
  });
  afterAll(async () => {
    await Promise.all([words?.stop(), changes?.stop(), moves?.stop()]);
  });
  const drawn = async (fields: object): Promise<Images["images"]> => {
    const answer = await words.json("/text-to-image", { width: 48, height: 48, num_inference_steps: 20, ...fields });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as Images).images;
  };

  test(`of 100 names, 95 at least are nearest to their own picture (seed ${seed})`, async () => {
    const { EmojiModel, latentSize } = await import("../src/emoji/emoji-model.ts");
    const model = await EmojiModel.open();
    const { latentScale, pictures } = JSON.parse(fileIn("../models/emoji-flow-48/facts.json").toString()) as {
      latentScale: number;
      pictures: number;
    };
    expect(names.length).toBe(pictures);
    const trained = Float32Array.from(new Int8Array(fileIn("emoji-latents.int8")), (value) => value * latentScale);
    const nearestName = (latent: Float32Array) => {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let row = 0; row < pictures; row++) {
        let square = 0;
        for (let at = 0; at < latentSize; at++)
          square += ((latent[at] as number) - (trained[row * latentSize + at] as number)) ** 2;
        if (square < least) {
          least = square;
          best = row;
        }
      }
      return names[best];
    };
    const random = new SeededRandom(seed);
    const wrong: string[] = [];
    for (let round = 0; round < 100; round++) {
      const name = names[Math.floor(random.uniform() * pictures)] as string;
      const [image] = await drawn({ prompt: name, seed: seed + round });
      const found = nearestName(await model.latentOf(await pixelsOf(dataOf(image?.url ?? ""))));
      if (found !== name) wrong.push(`${name}: ${found}`);
    }
    expect(wrong.length, wrong.join("; ")).toBeLessThanOrEqual(5);
  });

  test("the same seed draws the same picture, another one another, and each image has its own", async () => {
    const [one] = await drawn({ prompt: "red heart", seed: 5 });
    const [same] = await drawn({ prompt: "red heart", seed: 5 });
    const [other] = await drawn({ prompt: "red heart", seed: 6 });
    expect(same).toEqual(one);
    expect(other?.url).not.toBe(one?.url);
    const both = await drawn({ prompt: "red heart", seed: 5, num_images_per_prompt: 2 });
    expect(both).toEqual([one, other]);
    const [blue] = await drawn({ prompt: "blue heart", seed: 5 });
    const middle = async (url = "") => {
      const { data } = await pixelsOf(dataOf(url));
      const at = (24 * 48 + 24) * 3;
      return [data[at], data[at + 2]] as [number, number];
    };
    const [redOfRed, blueOfRed] = await middle(one?.url);
    const [redOfBlue, blueOfBlue] = await middle(blue?.url);
    expect(redOfRed - blueOfRed).toBeGreaterThan(80);
    expect(blueOfBlue - redOfBlue).toBeGreaterThan(80);
  });

  test("pictures have the size that was asked for, without being stretched", async () => {
    const [image] = await drawn({ prompt: "red heart", seed: 5, width: 320, height: 192 });
    const { width, height, data } = await pixelsOf(dataOf(image?.url ?? ""));
    expect([width, height]).toEqual([320, 192]);
    // white to the left and right of the square
    expect([...data.subarray((96 * 320 + 20) * 3, (96 * 320 + 20) * 3 + 3)]).toEqual([255, 255, 255]);
    expect(
      ((await (await words.json("/text-to-image", { prompt: "x", width: 2000 })).json()) as { detail: unknown }).detail,
    ).toMatchObject([{ loc: ["body", "width"], type: "less_than_equal" }]);
  });

  test("image-to-image keeps a picture at strength 0 and follows the prompt at strength 1", async () => {
    const [rocket] = await drawn({ prompt: "rocket", seed: 5 });
    const [heart] = await drawn({ prompt: "red heart", seed: 5 });
    const start = dataOf(rocket?.url ?? "");
    const changed = async (strength: string) => {
      const answer = await changes.form("/image-to-image", {
        image: blobOf(start),
        prompt: "red heart",
        strength,
        seed: "5",
        num_inference_steps: "20",
      });
      expect(answer.status).toBe(200);
      return pixelsOf(dataOf(((await answer.json()) as Images).images[0]?.url ?? ""));
    };
    const before = await pixelsOf(start);
    const goal = await pixelsOf(dataOf(heart?.url ?? ""));
    expect(psnr(await changed("0"), before)).toBeGreaterThan(30);
    expect(psnr(await changed("1"), goal)).toBeGreaterThan(40);
    const half = await changed("0.6");
    expect(psnr(half, before)).toBeLessThan(25);
  });

  test("image-to-video gives 25 frames that begin with the picture, move little by little, and repeat by seed", async () => {
    const [rocket] = await drawn({ prompt: "rocket", seed: 5 });
    const start = await scaled(dataOf(rocket?.url ?? ""), 128, 96, "cubic");
    const video = async (fields: Record<string, string>) => {
      const answer = await moves.form("/image-to-video", {
        image: blobOf(start),
        width: "128",
        height: "96",
        noise_aug_strength: "0",
        ...fields,
      });
      expect(answer.status).toBe(200);
      const { frames } = (await answer.json()) as { frames: Images["images"][] };
      expect(frames.length).toBe(1);
      return frames[0] ?? [];
    };
    const frames = await video({ seed: "9" });
    expect(frames.length).toBe(25);
    expect(new Set(frames.map(({ seed }) => seed))).toEqual(new Set([9]));
    const pictures = await Promise.all(frames.map(({ url }) => pixelsOf(dataOf(url))));
    expect(new Set(pictures.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(["128x96"]));
    const first = pictures[0] as (typeof pictures)[0];
    expect(psnr(first, await pixelsOf(start))).toBeGreaterThan(40);
    const changesOfFrames = pictures.slice(1).map((picture, index) => psnr(picture, pictures[index] as typeof picture));
    for (const change of changesOfFrames) expect(change).toBeGreaterThan(18);
    expect(psnr(pictures.at(-1) as typeof first, first)).toBeLessThan(22);
    expect(await video({ seed: "9" })).toEqual(frames);
    expect((await video({ seed: "10" })).at(-1)?.url).not.toBe(frames.at(-1)?.url);
    const still = await video({ seed: "9", motion_bucket_id: "0" });
    expect(new Set(still.map(({ url }) => url)).size).toBe(1);
  });

  test("a picture of one color is as good as any", async () => {
    const gray = await pngOf({ width: 10, height: 30, data: new Uint8Array(900).fill(128) });
    const answer = await changes.form("/image-to-image", {
      image: blobOf(gray),
      prompt: "rocket",
      num_inference_steps: "2",
    });
    const { width, height } = await pixelsOf(dataOf(((await answer.json()) as Images).images[0]?.url ?? ""));
    expect([width, height]).toEqual([10, 30]);
  });
});
