/** A shape: true where it is, row by row. */
export type Mask = {
  readonly width: number;
  readonly height: number;
  readonly inside: readonly boolean[];
  /** Part of the picture that it covers, 0 to 1. */
  readonly share: number;
};

/** Violet is stake and blue is work: a mask has a colour of its own that shows on any picture. */
const fill = [255, 64, 160, 140] as const;

/** The masks of an answer: rows of numbers, alone, in a list, or in a list of lists. Anything else has none. */
export function masksOf(text: string): readonly Mask[] {
  const found: Mask[] = [];
  const walk = (value: unknown): void => {
    if (!Array.isArray(value) || value.length === 0) return;
    if (Array.isArray(value[0]) && !Array.isArray(value[0][0])) {
      const mask = maskOf(value as unknown[][]);
      if (mask !== undefined) found.push(mask);
    } else for (const inner of value) walk(inner);
  };
  walk(parsed(text));
  return found;
}

/** All numbers of a list, however deep. */
export function numbersOf(text: string): readonly number[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.flat(4).filter((one): one is number => typeof one === "number") : [];
}

function maskOf(rows: readonly unknown[][]): Mask | undefined {
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.some((row) => row.length !== width)) return undefined;
  const inside = rows.flatMap((row) => row.map((one) => one === true || (typeof one === "number" && one > 0)));
  return { width, height: rows.length, inside, share: inside.filter(Boolean).length / inside.length };
}

/** Paints the shape; the canvas gets its size. */
export function drawMask(canvas: HTMLCanvasElement, { width, height, inside }: Mask): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const pixels = context.createImageData(width, height);
  for (const [index, isInside] of inside.entries()) if (isInside) pixels.data.set(fill, index * 4);
  context.putImageData(pixels, 0, 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll("True", "true").replaceAll("False", "false"));
  } catch {
    return undefined;
  }
}
