import type { Address } from "@livepeer-ts/kernel";
import type { ChainReader } from "@livepeer-ts/protocol";
import { expect, it } from "vitest";
import { redeemGasOfChain } from "./redeem-gas.ts";

const { signal } = new AbortController();
const chainWith = (...contracts: string[]) =>
  ({ hasCode: async (address: Address) => contracts.includes(address) }) as unknown as ChainReader;

it("knows a private Arbitrum chain by its system contract", async () => {
  expect(await redeemGasOfChain(chainWith(`0x${"0".repeat(38)}64`), signal)).toBe(1_200_000n);
  expect(await redeemGasOfChain(chainWith(`0x${"0".repeat(38)}65`), signal)).toBe(350_000n);
});
