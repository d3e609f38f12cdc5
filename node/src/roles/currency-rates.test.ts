import { parsePriceFlag } from "@livepeer-ts/economics";
import { formatRational, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import type { ChainReader } from "@livepeer-ts/protocol";
import { expect, it } from "vitest";
import type { ChainConfig } from "../flags/node-config.ts";
import { CurrencyRates } from "./currency-rates.ts";

const config = { priceFeed: toAddress("0x639Fe6ab55C921f74e7fac1ee960C0B6293ba612") } as ChainConfig;

/** Rates from a feed that says what one ether costs; `cents` can change. */
async function start(prices: string[], feed: { cents: bigint; description: string }) {
  const sim = new Simulation(1);
  const host = sim.host("node");
  let updatedAt = 0n;
  const reader = {
    readAll: async () => [feed.description, 2, [1n, feed.cents, 0n, ++updatedAt, 1n]],
  } as unknown as ChainReader;
  const deps = { reader, clock: host.clock, logger: silentLogger };
  const rates = await CurrencyRates.start(
    prices.map((price) => parsePriceFlag(price)),
    config,
    deps,
    host.tasks,
  );
  return { rates, sim };
}

const wei = (rates: CurrencyRates, price: string) => formatRational(rates.weiPerPixel(parsePriceFlag(price, "2")));

it("turns prices into wei, and follows the feed", async () => {
  const feed = { cents: 200_000n, description: "ETH / USD" };
  const { rates, sim } = await start(["5", "1USD", "2usd"], feed);
  expect(rates.isLive).toBe(true);
  // 2000 dollars an ether, two pixels a unit
  expect(wei(rates, "1USD")).toBe(String(10n ** 18n / 4000n));
  feed.cents = 400_000n;
  await sim.run(3_700_000);
  expect(wei(rates, "1USD")).toBe(String(10n ** 18n / 8000n));
  expect(wei(rates, "5")).toBe("5/2");
});

it("needs no feed for wei and ether", async () => {
  const { rates } = await start(["5", "1eth"], { cents: 0n, description: "none" });
  expect([rates.isLive, wei(rates, "1eth")]).toEqual([false, String(10n ** 18n / 2n)]);
});

it("names the flags when the feed has another currency", async () => {
  await expect(start(["1EUR"], { cents: 1n, description: "ETH / USD" })).rejects.toMatchObject({
    code: "price_feed_unusable",
    message: expect.stringMatching(/price feed does not have EUR as a currency \(ETH \/ USD\).*check -priceFeedAddr/),
  });
});
