/** The largest connected piece of a mask, with its holes filled. */
export function solid(mask: Uint8Array, width: number, height: number): Uint8Array {
  const pieces = labeled(mask, 1, width, height);
  const largest = pieces.sizes.reduce((best, size, index) => (size > (pieces.sizes[best] ?? 0) ? index : best), 0);
  const piece = pieces.labels.map((label) => (label === largest + 1 ? 1 : 0));
  const around = labeled(Uint8Array.from(piece), 0, width, height);
  const outside = new Set<number>();
  for (let x = 0; x < width; x++)
    outside.add(around.labels[x] as number).add(around.labels[(height - 1) * width + x] as number);
  for (let y = 0; y < height; y++)
    outside.add(around.labels[y * width] as number).add(around.labels[(y + 1) * width - 1] as number);
  outside.delete(0);
  return Uint8Array.from(around.labels, (label) => (outside.has(label) || pieces.sizes.length === 0 ? 0 : 1));
}

/** Numbers from 1 for the connected pieces of pixels with a value, 0 for all others; and how large each piece is. */
function labeled(mask: Uint8Array, value: number, width: number, height: number) {
  const labels = new Int32Array(mask.length);
  const sizes: number[] = [];
  const stack: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || labels[start] !== 0) continue;
    const label = sizes.length + 1;
    let size = 0;
    labels[start] = label;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size++;
      const x = at % width;
      const near = [
        x > 0 ? at - 1 : -1,
        x + 1 < width ? at + 1 : -1,
        at - width,
        at + width < width * height ? at + width : -1,
      ];
      for (const next of near) {
        if (next < 0 || mask[next] !== value || labels[next] !== 0) continue;
        labels[next] = label;
        stack.push(next);
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}
