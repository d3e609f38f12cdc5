/** Where in the sound each token was heard: attention of `heads` heads over `frames` places, one row of them for each token. */
export type Attention = readonly Float32Array[];

/** Places the median is taken over. */
const medianWidth = 7;

/**
 * Start of each token, in places of the attention, by the cheapest monotone path through the averaged attention. One more value than
 * tokens: the end of the last.
 */
export function tokenStarts(attention: Attention, heads: number, frames: number, used: number): number[] {
  const rows = attention.length;
  const average = new Float32Array(rows * used);
  for (let head = 0; head < heads; head++) {
    const plane = new Float32Array(rows * used);
    for (let frame = 0; frame < used; frame++) {
      let sum = 0;
      let squares = 0;
      for (const row of attention) {
        const value = row[head * frames + frame] as number;
        sum += value;
        squares += value * value;
      }
      const mean = sum / rows;
      const deviation = Math.sqrt(Math.max(squares / rows - mean * mean, 1e-12));
      for (const [index, row] of attention.entries()) {
        plane[index * used + frame] = ((row[head * frames + frame] as number) - mean) / deviation;
      }
    }
    for (let row = 0; row < rows; row++) {
      const smooth = medians(plane.subarray(row * used, (row + 1) * used));
      for (let frame = 0; frame < used; frame++)
        average[row * used + frame] = (average[row * used + frame] as number) + (smooth[frame] as number);
    }
  }
  return cheapestPath(average, rows, used);
}

function medians(values: Float32Array): Float32Array {
  const half = (medianWidth - 1) / 2;
  return Float32Array.from(values, (_, at) => {
    const near = Array.from({ length: medianWidth }, (_, step) => {
      const index = Math.abs(at + step - half);
      return values[index < values.length ? index : 2 * (values.length - 1) - index] ?? 0;
    });
    return near.sort((left, right) => left - right)[half] as number;
  });
}

function cheapestPath(gain: Float32Array, rows: number, columns: number): number[] {
  const width = columns + 1;
  const cost = new Float32Array((rows + 1) * width).fill(Number.POSITIVE_INFINITY);
  const from = new Uint8Array((rows + 1) * width);
  cost[0] = 0;
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const at = row * width + column;
      const diagonal = cost[at - width - 1] as number;
      const down = cost[at - width] as number;
      const right = cost[at - 1] as number;
      const least = Math.min(diagonal, down, right);
      from[at] = least === diagonal ? 0 : least === down ? 1 : 2;
      cost[at] = least - (gain[(row - 1) * columns + column - 1] as number);
    }
  }
  const starts = new Array<number>(rows + 1).fill(0);
  starts[rows] = columns;
  let row = rows;
  let column = columns;
  while (row > 0 && column > 0) {
    starts[row - 1] = column - 1;
    const step = from[row * width + column];
    if (step !== 2) row--;
    if (step !== 1) column--;
  }
  return starts;
}
