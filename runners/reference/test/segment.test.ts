import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SeededRandom } from "../src/jobs/random.ts";
import { directions, GridCut } from "../src/segment/grid-cut.ts";
import { solid } from "../src/segment/solid.ts";
import { blobOf, photo, pngOf } from "./pixels.ts";
import { lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

const seed = Number(process.env["SEED"] ?? 20_261);

test(`the cut is the cheapest of all, on grids small enough to try all (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const [width, height] = [4, 3];
  const size = width * height;
  for (let round = 0; round < 200; round++) {
    const graph = new GridCut(width, height);
    const ends = Array.from(
      { length: size },
      () => [Math.floor(random.uniform() * 10), Math.floor(random.uniform() * 10)] as const,
    );
    const edges: { readonly from: number; readonly to: number; readonly weight: number }[] = [];
    for (let pixel = 0; pixel < size; pixel++) {
      graph.terminals(pixel, ...(ends[pixel] as readonly [number, number]));
      for (let direction = 4; direction < 8; direction++) {
        const [dx, dy] = directions[direction] as readonly [number, number];
        const [x, y] = [(pixel % width) + dx, Math.floor(pixel / width) + dy];
        if (x < 0 || x >= width || y >= height) continue;
        const weight = Math.floor(random.uniform() * 6);
        edges.push({ from: pixel, to: y * width + x, weight });
        graph.edge(pixel, direction, weight);
      }
    }
    const cost = (isIn: (pixel: number) => boolean) => {
      let sum = 0;
      for (const [pixel, [fromSource, toSink]] of ends.entries()) sum += isIn(pixel) ? toSink : fromSource;
      for (const { from, to, weight } of edges) if (isIn(from) !== isIn(to)) sum += weight;
      return sum;
    };
    let least = Number.POSITIVE_INFINITY;
    for (let bits = 0; bits < 2 ** size; bits++)
      least = Math.min(
        least,
        cost((pixel) => ((bits >> pixel) & 1) === 1),
      );
    const mask = graph.cut();
    expect(cost((pixel) => mask[pixel] === 1)).toBe(least);
  }
});

test("a solid mask has one piece and no holes", () => {
  const picture = (rows: readonly string[]) =>
    Uint8Array.from(rows.join(""), (character) => (character === "#" ? 1 : 0));
  const rough = ["......#", ".####..", ".#..#..", ".####..", "#......"];
  const plain = [".......", ".####..", ".####..", ".####..", "......."];
  expect(solid(picture(rough), 7, 5)).toEqual(picture(plain));
  expect(solid(new Uint8Array(35), 7, 5)).toEqual(new Uint8Array(35));
});

type Masks = { masks: number[][][]; scores: number[]; logits: number[][][] };

describe.skipIf(lacking("segment", "tests") !== undefined)("segment-anything-2", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("segment-anything-2");
  });
  afterAll(() => runner?.stop());
  const segmented = async (image: Buffer, fields: Record<string, string>): Promise<Masks> => {
    const answer = await runner.form("/segment-anything-2", { image: blobOf(image), ...fields });
    expect(answer.status).toBe(200);
    const { masks, scores, logits } = (await answer.json()) as Record<keyof Masks, string>;
    return { masks: JSON.parse(masks), scores: JSON.parse(scores), logits: JSON.parse(logits) };
  };
  const [width, height, radius] = [240, 180, 50];
  const isDisc = (x: number, y: number) => Math.hypot(x + 0.5 - 130, y + 0.5 - 90) <= radius;
  /** A red disc on green, with grain. */
  const disc = () => {
    const random = new SeededRandom(seed);
    const data = new Uint8Array(width * height * 3);
    for (let at = 0; at < width * height; at++) {
      const color = isDisc(at % width, Math.floor(at / width)) ? [200, 60, 40] : [90, 140, 90];
      for (const [channel, value] of color.entries()) data[at * 3 + channel] = value + random.normal() * 6;
    }
    return pngOf({ width, height, data });
  };
  const shares = (mask: readonly (readonly number[])[], isWanted: (x: number, y: number) => boolean) => {
    let both = 0;
    let either = 0;
    for (const [y, row] of mask.entries()) {
      for (const [x, value] of row.entries()) {
        if (value > 0 && isWanted(x, y)) both++;
        if (value > 0 || isWanted(x, y)) either++;
      }
    }
    return both / either;
  };

  test("cuts a disc out by a box", async () => {
    const { masks, scores, logits } = await segmented(await disc(), { box: "[70,30,190,150]" });
    expect([masks.length, masks[0]?.length, masks[0]?.[0]?.length]).toEqual([3, height, width]);
    expect([logits.length, logits[0]?.length, logits[0]?.[0]?.length, scores.length]).toEqual([3, 256, 256, 3]);
    expect(new Set(masks.flat(2))).toEqual(new Set([10, -10]));
    expect(shares(masks[0] ?? [], isDisc)).toBeGreaterThanOrEqual(0.95);
    for (const score of scores) expect(score).toBeGreaterThan(0.3);
  });

  test("cuts a disc out by points, in pixels or in shares of the picture", async () => {
    const labels = { point_labels: "[1,0]", multimask_output: "false", return_logits: "false" };
    const pixels = await segmented(await disc(), { ...labels, point_coords: "[[130,90],[20,20]]" });
    expect(pixels.masks.length).toBe(1);
    expect(new Set(pixels.masks.flat(2))).toEqual(new Set([0, 1]));
    expect(shares(pixels.masks[0] ?? [], isDisc)).toBeGreaterThanOrEqual(0.95);
    const coords = JSON.stringify([
      [130 / width, 90 / height],
      [20 / width, 20 / height],
    ]);
    const parts = await segmented(await disc(), { ...labels, point_coords: coords, normalize_coords: "false" });
    expect(parts.masks).toEqual(pixels.masks);
  });

  test("takes an earlier mask", async () => {
    const rough = Array.from({ length: 256 }, (_, y) =>
      Array.from({ length: 256 }, (_, x) =>
        isDisc(((x + 0.5) * width) / 256, ((y + 0.5) * height) / 256 + 6) ? 5 : -5,
      ),
    );
    const { masks } = await segmented(await disc(), { mask_input: JSON.stringify([rough]), multimask_output: "false" });
    expect(shares(masks[0] ?? [], isDisc)).toBeGreaterThanOrEqual(0.95);
  });

  test("finds the person that a point lies on", async () => {
    const one = { point_labels: "[1]", multimask_output: "false" };
    const { masks } = await segmented(photo("astronaut.png"), { ...one, point_coords: "[[220,110]]" });
    const mask = masks[0] ?? [];
    const share = mask.flat().filter((value) => value > 0).length / 512 ** 2;
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.58);
    const at = (x: number, y: number) => (mask[y]?.[x] ?? 0) > 0;
    expect([at(220, 110), at(250, 400), at(5, 5), at(506, 5), at(430, 150)]).toEqual([true, true, false, false, false]);
  });

  test("without a prompt it takes the person, and says so when there is none", async () => {
    const { masks } = await segmented(photo("astronaut.png"), { multimask_output: "false" });
    expect((masks[0]?.[110]?.[220] ?? 0) > 0).toBe(true);
    const answer = await runner.form("/segment-anything-2", { image: blobOf(await disc()) });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: { msg: string } }).detail.msg).toContain("nobody in the picture");
  });

  test.each([
    ["point_coords", { point_coords: "[[1,2", point_labels: "[1]" }],
    ["point_labels", { point_coords: "[[1,2]]", point_labels: "[1,0]" }],
    ["box", { box: "[1,2,3]" }],
    ["box", { box: "[500,500,600,600]" }],
    ["mask_input", { mask_input: "[[1,2],[3,4]]" }],
  ])("refuses a %s that is none", async (field, fields) => {
    const answer = await runner.form("/segment-anything-2", { image: blobOf(await disc()), ...fields });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ["body", field] }] });
  });
});
