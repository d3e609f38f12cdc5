import { rounded } from "../bench-record.ts";
import type { Kept } from "./kept-memory.ts";

/** Seconds after which what starting fills is full: growth is told of shorter runs, and judged of longer ones. */
export const settledSeconds = 1500;

/** Growth by least squares and its standard error, MB per hour. */
type Slope = { readonly mbPerHour: number; readonly error: number };

/** What a process kept at several looks, MB, and how that grew. */
export type KeptGrowth = {
  readonly rssMb: readonly number[];
  readonly heapMb: readonly number[];
  readonly rss: Slope;
  readonly heap: Slope;
};

/** Needs four looks: the first one takes memory itself and is left out of the slopes. */
export function keptGrowth(looks: readonly Kept[]): KeptGrowth {
  const ofRss = ({ rssBytes }: Kept) => rssBytes / 1e6;
  const ofHeap = ({ heapBytes }: Kept) => heapBytes / 1e6;
  return {
    rssMb: looks.map((look) => rounded(ofRss(look), 2)),
    heapMb: looks.map((look) => rounded(ofHeap(look), 2)),
    rss: slopeOf(looks.slice(1), ofRss),
    heap: slopeOf(looks.slice(1), ofHeap),
  };
}

/** True when memory grows by more than the limit, MB per hour, whatever chance had to do with the looks (two standard errors). */
export function growsBeyond({ rss, heap }: KeptGrowth, limit: number): boolean {
  return [rss, heap].some(({ mbPerHour, error }) => mbPerHour - 2 * error > limit);
}

function slopeOf(looks: readonly Kept[], of: (look: Kept) => number): Slope {
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const hours = looks.map(({ at }) => at / 3_600_000);
  const values = looks.map(of);
  const [hourMean, mean] = [sum(hours) / looks.length, sum(values) / looks.length];
  const spread = sum(hours.map((hour) => (hour - hourMean) ** 2));
  const slope = sum(hours.map((hour, i) => (hour - hourMean) * ((values[i] as number) - mean))) / spread;
  const rest = sum(hours.map((hour, i) => ((values[i] as number) - mean - slope * (hour - hourMean)) ** 2));
  return { mbPerHour: rounded(slope, 2), error: rounded(Math.sqrt(rest / (looks.length - 2) / spread), 2) };
}
