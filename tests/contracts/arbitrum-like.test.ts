import { readFile } from "node:fs/promises";
import { type Address, type Hex, hashFromBytes, keccak256, toAddress, utf8, zeroAddress } from "@livepeer-ts/kernel";
import {
  bondingManagerAbi,
  controllerAbi,
  governorAbi,
  l2LptDataCacheAbi,
  l2LptGatewayAbi,
  l2MigratorAbi,
  livepeerGovernorAbi,
  livepeerTokenAbi,
  minterAbi,
  pollCreatorAbi,
  roundsManagerAbi,
  ticketBrokerAbi,
  treasuryAbi,
} from "@livepeer-ts/protocol/abi";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  type ChainSession,
  type DeployedProtocol,
  type DeployParams,
  deployProtocol,
  initializeRound,
  openChainSession,
  parseDeployParams,
  sendAsOwner,
  startNextRound,
} from "@livepeer-ts/protocol/deploy";
import { decodeEventLog, encodeAbiParameters, encodeFunctionData, numberToHex, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testAccount } from "./support/test-accounts.ts";

const ether = 10n ** 18n;
const deployer = testAccount(0);
const owner = testAccount(1);
const orchestrator = testAccount(2);
const idle = testAccount(3);
const l1 = {
  token: toAddress("0x58b6A8A3302369DAEc383334672404Ee733aB239"),
  gateway: toAddress("0x6142f1C8bBF02E6A6bd074E8d564c9A5420a0676"),
  dataCache: toAddress("0x1d24838b35A9c138Ac157A852e19e948aD6323D7"),
  migrator: toAddress("0x21146B872D3A95d2cF9afeD03eE5a783DaE9A89A"),
};
const role = (name: string) => hashFromBytes(keccak256(utf8(name)));
const adminRole: Hex = `0x${"00".repeat(32)}`;

let anvil: Anvil;
let session: ChainSession;
let params: DeployParams;
let deployed: DeployedProtocol;

beforeAll(async () => {
  // Beyond the first round of 6377 blocks, on a chain id of Arbitrum's family.
  anvil = await startAnvil({ chainId: 421614, firstBlock: 20_000_000 });
  const file = new URL("../../contracts/deploy/arbitrum-like.json", import.meta.url);
  const json = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  params = parseDeployParams({ ...json, governor: { owner: owner.address, takesOver: true } }, 421614);
  session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 421614);
  deployed = await deployProtocol({ session, deployerKey: deployer.key, params });
}, 60_000);

afterAll(async () => {
  await anvil?.stop();
});

test("the whole set stands with the parameters of the live network", async () => {
  const { addresses: a, transactions, steps, gasUsed } = deployed;
  expect(transactions).toBe(steps);
  expect(gasUsed).toBeLessThan(40_000_000n);
  expect(Object.entries(a).filter(([, address]) => address === undefined)).toEqual([
    ["LivepeerTokenFaucet", undefined],
  ]);
  const bonding = (name: "unbondingPeriod" | "getTranscoderPoolMaxSize" | "nextRoundTreasuryRewardCutRate") =>
    session.read(bondingManagerAbi, a.BondingManager, name, []);
  expect(await bonding("unbondingPeriod")).toBe(7n);
  expect(await bonding("getTranscoderPoolMaxSize")).toBe(100n);
  expect(await bonding("nextRoundTreasuryRewardCutRate")).toBe(10n ** 26n);
  expect(await session.read(bondingManagerAbi, a.BondingManager, "treasuryBalanceCeiling", [])).toBe(750_000n * ether);
  expect(await session.read(roundsManagerAbi, a.RoundsManager, "roundLength", [])).toBe(6377n);
  expect(await session.read(roundsManagerAbi, a.RoundsManager, "roundLockAmount", [])).toBe(100_000n);
  expect(await session.read(ticketBrokerAbi, a.TicketBroker, "unlockPeriod", [])).toBe(2n);
  expect(await session.read(ticketBrokerAbi, a.TicketBroker, "ticketValidityPeriod", [])).toBe(2n);
  expect(await session.read(minterAbi, a.Minter, "inflation", [])).toBe(220_500n);
  expect(await session.read(minterAbi, a.Minter, "inflationChange", [])).toBe(500n);
  expect(await session.read(minterAbi, a.Minter, "targetBondingRate", [])).toBe(500_000_000n);
  const votes = (name: "votingDelay" | "votingPeriod" | "proposalThreshold" | "quorumNumerator" | "quota") =>
    session.read(livepeerGovernorAbi, a.LivepeerGovernor, name, []);
  expect([await votes("votingDelay"), await votes("votingPeriod")]).toEqual([1n, 10n]);
  expect(await votes("proposalThreshold")).toBe(100n * ether);
  expect([await votes("quorumNumerator"), await votes("quota")]).toEqual([333_300n, 500_000n]);
  expect(await session.read(treasuryAbi, a.Treasury, "getMinDelay", [])).toBe(0n);
  expect(toAddress(await session.read(pollCreatorAbi, a.PollCreator, "bondingManager", []))).toBe(a.BondingManager);
  expect(await session.read(controllerAbi, a.Controller, "paused", [])).toBe(false);
});

