import { bodyOf, LpError, type Net, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import type { DirectoryEntry } from "../../ports/orchestrator-directory.ts";
import { testSigner } from "../../testing/index.ts";
import { AppDirectory } from "./app-directory.ts";
import { type AppGatewayOptions, defaultAppGatewayOptions } from "./app-gateway-options.ts";

/** Two orchestrators; `lists` is what each says now, a status, or nothing at all. */
function world(lists: Record<string, unknown>, options: Partial<AppGatewayOptions> = {}) {
  const sim = new Simulation(1);
  const { clock, tasks } = sim.host("gateway");
  let asked = 0;
  const net: Net = {
    async request({ url }) {
      asked++;
      await clock.sleep(10);
      const said = lists[new URL(url).origin];
      if (said === undefined) throw new LpError({ code: "net_dial", message: "connection refused" });
      const isStatus = typeof said === "number";
      const text = isStatus ? "" : typeof said === "string" ? said : JSON.stringify([{ runners: said }]);
      return { status: isStatus ? said : 200, header: new Headers(), body: bodyOf(utf8(text)) };
    },
  };
  const entries: DirectoryEntry[] = ["https://a:1", "https://b:1"].map((uri, i) => ({
    ...{ uri, address: testSigner(i + 1).address, stakeWei: 1n, score: 1 },
  }));
  const directory = new AppDirectory(
    { ...defaultAppGatewayOptions, ...options },
    { clock, tasks, net, logger: silentLogger, directory: { list: async () => entries } },
  );
  const never = new AbortController().signal;
  const look = async (isEnough = () => false) => {
    let seen: string[] | undefined;
    void directory.look(isEnough, never).then((runners) => {
      seen = runners.map(({ url, listed }) => `${url} ${listed.app}`).sort();
    });
    await sim.run(sim.now + 60_000, () => seen !== undefined);
    return seen;
  };
  return { directory, entries, look, sim, later: (ms: number) => sim.run(sim.now + ms), asked: () => asked };
}

const runner = (url: string, app: string, more: object = {}) => ({
  url,
  app,
  capacity: 1,
  capacity_available: 1,
  ...more,
});

it("keeps the list of an orchestrator that does not answer for a while, and drops one that has none", async () => {
  const lists: Record<string, unknown> = { "https://a:1": [runner("https://a:1/1", "x")], "https://b:1": 404 };
  const { look, later, directory, entries } = world(lists);
  expect(await look()).toEqual(["https://a:1/1 x"]);
  lists["https://a:1"] = undefined;
  lists["https://b:1"] = [runner("https://b:1/1", "y")];
  await later(6000);
  expect(await look()).toEqual(["https://a:1/1 x", "https://b:1/1 y"]);
  expect(directory.problem).toBe("https://a:1: connection refused");
  await later(61_000);
  expect(await look()).toEqual(["https://b:1/1 y"]);
  lists["https://b:1"] = "no json";
  await later(6000);
  expect(await look()).toEqual(["https://b:1/1 y"]);
  lists["https://b:1"] = 404;
  await later(6000);
  expect(await look()).toEqual([]);
  entries.splice(0);
  await later(6000);
  expect(await look()).toEqual([]);
});

it("does not ask while the list is fresh, and lets nobody take another's place", async () => {
  const lists: Record<string, unknown> = { "https://a:1": [runner("https://a:1/1", "x")] };
  const { look, later, asked } = world(lists);
  await look();
  await later(4000);
  await look();
  expect(asked()).toBe(2);
  lists["https://b:1"] = [runner("https://a:1/1", "stolen"), runner("https://b:1/1", "own")];
  await later(2000);
  expect(await look()).toEqual(["https://a:1/1 x", "https://b:1/1 own"]);
});

it("uses nobody on the blocklist, and nobody with a score that stands for nothing", async () => {
  const lists = { "https://a:1": [runner("https://a:1/1", "x")], "https://b:1": [runner("https://b:1/1", "y")] };
  const blocked = world(lists, { blocklist: new Set([testSigner(1).address]) });
  expect(await blocked.look()).toEqual(["https://b:1/1 y"]);
  const unscored = world(lists);
  unscored.entries[1] = { ...(unscored.entries[1] as DirectoryEntry), score: 0.5 };
  expect(await unscored.look()).toEqual(["https://a:1/1 x"]);
});

it("passes over runners that make no sense", async () => {
  const price = (fields: object) => ({ price_info: { price: 5, currency: "wei", unit: "seconds", ...fields } });
  const { look } = world({
    "https://a:1": [
      null,
      runner("ftp://a:1/1", "scheme"),
      runner("https://a:1/2", ""),
      runner("https://a:1/3", "mode", { mode: "other" }),
      runner("https://a:1/4", "currency", price({ currency: "usd" })),
      runner("https://a:1/5", "unit", price({ unit: "hour" })),
      runner("https://a:1/6", "price", price({ price: -1 })),
      runner("https://a:1/7/", "good", { ...price({}), mode: "single-shot", metadata: "x".repeat(2000) }),
    ],
  });
  expect(await look()).toEqual(["https://a:1/7 good"]);
});
