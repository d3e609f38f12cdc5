import { rationalToNumber } from "@livepeer-ts/kernel";
import type { AppRunner } from "./app-runner.ts";
import { cheapestOf } from "./choose-runner.ts";

/** One app in one mode, as clients of a gateway see it. */
export type ListedApp = {
  readonly app: string;
  readonly mode: "persistent" | "single-shot";
  readonly version?: string;
  readonly metadata?: string;
  readonly runners: number;
  /** Places of all its runners, and those that are free. */
  readonly capacity: number;
  readonly capacity_available: number;
  /** The lowest price; absent where one of the runners asks for nothing. */
  readonly price_info?: { readonly price: number; readonly currency: "wei"; readonly unit: string };
};

/** The apps of all runners, by name. */
export function listApps(runners: readonly AppRunner[]): readonly ListedApp[] {
  const groups = new Map<string, AppRunner[]>();
  for (const runner of runners) {
    const key = `${runner.listed.app}\n${runner.listed.mode}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [runner]);
    else group.push(runner);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => listApp(group));
}

function listApp(group: readonly AppRunner[]): ListedApp {
  const price = cheapestOf(group);
  const shown = (group.find(({ listed }) => listed.price === price) ?? (group[0] as AppRunner)).listed;
  const sum = (of: (runner: AppRunner) => number) => group.reduce((total, runner) => total + of(runner), 0);
  return {
    app: shown.app,
    mode: shown.mode,
    ...(shown.version === "" ? {} : { version: shown.version }),
    ...(shown.metadata === "" ? {} : { metadata: shown.metadata }),
    runners: group.length,
    capacity: sum(({ listed }) => listed.capacity),
    capacity_available: sum(({ free }) => Math.max(0, free)),
    ...(price === undefined
      ? {}
      : { price_info: { price: rationalToNumber(price.wei), currency: "wei", unit: price.unit } }),
  };
}