test("nothing is the deployer's in the end", async () => {
  const { addresses: a } = deployed;
  expect(toAddress(await session.read(controllerAbi, a.Controller, "owner", []))).toBe(a.Governor);
  expect(toAddress(await session.read(governorAbi, a.Governor, "owner", []))).toBe(owner.address);
  expect(toAddress(await session.read(l2LptDataCacheAbi, a.L2LPTDataCache, "owner", []))).toBe(a.Governor);
  const has = (contract: Address, id: Hex, account: Address) =>
    session.read(livepeerTokenAbi, contract, "hasRole", [id, account]);
  for (const contract of [a.LivepeerToken, a.L2LPTGateway]) {
    expect(await has(contract, adminRole, a.Governor)).toBe(true);
    expect(await has(contract, adminRole, deployer.address)).toBe(false);
  }
  for (const name of ["MINTER_ROLE", "BURNER_ROLE"]) {
    expect(await has(a.LivepeerToken, role(name), deployer.address)).toBe(false);
    expect(await has(a.LivepeerToken, role(name), a.L2LPTGateway)).toBe(true);
  }
  for (const name of ["TIMELOCK_ADMIN_ROLE", "PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"]) {
    expect(await has(a.Treasury, role(name), deployer.address)).toBe(false);
    expect(await has(a.Treasury, role(name), a.LivepeerGovernor)).toBe(name !== "TIMELOCK_ADMIN_ROLE");
  }
  await expect(
    sendAsOwner(session, a.Controller, privateKeyToAccount(deployer.key), {
      what: "pause the protocol",
      to: a.Controller,
      data: encodeFunctionData({ abi: controllerAbi, functionName: "pause" }),
    }),
  ).rejects.toMatchObject({ code: "chain_not_owner", details: { owner: a.Governor, governorOwner: owner.address } });
});

test("a second run finds everything and sends nothing", async () => {
  const again = await deployProtocol({ session, deployerKey: deployer.key, params });
  expect(again).toMatchObject({ transactions: 0, gasUsed: 0n, addresses: deployed.addresses });
});

test("LPT comes over the bridge, is staked, and the treasury gets its part of the first reward", async () => {
  const { addresses: a } = deployed;
  const chain = { session, addresses: a, deployerKey: deployer.key };
  // The Governor's owner makes rounds short, through the Governor.
  const byGovernor = await sendAsOwner(session, a.Controller, privateKeyToAccount(owner.key), {
    what: "set the round length",
    to: a.RoundsManager,
    data: encodeFunctionData({ abi: roundsManagerAbi, functionName: "setRoundLength", args: [50n] }),
  });
  expect(byGovernor.transactions).toBe(2);
  expect(await session.read(roundsManagerAbi, a.RoundsManager, "roundLength", [])).toBe(50n);

  const data = encodeAbiParameters([{ type: "bytes" }, { type: "bytes" }], ["0x", "0x"]);
  const stake = 1000n * ether;
  for (const account of [orchestrator, idle]) {
    await sendFromL1(
      l1.gateway,
      a.L2LPTGateway,
      encodeFunctionData({
        abi: l2LptGatewayAbi,
        functionName: "finalizeInboundTransfer",
        args: [l1.token, account.address, account.address, stake, data],
      }),
    );
    expect(await session.read(livepeerTokenAbi, a.LivepeerToken, "balanceOf", [account.address])).toBe(stake);
  }
  const totalOnL1 = 20_000_000n * ether;
  await sendFromL1(
    l1.dataCache,
    a.L2LPTDataCache,
    encodeFunctionData({ abi: l2LptDataCacheAbi, functionName: "finalizeCacheTotalSupply", args: [totalOnL1] }),
  );
  expect(await session.read(l2LptDataCacheAbi, a.L2LPTDataCache, "l2SupplyFromL1", [])).toBe(2n * stake);
  expect(await session.read(minterAbi, a.Minter, "getGlobalTotalSupply", [])).toBe(totalOnL1);
  expect(toAddress(await session.read(l2MigratorAbi, a.L2Migrator ?? zeroAddress, "l1MigratorAddr", []))).toBe(
    l1.migrator,
  );

  await startNextRound(chain);
  const send = (key: Hex, to: Address, call: Hex) =>
    session.send(privateKeyToAccount(key), { what: "stake", to, data: call });
  const approve = { abi: livepeerTokenAbi, functionName: "approve", args: [a.BondingManager, stake] } as const;
  await send(orchestrator.key, a.LivepeerToken, encodeFunctionData(approve));
  const bond = { abi: bondingManagerAbi, functionName: "bond", args: [stake, orchestrator.address] } as const;
  await send(orchestrator.key, a.BondingManager, encodeFunctionData(bond));
  await startNextRound(chain);
  await send(
    orchestrator.key,
    a.BondingManager,
    encodeFunctionData({ abi: bondingManagerAbi, functionName: "reward" }),
  );
  const minted = await session.read(minterAbi, a.Minter, "currentMintedTokens", []);
  expect(minted).toBeGreaterThan(0n);
  expect(await session.read(livepeerTokenAbi, a.LivepeerToken, "balanceOf", [a.Treasury])).toBe(minted / 10n);
});

