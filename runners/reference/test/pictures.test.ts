import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sentence } from "../src/describe/sentence.ts";
import { blobOf, photo, pixelsOf, psnr, scaled, textPicture } from "./pixels.ts";
import { dataOf, type Images, lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

test("what was seen and read becomes one sentence", () => {
  const seen = (...things: string[]) => things.map((thing) => ({ thing }));
  expect(sentence(seen("bus", "person", "person", "person", "person"), [])).toBe("a bus and four people");
  expect(sentence(seen("umbrella", "dog", "dog", "cat"), ["EXIT", "no way"])).toBe(
    'an umbrella, two dogs and a cat, with the text "EXIT / no way"',
  );
  expect(sentence([], ["EXIT"])).toBe('the text "EXIT"');
  expect(sentence([], [])).toBe("a picture in which nothing is recognized");
});

describe.skipIf(lacking("describe", "tests") !== undefined)("image-to-text", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("image-to-text");
  });
  afterAll(() => runner?.stop());
  const describeOf = async (bytes: Buffer, prompt = ""): Promise<string> => {
    const answer = await runner.form("/image-to-text", { image: blobOf(bytes), prompt });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { text: string }).text;
  };

  test("sees a person and a cup", async () => {
    expect(await describeOf(photo("astronaut.png"))).toMatch(/^a person\b/);
    expect(await describeOf(photo("coffee.png"))).toMatch(/\ba cup\b/);
  });

  test("reads what is written, line by line", async () => {
    const lines = ["Every segment leaves a receipt", "Platform 7 closes at 18:45"];
    const picture = await textPicture(lines);
    expect(await describeOf(picture, "read the text")).toBe(lines.join("\n"));
    expect(await describeOf(picture)).toBe(`the text "${lines.join(" / ")}"`);
  });

  test("a white picture holds nothing", async () => {
    const white = await textPicture([" "]);
    expect(await describeOf(white)).toBe("a picture in which nothing is recognized");
    expect(await describeOf(white, "any text?")).toBe("");
  });
});

describe.skipIf(lacking("upscale", "tests") !== undefined)("upscale", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("upscale");
  });
  afterAll(() => runner?.stop());
  const upscaled = async (bytes: Buffer): Promise<Buffer> => {
    const answer = await runner.form("/upscale", { image: blobOf(bytes), prompt: "", seed: "4" });
    expect(answer.status).toBe(200);
    const { images } = (await answer.json()) as Images;
    expect(images.map(({ seed, nsfw }) => ({ seed, nsfw }))).toEqual([{ seed: 4, nsfw: false }]);
    return dataOf(images[0]?.url ?? "");
  };

  test("is four times larger and nearer to the original than bicubic, by a tenth of a decibel at least", async () => {
    const original = await pixelsOf(photo("astronaut.png"));
    const small = await scaled(photo("astronaut.png"), 128, 128, "cubic");
    const ours = await pixelsOf(await upscaled(small));
    expect([ours.width, ours.height]).toEqual([512, 512]);
    const bicubic = await pixelsOf(await scaled(small, 512, 512, "cubic"));
    expect(psnr(ours, original)).toBeGreaterThan(psnr(bicubic, original) + 0.1);
  });

  test("pieces leave no seams: a picture of several is as good as one", async () => {
    const small = await scaled(photo("coffee.png"), 150, 133, "cubic");
    const ours = await pixelsOf(await upscaled(small));
    expect([ours.width, ours.height]).toEqual([600, 532]);
    const bicubic = await pixelsOf(await scaled(small, 600, 532, "cubic"));
    expect(psnr(ours, bicubic)).toBeGreaterThan(26);
    // differences to the smooth picture along the seam at 128 are no larger than elsewhere
    const rough = (column: number) => {
      let sum = 0;
      for (let y = 0; y < ours.height; y++) {
        const at = (y * ours.width + column) * 3;
        sum += Math.abs((ours.data[at] as number) - (ours.data[at - 3] as number));
      }
      return sum / ours.height;
    };
    const elsewhere = Math.max(...Array.from({ length: 40 }, (_, step) => rough(440 + step)));
    expect(rough(512)).toBeLessThanOrEqual(elsewhere * 1.5);
  });

  test("refuses what is larger than it takes", async () => {
    const large = await scaled(photo("coffee.png"), 1100, 1000, "cubic");
    expect((await runner.form("/upscale", { image: blobOf(large), prompt: "" })).status).toBe(413);
  });
});
