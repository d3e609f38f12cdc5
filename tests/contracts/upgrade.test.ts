import { type Address, hashFromBytes, keccak256, toAddress, utf8, zeroAddress } from "@livepeer-ts/kernel";
import {
  bondingManagerAbi,
  bondingManagerRewardCallerAbi,
  controllerAbi,
  governorAbi,
  livepeerTokenAbi,
} from "@livepeer-ts/protocol/abi";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  bringUpDevnet,
  type Devnet,
  openChainSession,
  proxiedContracts,
  sendAsOwner,
  startNextRound,
  upgradeContract,
} from "@livepeer-ts/protocol/deploy";
import { encodeFunctionData, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DroppingProxy } from "./support/dropping-proxy.ts";
import { testAccount } from "./support/test-accounts.ts";

const ether = 10n ** 18n;
const deployer = testAccount(0);
const orchestrators = [testAccount(1), testAccount(2)] as const;
const gateway = testAccount(3);
const delegator = testAccount(4);
const rewardCaller = testAccount(5);
const stranger = testAccount(6);

let anvil: Anvil;
let devnet: Devnet;

beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await bringUpDevnet({
    rpcUrl: anvil.rpcUrl,
    deployerKey: deployer.key,
    orchestrators: orchestrators.map(({ key }, i) => ({
      key,
      amountWei: BigInt(20_000 - 5000 * i) * ether,
      rewardCut: 100_000n,
      feeShare: 500_000n,
      serviceUri: `https://127.0.0.1:${8935 + i}`,
    })),
    gateways: [{ key: gateway.key, depositWei: ether, reserveWei: ether }],
    delegators: [{ key: delegator.key, to: orchestrators[0].address, amountWei: 3000n * ether }],
  });
  // Something of every kind: a lock, pending rewards, two transcoders, a delegator.
  await send(delegator, devnet.addresses.BondingManager, bondingCall("unbond", [ether]));
}, 60_000);

afterAll(async () => {
  await anvil?.stop();
});

const upgrade = (options: Partial<Parameters<typeof upgradeContract>[0]>) =>
  upgradeContract({
    session: devnet.chain.session,
    controller: devnet.addresses.Controller,
    key: deployer.key,
    contract: "BondingManager",
    ...options,
  });

test("the BondingManager changes its code behind the proxy and keeps every bit of its state", async () => {
  const { session } = devnet.chain;
  const { BondingManager, BondingManagerTarget } = devnet.addresses;
  const before = await bondingState();
  expect(before.pool).toEqual(orchestrators.map(({ address }) => address));
  expect(before.accounts[delegator.address]?.lock[0]).toBe(ether);
  const readCaller = () =>
    session.read(bondingManagerRewardCallerAbi, BondingManager, "transcoderToRewardCaller", [orchestrators[0].address]);
  await expect(readCaller()).rejects.toMatchObject({ code: "deploy_rpc_refused" });

  const steps: string[] = [];
  const withCallers = await upgrade({ variant: "reward-caller", onStep: (what) => steps.push(what) });
  // The library is used again, so there are a creation and a registration.
  expect(steps).toEqual(["create BondingManagerRewardCaller", "register the new code of BondingManager"]);
  expect(withCallers).toMatchObject({ proxy: BondingManager, previousTarget: BondingManagerTarget, transactions: 2 });
  expect(withCallers.changes).toEqual([]);
  expect(withCallers.valuesRead).toBeGreaterThan(8);
  expect(await bondingState()).toEqual(before);
  expect(await target("BondingManager")).toBe(withCallers.target);
  expect(toAddress(await readCaller())).toBe(zeroAddress);
  expect(await upgrade({ variant: "reward-caller" })).toMatchObject({ transactions: 0, target: withCallers.target });
});

test("the new code works on the old state: another account calls reward", async () => {
  const { session } = devnet.chain;
  const { BondingManager } = devnet.addresses;
  const [orchestrator] = orchestrators;
  const call = (name: "setRewardCaller" | "rewardForTranscoder", args: readonly [Address]) =>
    encodeFunctionData({ abi: bondingManagerRewardCallerAbi, functionName: name, args });
  await startNextRound(devnet.chain);
  await expect(send(rewardCaller, BondingManager, call("rewardForTranscoder", [orchestrator.address]))).rejects.toThrow(
    "caller must be a reward caller set by the transcoder",
  );
  await send(orchestrator, BondingManager, call("setRewardCaller", [rewardCaller.address]));
  const stake = () => session.read(bondingManagerAbi, BondingManager, "pendingStake", [orchestrator.address, 0n]);
  const before = await stake();
  await send(rewardCaller, BondingManager, call("rewardForTranscoder", [orchestrator.address]));
  expect(await stake()).toBeGreaterThan(before);
});

test("going back uses the code that is there", async () => {
  const before = await bondingState();
  const back = await upgrade({ variant: "base" });
  expect(back).toMatchObject({ target: devnet.addresses.BondingManagerTarget, transactions: 1, changes: [] });
  expect(await bondingState()).toEqual(before);
});

