/** An upright rectangle, in pixels. */
export type Place = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/** From here on a pixel counts as text. */
const leastPixel = 0.3;
/** Mean of a place that is kept. */
const leastMean = 0.6;
/** The map marks the heart of a line only; its outline grows by area over perimeter times this. */
const growth = 1.6;
const leastSide = 3;
/** Most places in one picture. */
export const maxPlaces = 200;

/** Connected regions of a map of likelihoods as rectangles, in reading order. */
export function textPlaces(map: Float32Array, width: number, height: number): Place[] {
  const seen = new Uint8Array(map.length);
  const places: Place[] = [];
  const stack: number[] = [];
  for (let start = 0; start < map.length && places.length < maxPlaces; start++) {
    if (seen[start] !== 0 || (map[start] as number) < leastPixel) continue;
    let [left, right, top, bottom, sum, count] = [width, 0, height, 0, 0, 0];
    seen[start] = 1;
    stack.push(start);
    while (stack.length > 0) {
      const at = stack.pop() as number;
      const [x, y] = [at % width, Math.floor(at / width)];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      sum += map[at] as number;
      count++;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const next = at + dy * width + dx;
          const isInside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
          if (!isInside || seen[next] !== 0 || (map[next] as number) < leastPixel) continue;
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
    const [w, h] = [right - left + 1, bottom - top + 1];
    if (w < leastSide || h < leastSide || sum / count < leastMean) continue;
    const grown = (w * h * growth) / (2 * (w + h));
    places.push({
      left: Math.max(0, left - grown),
      right: Math.min(width, right + 1 + grown),
      top: Math.max(0, top - grown),
      bottom: Math.min(height, bottom + 1 + grown),
    });
  }
  return inReadingOrder(places).flat();
}

/** Places grouped into lines from top to bottom, each from left to right. */
export function inReadingOrder<P extends Place>(places: readonly P[]): P[][] {
  const lines: P[][] = [];
  for (const place of [...places].sort((one, other) => one.top + one.bottom - other.top - other.bottom)) {
    const middle = (place.top + place.bottom) / 2;
    const line = lines.at(-1);
    const first = line?.[0];
    if (line !== undefined && first !== undefined && middle > first.top && middle < first.bottom) line.push(place);
    else lines.push([place]);
  }
  for (const line of lines) line.sort((one, other) => one.left - other.left);
  return lines;
}