test("only active transcoders are credited with fees, as on the live network", async () => {
  const { addresses: a } = deployed;
  const chain = { session, addresses: a, deployerKey: deployer.key };
  await initializeRound(chain);
  const credit = (recipient: Address) =>
    session.rpc("eth_call", [
      {
        from: a.TicketBroker,
        to: a.BondingManager,
        data: encodeFunctionData({
          abi: bondingManagerAbi,
          functionName: "updateTranscoderWithFees",
          args: [recipient, 1000n, 0n],
        }),
      },
      "latest",
    ]);
  await expect(credit(orchestrator.address)).resolves.toBe("0x");
  // Registered this round, active from the next one on.
  const send = (to: Address, data: Hex) => session.send(privateKeyToAccount(idle.key), { what: "stake", to, data });
  const approve = { abi: livepeerTokenAbi, functionName: "approve", args: [a.BondingManager, ether] } as const;
  await send(a.LivepeerToken, encodeFunctionData(approve));
  const bond = { abi: bondingManagerAbi, functionName: "bond", args: [ether, idle.address] } as const;
  await send(a.BondingManager, encodeFunctionData(bond));
  await expect(credit(idle.address)).rejects.toMatchObject({
    code: "deploy_rpc_refused",
    message: expect.stringContaining("transcoder must be active"),
  });
});

test("stake decides over the treasury, and calls polls", async () => {
  const { addresses: a } = deployed;
  const chain = { session, addresses: a, deployerKey: deployer.key };
  const send = (to: Address, data: Hex) =>
    session.send(privateKeyToAccount(orchestrator.key), { what: "govern", to, data });
  const poll = { abi: pollCreatorAbi, functionName: "createPoll", args: [toHex("a question")] } as const;
  const { logs } = await send(a.PollCreator, encodeFunctionData(poll));
  expect(logs.map((log) => decodeEventLog({ abi: pollCreatorAbi, ...log }).eventName)).toEqual(["PollCreated"]);

  const grantee = testAccount(9).address;
  const amount = await session.read(livepeerTokenAbi, a.LivepeerToken, "balanceOf", [a.Treasury]);
  const transfer = encodeFunctionData({ abi: livepeerTokenAbi, functionName: "transfer", args: [grantee, amount] });
  const description = "# A grant\nfor work";
  const calls = [[a.LivepeerToken], [0n], [transfer]] as const;
  const propose = { abi: livepeerGovernorAbi, functionName: "propose", args: [...calls, description] } as const;
  await send(a.LivepeerGovernor, encodeFunctionData(propose));
  const hash = hashFromBytes(keccak256(utf8(description)));
  const id = await session.read(livepeerGovernorAbi, a.LivepeerGovernor, "hashProposal", [...calls, hash]);
  const state = () => session.read(livepeerGovernorAbi, a.LivepeerGovernor, "state", [id]);
  for (let round = 0; round < 2; round++) await startNextRound(chain);
  await send(
    a.LivepeerGovernor,
    encodeFunctionData({ abi: livepeerGovernorAbi, functionName: "castVote", args: [id, 1] }),
  );
  for (let round = 0; round < 10; round++) await startNextRound(chain);
  expect(await state()).toBe(4); // succeeded
  for (const functionName of ["queue", "execute"] as const) {
    await send(
      a.LivepeerGovernor,
      encodeFunctionData({ abi: livepeerGovernorAbi, functionName, args: [...calls, hash] }),
    );
  }
  expect(await state()).toBe(7); // executed
  expect(await session.read(livepeerTokenAbi, a.LivepeerToken, "balanceOf", [grantee])).toBe(amount);
  expect(amount).toBeGreaterThan(0n);
});

/** A transaction from what an L1 contract's address looks like on L2. */
async function sendFromL1(from: Address, to: Address, data: Hex): Promise<void> {
  const aliased = (BigInt(from) + 0x1111000000000000000000000000000000001111n) % 2n ** 160n;
  const sender = toAddress(numberToHex(aliased, { size: 20 }));
  await session.rpc("anvil_setBalance", [sender, numberToHex(ether)]);
  await session.rpc("anvil_impersonateAccount", [sender]);
  const fees = { maxFeePerGas: numberToHex(3n * 10n ** 9n), maxPriorityFeePerGas: "0x1" };
  const hash = await session.rpc("eth_sendTransaction", [{ from: sender, to, data, ...fees }]);
  await session.rpc("evm_mine");
  const receipt = (await session.rpc("eth_getTransactionReceipt", [hash])) as { readonly status: string };
  expect(receipt.status).toBe("0x1");
}
