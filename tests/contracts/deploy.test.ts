import { readFile } from "node:fs/promises";
import { toAddress, toHex } from "@livepeer-ts/kernel";
import {
  bondingManagerAbi,
  livepeerTokenAbi,
  livepeerTokenFaucetAbi,
  minterAbi,
  multicall3Abi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
  treasuryAbi,
} from "@livepeer-ts/protocol/abi";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  bringUpDevnet,
  type Devnet,
  deployProtocol,
  devnetDeployParams,
  multicall3Address,
  openChainSession,
  parseDeployParams,
  planDeployment,
} from "@livepeer-ts/protocol/deploy";
import {
  createPublicClient,
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  getAddress,
  http,
  keccak256,
  maxUint256,
  toHex as numberToHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testAccount } from "./support/test-accounts.ts";

const ether = 10n ** 18n;
const deployer = testAccount(0);
const orchestrators = [testAccount(1), testAccount(2)] as const;
const gateway = testAccount(3);
const stakes = [20_000n * ether, 10_000n * ether] as const;
const deposit = 20n * ether;
const reserve = 10n * ether;
const feeShare = 50_000n;

describe("a local network", () => {
  let anvil: Anvil;
  let devnet: Devnet;
  const steps: string[] = [];

  beforeAll(async () => {
    anvil = await startAnvil({ blockTimeSec: 0.25 });
    devnet = await bringUpDevnet({
      rpcUrl: anvil.rpcUrl,
      deployerKey: deployer.key,
      orchestrators: orchestrators.map(({ key }, i) => ({
        key,
        amountWei: stakes[i] ?? 0n,
        rewardCut: 100_000n,
        feeShare,
        serviceUri: `https://127.0.0.1:${8935 + i}`,
      })),
      gateways: [{ key: gateway.key, depositWei: deposit, reserveWei: reserve }],
      onStep: (what) => steps.push(what),
    });
  }, 60_000);

  afterAll(async () => {
    await anvil?.stop();
  });

  test("has both orchestrators active in a fresh, initialized round", async () => {
    const { session } = devnet.chain;
    const { BondingManager, RoundsManager, ServiceRegistry } = devnet.addresses;
    expect(steps).toHaveLength(6);
    expect(devnet.orchestrators).toEqual(orchestrators.map(({ address }) => address));
    expect(await session.read(roundsManagerAbi, RoundsManager, "currentRound", [])).toBe(devnet.round);
    expect(await session.read(roundsManagerAbi, RoundsManager, "currentRoundInitialized", [])).toBe(true);
    expect(devnet.round).toBeGreaterThan(2n);
    for (const [i, { address }] of orchestrators.entries()) {
      expect(await session.read(bondingManagerAbi, BondingManager, "isActiveTranscoder", [address])).toBe(true);
      expect(await session.read(serviceRegistryAbi, ServiceRegistry, "getServiceURI", [address])).toBe(
        `https://127.0.0.1:${8935 + i}`,
      );
      const pending = await session.read(bondingManagerAbi, BondingManager, "pendingStake", [address, 0n]);
      expect(pending).toBeGreaterThan(stakes[i] ?? 0n);
    }
    expect(toAddress(await session.read(bondingManagerAbi, BondingManager, "getFirstTranscoderInPool", []))).toBe(
      orchestrators[0].address,
    );
  });

  test("mines at its interval only, at the lowest base fee, with hashes for its rounds", async () => {
    const { session } = devnet.chain;
    const hash = await session.read(roundsManagerAbi, devnet.addresses.RoundsManager, "blockHashForRound", [
      devnet.round,
    ]);
    expect(BigInt(hash)).not.toBe(0n);
    expect(BigInt((await session.rpc("eth_gasPrice")) as `0x${string}`)).toBeLessThan(1000n);
    const account = privateKeyToAccount(gateway.key);
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: session.chainId,
      nonce: await session.nonce(gateway.address),
      gas: 21_000n,
      maxFeePerGas: 3_000_000_000n,
      maxPriorityFeePerGas: 1n,
      to: deployer.address,
      value: 1n,
    });
    const [sent, receipt] = (await Promise.all([
      session.rpc("eth_sendRawTransaction", [raw]),
      session.rpc("eth_getTransactionReceipt", [keccak256(raw)]),
    ])) as [string, unknown];
    expect(sent).toBe(keccak256(raw));
    expect(receipt).toBeNull();
    const mined = await createPublicClient({ transport: http(anvil.rpcUrl) }).waitForTransactionReceipt({
      hash: keccak256(raw),
      pollingInterval: 50,
    });
    expect(mined.status).toBe("success");
  });

  test("answers batched reads through Multicall3 at its usual address", async () => {
    const { session, addresses } = devnet.chain;
    const calls = [
      {
        target: addresses.RoundsManager,
        allowFailure: false,
        callData: encodeFunctionData({ abi: roundsManagerAbi, functionName: "roundLength" }),
      },
      {
        target: addresses.RoundsManager,
        allowFailure: true,
        callData: encodeFunctionData({ abi: roundsManagerAbi, functionName: "initializeRound" }),
      },
    ];
    const client = createPublicClient({ transport: http(anvil.rpcUrl) });
    const { result } = await client.simulateContract({
      address: multicall3Address,
      abi: multicall3Abi,
      functionName: "aggregate3",
      args: [calls],
    });
    expect(result.map(({ success }) => success)).toEqual([true, false]);
    expect(BigInt(result[0]?.returnData ?? "0x")).toBe(devnetDeployParams.roundsManager.roundLength);
    expect(await session.read(multicall3Abi, multicall3Address, "getChainId", [])).toBe(31337n);
  });

  test("pays a winning ticket to the wei", async () => {
    const { session, addresses } = devnet.chain;
    const { TicketBroker, BondingManager, Minter, RoundsManager } = addresses;
    const [orchestrator] = orchestrators;
    const faceValue = 3n * ether + 7n;
    const recipientRand = 987654321n;
    const roundHash = await session.read(roundsManagerAbi, RoundsManager, "blockHashForRound", [devnet.round]);
    const ticket = {
      recipient: orchestrator.address,
      sender: gateway.address,
      faceValue,
      winProb: maxUint256,
      senderNonce: 1n,
      recipientRandHash: keccak256(encodePacked(["uint256"], [recipientRand])),
      auxData: encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [devnet.round, roundHash]),
    };
    const ticketHash = keccak256(
      encodePacked(
        ["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"],
        [ticket.recipient, ticket.sender, faceValue, ticket.winProb, 1n, ticket.recipientRandHash, ticket.auxData],
      ),
    );
    expect(await session.read(ticketBrokerAbi, TicketBroker, "getTicketHash", [ticket])).toBe(ticketHash);
    const sig = await privateKeyToAccount(gateway.key).signMessage({ message: { raw: ticketHash } });

    const vaultBefore = await session.balance(Minter);
    const feesBefore = await session.read(bondingManagerAbi, BondingManager, "pendingFees", [orchestrator.address, 0n]);
    const data = encodeFunctionData({
      abi: ticketBrokerAbi,
      functionName: "redeemWinningTicket",
      args: [ticket, sig, recipientRand],
    });
    const redemption = { what: "redeem", to: TicketBroker, data };
    const receipt = await session.send(privateKeyToAccount(orchestrator.key), redemption);
    const events = receipt.logs
      .filter((log) => toAddress(log.address) === TicketBroker)
      .map((log) => decodeEventLog({ abi: ticketBrokerAbi, data: log.data, topics: log.topics }));
    expect(events).toMatchObject([
      {
        eventName: "WinningTicketTransfer",
        args: { sender: getAddress(gateway.address), recipient: getAddress(orchestrator.address), amount: faceValue },
      },
      {
        eventName: "WinningTicketRedeemed",
        args: { faceValue, recipientRand, senderNonce: 1n, auxData: ticket.auxData },
      },
    ]);
    const [sender, reserveInfo] = await session.read(ticketBrokerAbi, TicketBroker, "getSenderInfo", [gateway.address]);
    expect(sender.deposit).toBe(deposit - faceValue);
    expect(reserveInfo.fundsRemaining).toBe(reserve);
    expect(await session.balance(Minter)).toBe(vaultBefore);
    const feesAfter = await session.read(bondingManagerAbi, BondingManager, "pendingFees", [orchestrator.address, 0n]);
    // Alone on its own stake the orchestrator gets everything; the delegators' part passes through a factor with 27
    // decimals, which costs at most a few wei.
    const credited = feesAfter - feesBefore;
    expect(credited <= faceValue && faceValue - credited <= 10n, `credited ${credited} of ${faceValue}`).toBe(true);

    await expect(session.send(privateKeyToAccount(orchestrator.key), redemption)).rejects.toMatchObject({
      code: "deploy_reverted",
      details: { reason: "execution reverted: ticket is used" },
    });
  });

  test("hashes recorded tickets as the reference contracts do", async () => {
    const { session, addresses } = devnet.chain;
    const file = new URL("../../spec/vectors/contracts-tickets.json", import.meta.url);
    const recorded = JSON.parse(await readFile(file, "utf8")) as readonly {
      readonly ticket: Readonly<Record<string, string | number>>;
      readonly ticketHash: string;
      readonly packed: `0x${string}`;
    }[];
    expect(recorded).toHaveLength(8);
    for (const { ticket, ticketHash, packed } of recorded) {
      const hash = await session.read(ticketBrokerAbi, addresses.TicketBroker, "getTicketHash", [
        {
          recipient: toAddress(String(ticket["recipient"])),
          sender: toAddress(String(ticket["sender"])),
          faceValue: BigInt(ticket["faceValue"] ?? 0),
          winProb: BigInt(ticket["winProb"] ?? 0),
          senderNonce: BigInt(ticket["senderNonce"] ?? 0),
          recipientRandHash: ticket["recipientRandHash"] as `0x${string}`,
          auxData: ticket["auxData"] as `0x${string}`,
        },
      ]);
      expect(hash).toBe(ticketHash);
      expect(hash).toBe(keccak256(packed));
    }
  });

  test("hands LPT out of its faucet", async () => {
    const { session, addresses } = devnet.chain;
    const faucet = addresses.LivepeerTokenFaucet;
    if (faucet === undefined) throw new Error("the local network has no faucet");
    const visitor = testAccount(7);
    const data = encodeFunctionData({ abi: livepeerTokenFaucetAbi, functionName: "request" });
    await session.send(privateKeyToAccount(visitor.key), { what: "request", to: faucet, data });
    const balance = await session.read(livepeerTokenAbi, addresses.LivepeerToken, "balanceOf", [visitor.address]);
    expect(balance).toBe(devnetDeployParams.faucet?.requestAmount);
  });

  test("is checked, not deployed again, when the deployer runs once more", async () => {
    const { session, addresses } = devnet.chain;
    const again = await deployProtocol({ session, deployerKey: deployer.key, params: devnetDeployParams });
    expect(again.transactions).toBe(0);
    expect(again.addresses).toEqual(addresses);
    const other = {
      ...devnetDeployParams,
      ticketBroker: { ...devnetDeployParams.ticketBroker, unlockPeriod: 51n },
    };
    await expect(deployProtocol({ session, deployerKey: deployer.key, params: other })).rejects.toMatchObject({
      code: "deploy_chain_differs",
      message: expect.stringContaining("unlockPeriod is 50 instead of 51"),
    });
  });
});

