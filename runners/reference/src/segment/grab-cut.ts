import { setImmediate as turn } from "node:timers/promises";
import { Refusal } from "../http/refusal.ts";
import type { Picture } from "../media/picture.ts";
import { ColorMixture } from "./color-mixture.ts";
import { directions, GridCut } from "./grid-cut.ts";

/** What is known of a pixel before the cut. */
export const trimap = { background: 0, foreground: 1, maybeBackground: 2, maybeForeground: 3 } as const;

/** Times the mixtures are fitted and the cut is made. */
const rounds = 4;
/** What it costs to separate two equal neighbors. */
const smoothness = 50;
/** More than all of a pixel's edges together. */
const certain = 9 * smoothness;

/** Steps to the neighbors that come later, and what it costs to separate equal ones there. */
const forward = directions
  .map(([dx, dy], direction) => ({ direction, dx, dy, share: smoothness / Math.hypot(dx, dy) }))
  .slice(4);

/** GrabCut: 1 for each pixel of the foreground. `known` has a `trimap` value for each pixel. */
export async function grabCut(picture: Picture, known: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const { data, width, height } = picture;
  let mask: Uint8Array = known.map((value) => value & 1);
  const side = (value: number) => Array.from(mask.keys()).filter((pixel) => mask[pixel] === value);
  let [outside, inside] = [side(0), side(1)];
  if (outside.length === 0 || inside.length === 0) return mask;
  let background = ColorMixture.grouped(data, outside);
  let foreground = ColorMixture.grouped(data, inside);
  const beta = contrast(picture);
  for (let round = 0; round < rounds; round++) {
    await turn();
    if (signal.aborted) throw new Refusal(499, "the client has gone");
    background = background.refitted(data, outside);
    foreground = foreground.refitted(data, inside);
    const graph = new GridCut(width, height);
    for (let pixel = 0; pixel < mask.length; pixel++) {
      const value = known[pixel];
      if (value === trimap.background) graph.terminals(pixel, 0, certain);
      else if (value === trimap.foreground) graph.terminals(pixel, certain, 0);
      else graph.terminals(pixel, background.cost(data, pixel), foreground.cost(data, pixel));
      const x = pixel % width;
      const y = Math.floor(pixel / width);
      for (const { direction, dx, dy, share } of forward) {
        if (x + dx < 0 || x + dx >= width || y + dy >= height) continue;
        const other = pixel + dy * width + dx;
        graph.edge(pixel, direction, share * Math.exp(-beta * difference(data, pixel, other)));
      }
    }
    mask = graph.cut();
    [outside, inside] = [side(0), side(1)];
    if (outside.length === 0 || inside.length === 0) break;
  }
  return mask;
}

function difference(data: Uint8Array, one: number, other: number): number {
  const r = (data[one * 3] as number) - (data[other * 3] as number);
  const g = (data[one * 3 + 1] as number) - (data[other * 3 + 1] as number);
  const b = (data[one * 3 + 2] as number) - (data[other * 3 + 2] as number);
  return r * r + g * g + b * b;
}

/** One over twice the mean difference of neighbors. */
function contrast({ data, width, height }: Picture): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      for (const { dx, dy } of forward) {
        if (x + dx < 0 || x + dx >= width || y + dy >= height) continue;
        sum += difference(data, pixel, pixel + dy * width + dx);
        count++;
      }
    }
  }
  return sum === 0 ? 0 : count / (2 * sum);
}
