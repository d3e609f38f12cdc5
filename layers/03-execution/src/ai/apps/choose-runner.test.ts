import { rational } from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import { defaultSelectionWeights } from "../../gateway/selection.ts";
import { listApps } from "./app-list.ts";
import { AppRunner } from "./app-runner.ts";
import { ableRunners, chooseRunner, usableRunners, whyNobody } from "./choose-runner.ts";
import type { ListedRunner } from "./listed-runner.ts";

let number = 0;
function runner(fields: Partial<ListedRunner> = {}): AppRunner {
  const url = `https://o:1/apps/${number++}/session`;
  const entry = { uri: "https://o:1", address: undefined, stakeWei: undefined, score: 1 };
  return new AppRunner(entry, {
    ...{ url, app: "x", mode: "persistent", version: "", metadata: "", capacity: 2, available: 2, price: undefined },
    ...fields,
  });
}
const perSecond = (wei: bigint) => ({ wei: rational(wei), unit: "seconds" as const });
const want = { app: "x", isSession: false, exclude: new Set<string>() };
const options = { maxPriceOf: () => rational(10n), weights: defaultSelectionWeights, ignoreMaxPriceIfNeeded: false };

describe("the runner of a call", () => {
  it("has the app, the mode, a place and an acceptable price, and was not tried", () => {
    const good = runner({ price: perSecond(10n) });
    const tried = runner();
    const all = [
      ...[good, tried, runner({ app: "y" }), runner({ mode: "single-shot" })],
      ...[runner({ available: 0 }), runner({ price: perSecond(11n) })],
    ];
    const able = ableRunners(all, { ...want, isSession: true, exclude: new Set([tried.url]) });
    expect(usableRunners(able, options)).toEqual([good]);
    // with nobody else, and the operator's leave, the price does not count
    const dear = [runner({ price: perSecond(11n) })];
    expect(usableRunners(dear, options)).toEqual([]);
    expect(usableRunners(dear, { ...options, ignoreMaxPriceIfNeeded: true })).toEqual(dear);
  });

  it("is one nobody knows yet, then the quickest, and last one that has failed a moment ago", () => {
    const random = simRandom(1);
    const [quick, slow, failed, fresh] = [runner(), runner(), runner(), runner()];
    quick.answered(10);
    slow.answered(100);
    failed.answered(1);
    failed.failed(1000);
    const choose = (runners: AppRunner[], now = 2000) => chooseRunner(runners, options, now, random);
    expect(choose([quick, slow, failed, fresh])).toBe(fresh);
    expect(choose([slow, quick, failed])).toBe(quick);
    expect(choose([failed])).toBe(failed);
    expect(choose([quick, failed], 6001)).toBe(failed);
    expect(choose([])).toBeUndefined();
  });

  it("counts the places that were taken since the list", () => {
    const one = runner({ capacity: 3, available: 2 });
    one.inFlight += 2;
    expect(one.free).toBe(0);
    one.inFlight -= 1;
    expect(one.free).toBe(1);
    one.full();
    expect(one.free).toBe(0);
    one.update(one.entry, { ...one.listed, available: 1 });
    expect(one.free).toBe(1);
    one.inFlight -= 1;
    expect(one.free).toBe(2);
  });
});

describe("why nobody takes a call", () => {
  const why = (runners: AppRunner[], isSession = false) => {
    const { status, code, message } = whyNobody(runners, { ...want, isSession }, options, "");
    return [status, code, message];
  };
  it.each<[string, AppRunner[], boolean, unknown[]]>([
    ["nobody offers it", [runner({ app: "y" })], false, [404, "unknown_app", 'there is no app "x": there are y']],
    [
      "it has no sessions",
      [runner({ mode: "single-shot" })],
      true,
      [400, "no_sessions", '"x" has no sessions: its runners take one call at a time, at /apps/x/app'],
    ],
    [
      "it costs too much",
      [runner({ price: perSecond(12n) }), runner({ price: perSecond(11n) })],
      false,
      [
        503,
        "price_above_limit",
        'the cheapest runner of "x" asks 11 wei for a second, and this gateway pays at most 10 wei for a second (-maxPricePerCapability, -maxPricePerUnit)',
      ],
    ],
    [
      "it is busy",
      [runner({ available: 0 })],
      false,
      [503, "no_place", 'no runner of "x" has a free place now: try again'],
    ],
  ])("%s", (_name, runners, isSession, said) => expect(why(runners, isSession)).toEqual(said));
});

describe("the list of apps", () => {
  it("has one row for an app and a mode, with all places and the lowest price", () => {
    const runners = [
      runner({ price: perSecond(7n), version: "1" }),
      runner({ price: { wei: rational(1n), unit: "720p-pixel-seconds" }, version: "2" }),
      runner({ price: perSecond(6n), version: "3", available: 1 }),
      runner({ app: "a", mode: "single-shot" }),
    ];
    expect(listApps(runners)).toEqual([
      { app: "a", mode: "single-shot", runners: 1, capacity: 2, capacity_available: 2 },
      {
        ...{ app: "x", mode: "persistent", version: "3", runners: 3, capacity: 6, capacity_available: 5 },
        price_info: { price: 6, currency: "wei", unit: "seconds" },
      },
    ]);
  });
});
