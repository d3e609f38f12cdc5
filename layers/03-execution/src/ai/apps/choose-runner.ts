import { compareRational, formatRational, type Random } from "@livepeer-ts/kernel";
import { quickest } from "../gateway/quickest.ts";
import { AiRefusal } from "../wire/ai-refusal.ts";
import type { AppGatewayOptions } from "./app-gateway-options.ts";
import type { AppRunner } from "./app-runner.ts";
import { type AppPrice, pixelPrice } from "./listed-runner.ts";

/** What a call asks for. */
export type RunnerWant = {
  readonly app: string;
  /** Sessions want runners that have some. */
  readonly isSession: boolean;
  /** URLs of those that were tried already. */
  readonly exclude: ReadonlySet<string>;
};

export type ChooseOptions = Pick<AppGatewayOptions, "maxPriceOf" | "weights" | "ignoreMaxPriceIfNeeded">;

/** Names that a refusal lists. */
const maxNamed = 20;
const maxProblemLength = 500;

/** Those of the app that the call could use, whatever they cost and whether or not they have a place. */
export function ableRunners(
  runners: readonly AppRunner[],
  { app, isSession, exclude }: RunnerWant,
): readonly AppRunner[] {
  return runners.filter(
    ({ url, listed }) => listed.app === app && (!isSession || listed.mode === "persistent") && !exclude.has(url),
  );
}

/** Those that have a place, for a price that the gateway pays. */
export function usableRunners(able: readonly AppRunner[], options: ChooseOptions): readonly AppRunner[] {
  return affordable(able, options).filter(({ free }) => free > 0);
}

/** One of them: who failed a moment ago comes last, else the quickest. Undefined where there is none. */
export function chooseRunner(
  usable: readonly AppRunner[],
  options: ChooseOptions,
  now: number,
  random: Random,
): AppRunner | undefined {
  const rested = usable.filter(({ restsUntil }) => restsUntil <= now);
  if (rested.length === 0) return [...usable].sort((a, b) => a.restsUntil - b.restsUntil)[0];
  return quickest(
    rested,
    ({ entry, listed, latencyMs, inFlight }) => ({
      stakeWei: entry.stakeWei,
      price: listed.price === undefined ? undefined : pixelPrice(listed.price),
      latencyScore: latencyMs,
      inFlight,
      capacity: listed.capacity,
    }),
    options.weights,
    random,
  );
}

function affordable(able: readonly AppRunner[], options: ChooseOptions): readonly AppRunner[] {
  const fitting = able.filter(({ listed }) => isWithin(listed.app, listed.price, options));
  return fitting.length === 0 && options.ignoreMaxPriceIfNeeded ? able : fitting;
}

/** True when the gateway pays as much as that for the app. */
function isWithin(
  app: string,
  price: AppPrice | undefined,
  { maxPriceOf }: Pick<ChooseOptions, "maxPriceOf">,
): boolean {
  const limit = price === undefined ? undefined : maxPriceOf(app, price.unit);
  return limit === undefined || price === undefined || compareRational(price.wei, limit) <= 0;
}

/** Why nobody can be used: 404 for an app that nobody offers, 400 for one that has no sessions, else 503. */
export function whyNobody(
  all: readonly AppRunner[],
  want: RunnerWant,
  options: ChooseOptions,
  problem: string,
): AiRefusal {
  const { app } = want;
  const unseen = problem === "" ? "" : ` (no list from ${problem.slice(0, maxProblemLength)})`;
  const ofApp = all.filter(({ listed }) => listed.app === app);
  if (ofApp.length === 0) {
    const names = [...new Set(all.map(({ listed }) => listed.app))].sort();
    const more = names.length > maxNamed ? ", …" : "";
    const there =
      names.length === 0 ? "no orchestrator offers any app" : `there are ${names.slice(0, maxNamed).join(", ")}${more}`;
    return new AiRefusal(404, "unknown_app", `there is no app "${app}": ${there}${unseen}`);
  }
  const able = ableRunners(all, want);
  if (able.length === 0) {
    return new AiRefusal(
      400,
      "no_sessions",
      `"${app}" has no sessions: its runners take one call at a time, at /apps/${encodeURIComponent(app)}/app`,
    );
  }
  if (affordable(able, options).length === 0) return tooDear(app, able, options);
  return new AiRefusal(503, "no_place", `no runner of "${app}" has a free place now: try again${unseen}`);
}

function tooDear(app: string, able: readonly AppRunner[], options: ChooseOptions): AiRefusal {
  const cheapest = cheapestOf(able);
  const limit = cheapest === undefined ? undefined : options.maxPriceOf(app, cheapest.unit);
  const [asked, paid] = [
    priceText(cheapest),
    limit === undefined ? "less" : priceText({ wei: limit, unit: cheapest?.unit ?? "fixed" }),
  ];
  return new AiRefusal(
    503,
    "price_above_limit",
    `the cheapest runner of "${app}" asks ${asked}, and this gateway pays at most ${paid} (-maxPricePerCapability, -maxPricePerUnit)`,
  );
}

/** The lowest of their prices; undefined where one asks for nothing. */
export function cheapestOf(runners: readonly AppRunner[]): AppPrice | undefined {
  const prices = runners.map(({ listed }) => listed.price);
  if (prices.includes(undefined)) return undefined;
  return [...(prices as AppPrice[])].sort((a, b) => compareRational(pixelPrice(a), pixelPrice(b)))[0];
}

const unitTexts = { seconds: "second", "720p-pixel-seconds": "pixel", fixed: "call" } as const;

/** `5 wei for a second`. */
export function priceText(price: AppPrice | undefined): string {
  return price === undefined ? "nothing" : `${formatRational(price.wei)} wei for a ${unitTexts[price.unit]}`;
}
