import type { AiCapability } from "@livepeer-ts/sdk";

/** Columns by which models can be sorted. Prices are of different units, and cannot be. */
export const sortable = ["offers", "latency", "success", "places"] as const;
export type SortColumn = (typeof sortable)[number];

/** A column, upwards or with a minus downwards; undefined: as pipelines are listed. */
export type Sorting = { readonly column: SortColumn; readonly isDown: boolean };

/** The sorting of `?sort=`; undefined for what is none. */
export function parseSorting(text: string | undefined): Sorting | undefined {
  const isDown = text?.startsWith("-") ?? false;
  const column = sortable.find((one) => one === (isDown ? text?.slice(1) : text));
  return column === undefined ? undefined : { column, isDown };
}

/** What a click on a column's head makes of it: down, up, and back to the order of the list. */
export function nextSorting(now: Sorting | undefined, column: SortColumn): string | undefined {
  if (now?.column !== column) return `-${column}`;
  return now.isDown ? column : undefined;
}

/** The models in this order; those of which nothing is known are last. */
export function sorted(models: readonly AiCapability[], sorting: Sorting | undefined): readonly AiCapability[] {
  if (sorting === undefined) return models;
  const { column, isDown } = sorting;
  return [...models].sort((a, b) => {
    const [left, right] = [figureOf(a, column), figureOf(b, column)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return isDown ? right - left : left - right;
  });
}

function figureOf({ offers, lastHour }: AiCapability, column: SortColumn): number | undefined {
  switch (column) {
    case "offers":
      return offers.length;
    case "latency":
      return lastHour.p50Ms ?? undefined;
    case "success":
      return lastHour.jobs === 0 ? undefined : 1 - lastHour.failed / lastHour.jobs;
    case "places":
      return offers.reduce((sum, { capacity, inUse }) => sum + Math.max(0, capacity - inUse), 0);
  }
}
