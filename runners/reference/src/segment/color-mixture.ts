import { SeededRandom } from "../jobs/random.ts";

/** Bell curves of one mixture. */
const components = 5;
const clusterRounds = 10;
/** Pixels that are grouped by color; of more, some are left out evenly. */
const maxGrouped = 10_000;
/** Added to each variance, so that a surface of one color has some. */
const leastVariance = 0.01;

type Component = {
  readonly weight: number;
  readonly mean: readonly number[];
  /** Inverse of the covariance, by rows. */
  readonly inverse: readonly number[];
  /** Factor of the density. */
  readonly scale: number;
};

/** How likely colors are on one side of a cut: a mixture of five bell curves over RGB. */
export class ColorMixture {
  readonly #components: readonly Component[];

  private constructor(list: readonly Component[]) {
    this.#components = list;
  }

  /** Groups the pixels by color, from chosen beginnings that are the same each time. */
  static grouped(data: Uint8Array, all: readonly number[]): ColorMixture {
    const every = Math.ceil(all.length / maxGrouped);
    const pixels = every === 1 ? all : all.filter((_, index) => index % every === 0);
    const centers = firstCenters(data, pixels);
    const groups = new Uint8Array(pixels.length);
    for (let round = 0; round < clusterRounds; round++) {
      const sums = centers.map(() => [0, 0, 0, 0]);
      for (const [index, pixel] of pixels.entries()) {
        const group = nearest(centers, data, pixel);
        groups[index] = group;
        const sum = sums[group] as number[];
        for (let channel = 0; channel < 3; channel++)
          sum[channel] = (sum[channel] as number) + (data[pixel * 3 + channel] as number);
        sum[3] = (sum[3] as number) + 1;
      }
      for (const [group, [r = 0, g = 0, b = 0, count = 0]] of sums.entries()) {
        if (count > 0) centers[group] = [r / count, g / count, b / count];
      }
    }
    return ColorMixture.#learned(data, pixels, groups);
  }

  /** The mixture that fits these pixels, each counted to the curve under which it is likeliest now. */
  refitted(data: Uint8Array, pixels: readonly number[]): ColorMixture {
    const groups = Uint8Array.from(pixels, (pixel) => {
      let best = 0;
      let most = -1;
      for (const [index, component] of this.#components.entries()) {
        const likelihood = density(component, data, pixel);
        if (likelihood > most) {
          most = likelihood;
          best = index;
        }
      }
      return best;
    });
    return ColorMixture.#learned(data, pixels, groups);
  }

  /** Minus the logarithm of the density at the pixel's color. */
  cost(data: Uint8Array, pixel: number): number {
    let sum = 0;
    for (const component of this.#components) sum += component.weight * density(component, data, pixel);
    return -Math.log(Math.max(sum, 1e-300));
  }

  static #learned(data: Uint8Array, pixels: readonly number[], groups: Uint8Array): ColorMixture {
    const list: Component[] = [];
    for (let group = 0; group < components; group++) {
      let count = 0;
      const sum = [0, 0, 0];
      const products = new Array<number>(9).fill(0);
      for (const [index, pixel] of pixels.entries()) {
        if (groups[index] !== group) continue;
        count++;
        for (let row = 0; row < 3; row++) {
          const value = data[pixel * 3 + row] as number;
          sum[row] = (sum[row] as number) + value;
          for (let column = 0; column < 3; column++) {
            products[row * 3 + column] =
              (products[row * 3 + column] as number) + value * (data[pixel * 3 + column] as number);
          }
        }
      }
      if (count === 0) continue;
      const mean = sum.map((value) => value / count);
      const covariance = products.map((product, at) => {
        const spread = product / count - (mean[Math.floor(at / 3)] as number) * (mean[at % 3] as number);
        return at % 4 === 0 ? Math.max(spread, 0) + leastVariance : spread;
      });
      const { inverse, determinant } = inverted(covariance);
      list.push({ weight: count / pixels.length, mean, inverse, scale: 1 / Math.sqrt(determinant) });
    }
    return new ColorMixture(list);
  }
}

function density({ mean, inverse, scale }: Component, data: Uint8Array, pixel: number): number {
  const x = (data[pixel * 3] as number) - (mean[0] as number);
  const y = (data[pixel * 3 + 1] as number) - (mean[1] as number);
  const z = (data[pixel * 3 + 2] as number) - (mean[2] as number);
  const at = (index: number) => inverse[index] as number;
  const square =
    x * (at(0) * x + at(1) * y + at(2) * z) +
    y * (at(3) * x + at(4) * y + at(5) * z) +
    z * (at(6) * x + at(7) * y + at(8) * z);
  return scale * Math.exp(-0.5 * square);
}

function inverted(m: readonly number[]): { readonly inverse: number[]; readonly determinant: number } {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
  const determinant = Math.max(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g), 1e-9);
  const adjugate = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
  return { inverse: adjugate.map((value) => value / determinant), determinant };
}

/** Pixels far from each other in color, chosen by chance from a fixed seed. */
function firstCenters(data: Uint8Array, pixels: readonly number[]): number[][] {
  const random = new SeededRandom(5);
  const colorOf = (pixel: number) => [0, 1, 2].map((channel) => data[pixel * 3 + channel] as number);
  const centers = [colorOf(pixels[Math.floor(random.uniform() * pixels.length)] as number)];
  const squares = new Float64Array(pixels.length).fill(Number.POSITIVE_INFINITY);
  while (centers.length < components) {
    let total = 0;
    const last = centers.at(-1) as number[];
    for (const [index, pixel] of pixels.entries()) {
      squares[index] = Math.min(squares[index] as number, squareDistance(last, data, pixel));
      total += squares[index] as number;
    }
    let left = random.uniform() * total;
    let chosen = pixels.length - 1;
    for (let index = 0; index < pixels.length; index++) {
      left -= squares[index] as number;
      if (left < 0) {
        chosen = index;
        break;
      }
    }
    centers.push(colorOf(pixels[chosen] as number));
  }
  return centers;
}

function nearest(centers: readonly (readonly number[])[], data: Uint8Array, pixel: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, center] of centers.entries()) {
    const square = squareDistance(center, data, pixel);
    if (square < least) {
      least = square;
      best = index;
    }
  }
  return best;
}

function squareDistance(center: readonly number[], data: Uint8Array, pixel: number): number {
  const r = (data[pixel * 3] as number) - (center[0] as number);
  const g = (data[pixel * 3 + 1] as number) - (center[1] as number);
  const b = (data[pixel * 3 + 2] as number) - (center[2] as number);
  return r * r + g * g + b * b;
}
