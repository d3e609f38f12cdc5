import { unfit } from "../http/refusal.ts";
import type { Job } from "../jobs/job.ts";

/** Side of the mask that may come with a request, as in the original. */
const maskSide = 256;
/** Most points of one request. */
export const maxPoints = 1000;

export type Point = { readonly x: number; readonly y: number; readonly isInside: boolean };
export type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** What the client points at, in pixels of the picture. */
export type Prompts = {
  readonly points: readonly Point[];
  readonly box: Box | undefined;
  /** 256x256 logits of an earlier mask. */
  readonly mask: Float32Array | undefined;
};

/** Reads points, box and mask. Throws `Refusal` 422 for what is none of it. */
export function readPrompts(job: Job, width: number, height: number): Prompts {
  // without normalize_coords the client has divided by the size of the picture already
  const [scaleX, scaleY] = job.flag("normalize_coords") ? [1, 1] : [width, height];
  const coords = numbersOf(job, "point_coords");
  const labels = numbersOf(job, "point_labels");
  if (coords.length !== labels.length * 2) {
    throw unfit("point_labels", "Input should have one label, 0 or 1, for each [x, y] of point_coords", "value_error");
  }
  if (labels.length > maxPoints) throw unfit("point_labels", `List should have at most ${maxPoints} items`, "too_long");
  const points = labels.map((label, index) => ({
    x: (coords[index * 2] as number) * scaleX,
    y: (coords[index * 2 + 1] as number) * scaleY,
    isInside: label !== 0,
  }));
  const corners = numbersOf(job, "box");
  if (corners.length !== 0 && corners.length !== 4)
    throw unfit("box", "Input should be [x1, y1, x2, y2]", "value_error");
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = corners;
  const box =
    corners.length === 0
      ? undefined
      : {
          left: Math.max(0, Math.min(x1, x2) * scaleX),
          top: Math.max(0, Math.min(y1, y2) * scaleY),
          right: Math.min(width, Math.max(x1, x2) * scaleX),
          bottom: Math.min(height, Math.max(y1, y2) * scaleY),
        };
  if (box !== undefined && (box.right - box.left < 1 || box.bottom - box.top < 1)) {
    throw unfit("box", "Input should be a box inside the picture", "value_error");
  }
  const mask = numbersOf(job, "mask_input");
  if (mask.length !== 0 && mask.length !== maskSide ** 2) {
    throw unfit("mask_input", `Input should be [1, ${maskSide}, ${maskSide}] numbers`, "value_error");
  }
  return { points, box, mask: mask.length === 0 ? undefined : Float32Array.from(mask) };
}

/** All numbers of a JSON array of arrays in a text field, in order; none when the field is empty. */
function numbersOf(job: Job, field: string): number[] {
  const text = job.text(field).trim();
  if (text === "" || text === "null") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unfit(field, "Input should be a JSON array", "json_invalid");
  }
  const flat = Array.isArray(value) ? (value.flat(4) as unknown[]) : [undefined];
  if (!flat.every((number) => typeof number === "number" && Number.isFinite(number))) {
    throw unfit(field, "Input should be a JSON array of numbers", "value_error");
  }
  return flat as number[];
}
