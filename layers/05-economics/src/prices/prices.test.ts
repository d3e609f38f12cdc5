import { formatRational, rational, toAddress } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactSum } from "../recipient/exact-sum.ts";
import { priceFeedAnswer, weiPerUnitFromFeed } from "./price-feed.ts";
import { fixedCurrencyRate, parsePriceFlag, parsePricePerGateway, pricePerPixel } from "./price-flags.ts";

describe("prices as operators write them", () => {
  it.each([
    ["1200", "1", "1200"],
    ["0.5", "1", "1/2"],
    ["7", "3", "7/3"],
    ["2eth", "1", "2000000000000000000"],
    ["0", "1", "0"],
    ["15wei", "2", "15/2"],
  ])("%s per %s pixels is %s wei", (price, pixels, expected) => {
    const flag = parsePriceFlag(price, pixels);
    expect(formatRational(pricePerPixel(flag, fixedCurrencyRate(flag.currency) ?? rational(0n)))).toBe(expected);
  });

  it.each(["-1", "", "1,5", "1.", "one", "5 USD", "1e3x!"])('refuses "%s" and says how to write it', (price) => {
    expect(() => parsePriceFlag(price)).toThrow(/is not a price: write a number/);
  });

  it("refuses units of no pixels", () => {
    expect(() => parsePriceFlag("1", "0")).toThrow(/-pixelsPerUnit/);
  });

  it("reads prices per gateway under the new and the old name, addresses in any case", () => {
    const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
    const entry = {
      ethaddress: address.toUpperCase().replace("0X", "0x"),
      priceperunit: 10,
      currency: "USD",
      pixelsperunit: 2,
    };
    for (const name of ["gateways", "broadcasters"]) {
      const prices = parsePricePerGateway(JSON.stringify({ [name]: [entry] }));
      expect(prices.get(toAddress(address))).toMatchObject({ currency: "USD", amount: rational(10n) });
    }
    expect(() => parsePricePerGateway("{")).toThrow(/not JSON/);
    expect(() => parsePricePerGateway("{}")).toThrow(/no list/);
  });

  it("converts by a feed in either direction, and refuses other feeds", () => {
    const price = priceFeedAnswer(300_000_000_000n, 8);
    expect(formatRational(weiPerUnitFromFeed("ETH / USD", price, "usd"))).toBe("1000000000000000/3");
    expect(formatRational(weiPerUnitFromFeed("LPT / ETH", rational(1n, 500n), "LPT"))).toBe("2000000000000000");
    expect(() => weiPerUnitFromFeed("BTC / USD", price, "USD")).toThrow(
      "price feed does not have ETH as a currency (BTC / USD)",
    );
    expect(() => weiPerUnitFromFeed("ETH / USD", price, "EUR")).toThrow(
      "price feed does not have EUR as a currency (ETH / USD)",
    );
  });
});

describe("a running sum of fractions", () => {
  it("equals the sum computed with reduced fractions", () => {
    const part = fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.bigInt({ min: 1n, max: 10n ** 20n }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const sum = new ExactSum();
        let expected = rational(0n);
        for (const [num, den] of parts) {
          sum.add(num, den);
          expected = rational(expected.num * den + num * expected.den, expected.den * den);
        }
        expect(sum.value()).toEqual(expected);
      }),
    );
  });
});
