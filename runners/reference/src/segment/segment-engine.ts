import { Detector } from "../describe/detector.ts";
import { Refusal } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import { type Picture, readPicture, resized } from "../media/picture.ts";
import { grabCut, trimap } from "./grab-cut.ts";
import { PersonModel, stretched } from "./person-mask.ts";
import { type Box, type Prompts, readPrompts } from "./prompts.ts";
import { solid } from "./solid.ts";

/** Largest picture; its masks come back as text. */
export const maxSegmentPixels = 4 * 1024 * 1024;
/** Longest side of the picture that is cut; larger ones are made smaller for it. */
const cutSide = 384;
/** Around a point, this far, everything is as the point says, in pixels. */
const pointRadius = 8;
/** Side of the small masks that come back. */
const logitSide = 256;
const logit = 10;
/** A tighter box leaves out this share at each side. */
const tighter = 0.05;

/** A mask in the picture's size: 0 or 1 for each pixel. */
type Mask = { readonly values: Uint8Array; readonly score: number };

/**
 * GrabCut for points, boxes and earlier masks; the person network's mask comes first where the prompt falls on a person. Three masks: that
 * one if it applies, the cut, a cut in a tighter box, and else the cut without holes and crumbs.
 */
export async function segmentEngine(folder: string): Promise<Engine> {
  const people = await PersonModel.open(folder);
  const detector = await Detector.open(folder);
  return {
    async run(job, signal) {
      const picture = await readPicture(job.file("image"), maxSegmentPixels);
      const prompts = readPrompts(job, picture.width, picture.height);
      // the network marks something in every picture; it counts where the detector sees a person too
      const seen = (await detector.find(picture)).some(({ thing }) => thing === "person");
      const person = seen ? await people.mask(picture) : new Uint8Array(picture.width * picture.height);
      const masks: Mask[] = [];
      const add = (values: Uint8Array) => masks.push({ values, score: edgeContrast(picture, values) });
      const isPrompted =
        prompts.points.some(({ isInside }) => isInside) || prompts.box !== undefined || prompts.mask !== undefined;
      if (!isPrompted && !person.includes(1)) {
        throw new Refusal(
          400,
          "there is nobody in the picture: say what to cut out with point_coords and point_labels, or with box",
        );
      }
      const isOnPerson = !isPrompted || pointsAt(person, prompts, picture);
      if (isOnPerson) add(person);
      const wanted = isPrompted ? prompts : { ...prompts, box: boxOf(person, picture) };
      const isMulti = job.flag("multimask_output");
      if (isMulti || !isOnPerson) {
        const cut = await cutOut(picture, wanted, signal);
        add(cut);
        if (isMulti) {
          add(await cutOut(picture, { ...wanted, box: shrunk(wanted.box ?? boxOf(cut, picture)) }, signal));
          if (!isOnPerson) add(solid(cut, picture.width, picture.height));
        }
      }
      const chosen = isMulti ? masks : masks.slice(0, 1);
      const { width, height } = picture;
      const value = job.flag("return_logits") ? (bit: number) => (bit === 1 ? logit : -logit) : (bit: number) => bit;
      return {
        kind: "json",
        value: {
          masks: listed(chosen.map(({ values }) => rows(Array.from(values, value), width, height))),
          scores: listed(chosen.map(({ score }) => score.toFixed(4))),
          logits: listed(
            chosen.map(({ values }) => {
              const small = stretched(values, width, height, logitSide, logitSide);
              return rows(
                Array.from(small, (share) => Math.round((share - 0.5) * 2 * logit * 10) / 10),
                logitSide,
                logitSide,
              );
            }),
          ),
        },
      };
    },
  };
}

async function cutOut(picture: Picture, prompts: Prompts, signal: AbortSignal): Promise<Uint8Array> {
  const scale = Math.min(1, cutSide / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const small = await resized(picture, width, height);
  const mask = await grabCut(small, knownFrom(prompts, width, height, scale), signal);
  if (scale === 1) return mask;
  return Uint8Array.from(stretched(mask, width, height, picture.width, picture.height), (share) =>
    share > 0.5 ? 1 : 0,
  );
}

function knownFrom({ points, box, mask }: Prompts, width: number, height: number, scale: number): Uint8Array {
  const known = new Uint8Array(width * height).fill(box === undefined ? trimap.maybeBackground : trimap.background);
  const each = (visit: (x: number, y: number, at: number) => void) => {
    for (let at = 0; at < known.length; at++) visit(at % width, Math.floor(at / width), at);
  };
  if (box !== undefined) {
    each((x, y, at) => {
      const isIn =
        x + 0.5 > box.left * scale &&
        x + 0.5 < box.right * scale &&
        y + 0.5 > box.top * scale &&
        y + 0.5 < box.bottom * scale;
      if (isIn) known[at] = trimap.maybeForeground;
    });
  }
  if (mask !== undefined) {
    const large = stretched(mask, logitSide, logitSide, width, height);
    each((_x, _y, at) => {
      if (known[at] !== trimap.background)
        known[at] = (large[at] as number) > 0 ? trimap.maybeForeground : trimap.maybeBackground;
    });
  }
  for (const point of points) {
    each((x, y, at) => {
      if (Math.hypot(x - point.x * scale, y - point.y * scale) > pointRadius) return;
      known[at] = point.isInside ? trimap.foreground : trimap.background;
    });
  }
  return known;
}

/** True when the positive points, or more than half of the box, lie on the mask, and no negative point does. */
function pointsAt(mask: Uint8Array, { points, box }: Prompts, { width, height }: Picture): boolean {
  const isOn = ({ x, y }: { readonly x: number; readonly y: number }) =>
    mask[Math.min(height - 1, Math.max(0, Math.floor(y))) * width + Math.min(width - 1, Math.max(0, Math.floor(x)))] ===
    1;
  if (points.some((point) => isOn(point) !== point.isInside)) return false;
  if (box === undefined) return points.some(({ isInside }) => isInside);
  let inside = 0;
  let all = 0;
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue;
    all++;
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x >= box.left && x < box.right && y >= box.top && y < box.bottom) inside++;
  }
  // a box around a person holds most of it, and the person fills much of the box
  return all > 0 && inside / all > 0.5 && inside / ((box.right - box.left) * (box.bottom - box.top)) > 0.3;
}

/** The smallest box around a mask; the whole picture for an empty one. */
function boxOf(mask: Uint8Array, { width, height }: Picture): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] !== 1) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  }
  return right === 0 ? { left: 0, top: 0, right: width, bottom: height } : { left, top, right, bottom };
}

function shrunk({ left, top, right, bottom }: Box): Box {
  const [dx, dy] = [(right - left) * tighter, (bottom - top) * tighter];
  return { left: left + dx, top: top + dy, right: right - dx, bottom: bottom - dy };
}

/** 0..1: how strongly colors change along the mask's border. */
function edgeContrast({ data, width, height }: Picture, mask: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const at = y * width + x;
      for (const other of [at + 1, at + width]) {
        if (mask[at] === mask[other]) continue;
        for (let channel = 0; channel < 3; channel++) {
          sum += Math.abs((data[at * 3 + channel] as number) - (data[other * 3 + channel] as number)) / 3;
        }
        count++;
      }
    }
  }
  const mean = count === 0 ? 0 : sum / count;
  return mean / (mean + 16);
}

function rows(values: readonly number[], width: number, height: number): string {
  return listed(Array.from({ length: height }, (_, row) => listed(values.slice(row * width, (row + 1) * width))));
}

function listed(items: readonly (string | number)[]): string {
  return `[${items.join(", ")}]`;
}