describe("the deployer", () => {
  let anvil: Anvil;

  beforeAll(async () => {
    anvil = await startAnvil();
  }, 30_000);

  afterAll(async () => {
    await anvil?.stop();
  });

  test("goes on where it stopped and ends at the planned addresses", async () => {
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 31337);
    const plan = planDeployment(deployer.address, 0, devnetDeployParams);
    const stopAfter = 17;
    const interrupted = deployProtocol({
      session,
      deployerKey: deployer.key,
      params: devnetDeployParams,
      onStep: (_what, index) => {
        if (index === stopAfter) throw new Error("stopped by the operator");
      },
    });
    await expect(interrupted).rejects.toThrow("stopped by the operator");
    expect(await session.nonce(deployer.address)).toBe(stopAfter);
    const rest = await deployProtocol({ session, deployerKey: deployer.key, params: devnetDeployParams });
    expect(rest.transactions).toBe(plan.steps.length - stopAfter);
    expect(rest.addresses).toEqual(plan.addresses);
    expect(toAddress(await session.read(minterAbi, rest.addresses.Minter, "controller", []))).toBe(
      rest.addresses.Controller,
    );
  });

  test("deploys from an account with a history, beside another deployment", async () => {
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "wait" }, 31337);
    const account = testAccount(5);
    await session.send(privateKeyToAccount(account.key), { what: "a payment", to: deployer.address, value: 1n });
    const deployed = await deployProtocol({ session, deployerKey: account.key, params: devnetDeployParams });
    expect(deployed.addresses).toEqual(planDeployment(account.address, 1, devnetDeployParams).addresses);
  });

  test("does not take over a treasury that somebody else set up first", async () => {
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, 31337);
    const [account, thief] = [testAccount(7), testAccount(8)];
    const options = { session, deployerKey: account.key, params: devnetDeployParams };
    const stop = "set up the Treasury";
    await expect(
      deployProtocol({
        ...options,
        onStep(what) {
          if (what.includes(stop)) throw new Error("a pause");
        },
      }),
    ).rejects.toThrow("a pause");
    const nonce = await session.nonce(account.address);
    const treasury = planDeployment(account.address, 0, devnetDeployParams).addresses.Treasury;
    await session.send(privateKeyToAccount(thief.key), {
      what: "steal",
      to: treasury,
      data: encodeFunctionData({
        abi: treasuryAbi,
        functionName: "initialize",
        args: [devnetDeployParams.treasury.minDelaySec, [thief.address], [thief.address], account.address],
      }),
    });
    await expect(deployProtocol(options)).rejects.toThrow("already initialized");
    expect(await session.nonce(account.address)).toBe(nonce);
    // as when the deployer's own call was mined right after the thief's, and failed
    await session.send(privateKeyToAccount(account.key), { what: "a failed call", to: thief.address, value: 1n });
    await expect(deployProtocol(options)).rejects.toMatchObject({
      message: expect.stringContaining(`gave rights to ${thief.address}`),
    });
    expect(await session.nonce(account.address)).toBe(nonce + 1);
  });

  test("says what is wrong with the chain, the account or the URL", async () => {
    const { rpcUrl } = anvil;
    await expect(openChainSession({ rpcUrl }, 42161)).rejects.toMatchObject({ code: "deploy_wrong_chain" });
    const session = await openChainSession({ rpcUrl });
    const poorKey = toHex(new Uint8Array(32).fill(7));
    await expect(deployProtocol({ session, deployerKey: poorKey, params: devnetDeployParams })).rejects.toMatchObject({
      code: "deploy_unfunded",
      message: expect.stringContaining("send it ether"),
    });
    const mainnetParams = { ...devnetDeployParams, chainId: 1 };
    await expect(deployProtocol({ session, deployerKey: deployer.key, params: mainnetParams })).rejects.toMatchObject({
      code: "deploy_wrong_chain",
    });
    const gone = await startAnvil();
    await gone.stop();
    await expect(openChainSession({ rpcUrl: gone.rpcUrl })).rejects.toMatchObject({
      code: "deploy_rpc_unreachable",
      retryable: true,
    });
    await session.rpc("anvil_setNextBlockBaseFeePerGas", [numberToHex(10n ** 12n)]);
    await session.rpc("evm_mine");
    await session.rpc("anvil_setNextBlockBaseFeePerGas", [numberToHex(10n ** 12n)]);
    await expect(
      session.send(privateKeyToAccount(testAccount(6).key), { what: "a payment", to: deployer.address, value: 1n }),
    ).rejects.toMatchObject({ code: "deploy_rpc_refused", message: expect.stringMatching(/fee/) });
  });

  test("names the parameter that is wrong", () => {
    expect(() => parseDeployParams(null)).toThrow("the parameters must be an object");
    expect(() => parseDeployParams({ chainId: 1, minter: {} })).toThrow("bondingManager must be an object");
    const good = {
      chainId: 1,
      minter: { inflation: 0, inflationChange: 0, targetBondingRate: 0 },
      bondingManager: {
        unbondingPeriod: 7,
        numActiveTranscoders: 100,
        treasuryRewardCutRate: "100000000000000000000000000",
        treasuryBalanceCeiling: "750000000000000000000000",
      },
      roundsManager: { roundLength: 6377, roundLockAmount: 100000 },
      ticketBroker: { unlockPeriod: 2, ticketValidityPeriod: 2 },
      deployerSupply: 0,
    };
    expect(parseDeployParams(good).faucet).toBeUndefined();
    expect(() => parseDeployParams({ ...good, ticketBroker: { unlockPeriod: 1.5, ticketValidityPeriod: 2 } })).toThrow(
      "ticketBroker.unlockPeriod must be a whole number",
    );
    expect(() => parseDeployParams({ ...good, roundsManager: { roundLength: 0, roundLockAmount: 0 } })).toThrow(
      "roundsManager.roundLength must be between 1 and",
    );
  });
});
