import { toAddress } from "@livepeer-ts/kernel";
import { arbitrumOne, devnet, ethereumMainnet, knownControllers, watchedTopics } from "@livepeer-ts/protocol";
import { devnetDeployParams, multicall3Address, planDeployment } from "@livepeer-ts/protocol/deploy";
import { toEventSelector } from "viem";
import { expect, test } from "vitest";
import { testAccount } from "./support/test-accounts.ts";

test("the address book of the local network is what the first development account deploys", () => {
  const { addresses } = planDeployment(testAccount(0).address, 0, devnetDeployParams);
  const planned = Object.entries(addresses).filter(([, address]) => address !== undefined);
  const booked = Object.entries(devnet.contracts).map(([name, { address }]) => [name, address]);
  expect(Object.fromEntries(booked)).toEqual({ ...Object.fromEntries(planned), Multicall3: multicall3Address });
  expect(devnet.chainId).toBe(devnetDeployParams.chainId);
});

test("the address books of the live networks name each contract once", () => {
  for (const book of [arbitrumOne, ethereumMainnet]) {
    const addresses = Object.values(book.contracts).map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(knownControllers[book.network]).toBe(book.contracts.Controller.address);
  }
  expect([arbitrumOne.chainId, ethereumMainnet.chainId]).toEqual([42161, 1]);
  // What go-livepeer has built in.
  expect(knownControllers["arbitrum-one-mainnet"]).toBe(toAddress("0xD8E8328501E9645d16Cf49539efC04f734606ee4"));
  expect(arbitrumOne.contracts.AIServiceRegistry?.address).toBe(
    toAddress("0x04C0b249740175999E5BF5c9ac1dA92431EF34C5"),
  );
});

test("nodes watch the events of the built contracts in the order of the reference node", () => {
  expect(watchedTopics).toEqual(
    [
      "Unbond(address,address,uint256,uint256,uint256)",
      "Rebond(address,address,uint256,uint256)",
      "WithdrawStake(address,uint256,uint256,uint256)",
      "NewRound(uint256,bytes32)",
      "DepositFunded(address,uint256)",
      "ReserveFunded(address,uint256)",
      "Withdrawal(address,uint256,uint256)",
      "WinningTicketTransfer(address,address,uint256)",
      "Unlock(address,uint256,uint256)",
      "UnlockCancelled(address)",
      "TranscoderActivated(address,uint256)",
      "TranscoderDeactivated(address,uint256)",
      "ServiceURIUpdate(address,string)",
    ].map((signature) => toEventSelector(signature)),
  );
});