test("every other proxy runs this build's code already", async () => {
  for (const contract of proxiedContracts) {
    if (contract === "L2Migrator") continue;
    expect(await upgrade({ contract }), contract).toMatchObject({ transactions: 0 });
  }
  await expect(upgrade({ contract: "L2Migrator" })).rejects.toMatchObject({ code: "contract_missing" });
});

test("an upgrade whose line breaks again and again is gone on with, and nothing is created twice", async () => {
  const { session } = devnet.chain;
  const proxy = await DroppingProxy.start(anvil.port);
  try {
    const shaky = await openChainSession({ rpcUrl: proxy.rpcUrl, blocks: "request" });
    const before = await bondingState();
    const nonce = await session.nonce(deployer.address);
    const run = () => upgrade({ session: shaky, variant: "active-redeemers" });
    for (const [when, sent] of [
      ["before", 0], // the creation
      ["after", 1],
      ["before", 1], // the registration
      ["after", 2],
    ] as const) {
      proxy.breakAt(1, when);
      await expect(run()).rejects.toMatchObject({
        code: "upgrade_interrupted",
        retryable: true,
        message: expect.stringContaining("run the same command again"),
      });
      await session.rpc("evm_mine");
      expect(await session.nonce(deployer.address)).toBe(nonce + sent);
      proxy.mend();
    }
    const done = await run();
    expect(done).toMatchObject({ transactions: 0, previousTarget: done.target });
    expect(await session.nonce(deployer.address)).toBe(nonce + 2);
    expect(await bondingState()).toEqual(before);
  } finally {
    await proxy.stop();
  }
});

test("only the Controller's owner can, directly or through the Governor that owns it", async () => {
  const { session } = devnet.chain;
  const { Controller, Governor } = devnet.addresses;
  const nonce = await session.nonce(stranger.address);
  await expect(upgrade({ key: stranger.key, variant: "reward-caller" })).rejects.toMatchObject({
    code: "chain_not_owner",
    details: { owner: deployer.address, account: stranger.address },
  });
  expect(await session.nonce(stranger.address)).toBe(nonce);

  await send(
    deployer,
    Controller,
    encodeFunctionData({ abi: controllerAbi, functionName: "transferOwnership", args: [Governor] }),
  );
  expect(await upgrade({ variant: "reward-caller" })).toMatchObject({ transactions: 2, changes: [] });

  // An update that was staged by a run that stopped before its execution is executed, not staged again.
  const pause = {
    what: "pause the protocol",
    to: Controller,
    data: encodeFunctionData({ abi: controllerAbi, functionName: "pause" }),
  };
  const update = { target: [Controller], value: [0n], data: [pause.data], nonce: 0n };
  await send(deployer, Governor, encodeFunctionData({ abi: governorAbi, functionName: "stage", args: [update, 0n] }));
  const paused = await sendAsOwner(session, Controller, privateKeyToAccount(deployer.key), pause);
  expect(paused.transactions).toBe(1);
  expect(await session.read(controllerAbi, Controller, "paused", [])).toBe(true);
});

function bondingCall(functionName: "unbond", args: readonly [bigint]) {
  return encodeFunctionData({ abi: bondingManagerAbi, functionName, args });
}

function send(account: { readonly key: `0x${string}` }, to: Address, data: `0x${string}`) {
  return devnet.chain.session.send(privateKeyToAccount(account.key), { what: "a call", to, data });
}

async function target(name: string): Promise<Address> {
  const id = hashFromBytes(keccak256(utf8(`${name}Target`)));
  return toAddress(await devnet.chain.session.read(controllerAbi, devnet.addresses.Controller, "getContract", [id]));
}

/** What the contract holds, read through the proxy and straight from its storage. */
async function bondingState() {
  const { session } = devnet.chain;
  const { BondingManager: manager, LivepeerToken, Minter } = devnet.addresses;
  const slots: unknown[] = [];
  for (let slot = 0; slot < 16; slot++) {
    slots.push(await session.rpc("eth_getStorageAt", [manager, numberToHex(slot), "latest"]));
  }
  const pool: Address[] = [];
  let member = toAddress(await session.read(bondingManagerAbi, manager, "getFirstTranscoderInPool", []));
  while (member !== zeroAddress) {
    pool.push(member);
    member = toAddress(await session.read(bondingManagerAbi, manager, "getNextTranscoderInPool", [member]));
  }
  const accounts: Record<Address, Awaited<ReturnType<typeof accountState>>> = {};
  for (const { address } of [...orchestrators, delegator]) accounts[address] = await accountState(address);
  const vault = await session.read(livepeerTokenAbi, LivepeerToken, "balanceOf", [Minter]);
  return { slots, pool, accounts, vault };
}

async function accountState(address: Address) {
  const { session } = devnet.chain;
  const manager = devnet.addresses.BondingManager;
  return {
    delegator: await session.read(bondingManagerAbi, manager, "getDelegator", [address]),
    transcoder: await session.read(bondingManagerAbi, manager, "getTranscoder", [address]),
    lock: await session.read(bondingManagerAbi, manager, "getDelegatorUnbondingLock", [address, 0n]),
    stake: await session.read(bondingManagerAbi, manager, "pendingStake", [address, 0n]),
    fees: await session.read(bondingManagerAbi, manager, "pendingFees", [address, 0n]),
  };
}
