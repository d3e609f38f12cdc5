import { describe, expect, it } from "vitest";
import { checkChainId, networkDefaults } from "./networks.ts";

describe("what is known about networks", () => {
  it.each([
    ["arbitrum-one-mainnet", "0xd8e8328501e9645d16cf49539efc04f734606ee4", 42_161n, 0n, 1_200_000n],
    ["mainnet", "0xf96d54e490317c557a967abfa5d6e33006be69b3", 1n, 1_000_000_000n, 350_000n],
    ["arbitrum-one-rinkeby", "0x9cec649179e2c7ab91688271bcd09fb707b3e574", 421_611n, 0n, 1_200_000n],
    ["rinkeby", "0x9a9827455911a858e55f07911904facc0d66027e", 4n, 0n, 350_000n],
    ["my-arbitrum", undefined, undefined, 0n, undefined],
    ["toString", undefined, undefined, 0n, undefined],
  ])("%s", (name, controller, chainId, minGasPriceWei, redeemGas) => {
    expect(networkDefaults(name)).toMatchObject({ controller, chainId, minGasPriceWei, redeemGas });
  });

  it("refuses another chain under a known name", () => {
    expect(() => checkChainId("mainnet", 1n, 42_161n)).toThrow(
      "node does not support chainID = 42161 right now: -network mainnet is chain 1, so check -network and -ethUrl",
    );
    checkChainId("mainnet", 1n, 1n);
    checkChainId("mine", undefined, 42_161n);
  });
});
