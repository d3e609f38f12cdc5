// Set-up of a local network before its nodes start. A development node that mines at intervals is asked for a block
// after every transaction (session option `blocks: "request"`), so nothing here waits for the interval.
import { type Address, type Hex, LpError, toAddress, type Wei } from "@livepeer-ts/kernel";
import { type Abi, type EncodeFunctionDataParameters, encodeFunctionData, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  bondingManagerAbi,
  livepeerTokenAbi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "../abi/index.ts";
import type { ChainSession } from "./chain-session.ts";
import type { ProtocolAddresses } from "./deploy-plan.ts";

/** A local chain with the protocol on it. */
export type DevnetChain = {
  readonly session: ChainSession;
  readonly addresses: ProtocolAddresses;
  /** Key of the account that deployed; it holds the LPT that is handed out. */
  readonly deployerKey: Hex;
};

export type BondOrchestratorOptions = {
  /** Private key of the orchestrator. */
  readonly key: Hex;
  /** Stake, LPT wei. */
  readonly amountWei: Wei;
  /** Share of rewards it keeps, 1 000 000 = 100 %. */
  readonly rewardCut: bigint;
  /** Share of fees its delegators get, 1 000 000 = 100 %. */
  readonly feeShare: bigint;
  /** Address it serves at, `https://host:port`. */
  readonly serviceUri: string;
};

export type FundGatewayOptions = {
  /** Private key of the gateway. */
  readonly key: Hex;
  readonly depositWei: Wei;
  readonly reserveWei: Wei;
};

/** Blocks after which an idle chain's base fee has fallen from 1 gwei to its floor of 7 wei. */
const baseFeeSettleBlocks = 150n;

export type BondDelegatorOptions = {
  /** Private key of the delegator. */
  readonly key: Hex;
  /** Orchestrator it stakes with. */
  readonly to: Address;
  /** Stake, LPT wei. */
  readonly amountWei: Wei;
};

/** Mines blocks at once. */
export async function mineBlocks(session: ChainSession, count: bigint): Promise<void> {
  if (count > 0n) await session.rpc("anvil_mine", [numberToHex(count)]);
}

/** Lets the base fee fall to its floor, so that ticket values of a real network work. */
export async function settleBaseFee(session: ChainSession): Promise<void> {
  await mineBlocks(session, baseFeeSettleBlocks);
}

/**
 * Makes a running node mine every `seconds` and at no other time. A node takes whole seconds only; shorter intervals
 * have to be given when it starts (`startAnvil({ blockTimeSec: 0.25 })`), which then needs no switching at all.
 */
export async function setIntervalMining(session: ChainSession, seconds: number): Promise<void> {
  if (!Number.isSafeInteger(seconds) || seconds < 1) {
    throw new LpError({
      code: "devnet_bad_interval",
      message: `a running node cannot be switched to a block every ${seconds} s: give whole seconds, or start it with that block time`,
      details: { seconds },
    });
  }
  await session.rpc("evm_setIntervalMining", [seconds]);
}

/** Initializes the current round unless it is; returns the round. */
export async function initializeRound(chain: DevnetChain): Promise<bigint> {
  const { session, addresses } = chain;
  const initialized = await session.read(roundsManagerAbi, addresses.RoundsManager, "currentRoundInitialized", []);
  if (!initialized) {
    await transact(
      chain,
      chain.deployerKey,
      "initialize the round",
      addresses.RoundsManager,
      roundsManagerAbi,
      "initializeRound",
      [],
    );
  }
  return await session.read(roundsManagerAbi, addresses.RoundsManager, "currentRound", []);
}

/** Mines to the first block of the next round, initializes it, and returns it. */
export async function startNextRound(chain: DevnetChain): Promise<bigint> {
  const { session, addresses } = chain;
  const [start, length, head] = await Promise.all([
    session.read(roundsManagerAbi, addresses.RoundsManager, "currentRoundStartBlock", []),
    session.read(roundsManagerAbi, addresses.RoundsManager, "roundLength", []),
    session.blockNumber(),
  ]);
  await mineBlocks(session, start + length - head);
  return await initializeRound(chain);
}

/** Mines until the current round is 2 or later, at a round's first block, and initializes it. */
export async function startFirstRound(chain: DevnetChain): Promise<bigint> {
  let round = await startNextRound(chain);
  while (round < 2n) round = await startNextRound(chain);
  return round;
}

/**
 * Gives an orchestrator LPT of the deployer, bonds it to itself, sets its shares and publishes its service URI.
 * It is active from the next round on. The current round must be initialized.
 */
export async function bondOrchestrator(chain: DevnetChain, options: BondOrchestratorOptions): Promise<Address> {
  const { session, addresses } = chain;
  const { key, amountWei } = options;
  const orchestrator = toAddress(privateKeyToAccount(key).address);
  // Shares cannot be set at the end of a round.
  if (await session.read(roundsManagerAbi, addresses.RoundsManager, "currentRoundLocked", []))
    await startNextRound(chain);

  const token = addresses.LivepeerToken;
  const manager = addresses.BondingManager;
  await transact(chain, chain.deployerKey, "hand out LPT", token, livepeerTokenAbi, "transfer", [
    orchestrator,
    amountWei,
  ]);
  await transact(chain, key, "approve the stake", token, livepeerTokenAbi, "approve", [manager, amountWei]);
  await transact(chain, key, "bond", manager, bondingManagerAbi, "bond", [amountWei, orchestrator]);
  await transact(chain, key, "set the shares", manager, bondingManagerAbi, "transcoder", [
    options.rewardCut,
    options.feeShare,
  ]);
  await transact(
    chain,
    key,
    "publish the service URI",
    addresses.ServiceRegistry,
    serviceRegistryAbi,
    "setServiceURI",
    [options.serviceUri],
  );
  return orchestrator;
}

/**
 * Calls reward for an orchestrator that is active in the current round and has not called it yet. Worth doing once
 * before paid work: in the round of its very first reward the contracts only estimate what a unit of stake was worth
 * before, and delegators' fees of that round come out short by several percent.
 */
export async function callReward(chain: DevnetChain, key: Hex): Promise<void> {
  await transact(chain, key, "call reward", chain.addresses.BondingManager, bondingManagerAbi, "reward", []);
}

/** Gives an account LPT of the deployer and stakes it with an orchestrator. The current round must be initialized. */
export async function bondDelegator(chain: DevnetChain, options: BondDelegatorOptions): Promise<Address> {
  const { addresses } = chain;
  const { key, amountWei, to } = options;
  const delegator = toAddress(privateKeyToAccount(key).address);
  const token = addresses.LivepeerToken;
  const manager = addresses.BondingManager;
  await transact(chain, chain.deployerKey, "hand out LPT", token, livepeerTokenAbi, "transfer", [delegator, amountWei]);
  await transact(chain, key, "approve LPT", token, livepeerTokenAbi, "approve", [manager, amountWei]);
  await transact(chain, key, "stake LPT", manager, bondingManagerAbi, "bond", [amountWei, to]);
  return delegator;
}

/** Funds a gateway's deposit and reserve from its own ether. */
export async function fundGateway(chain: DevnetChain, options: FundGatewayOptions): Promise<Address> {
  const { depositWei, reserveWei } = options;
  await transact(
    chain,
    options.key,
    "fund deposit and reserve",
    chain.addresses.TicketBroker,
    ticketBrokerAbi,
    "fundDepositAndReserve",
    [depositWei, reserveWei],
    depositWei + reserveWei,
  );
  return toAddress(privateKeyToAccount(options.key).address);
}

async function transact(
  chain: DevnetChain,
  key: Hex,
  what: string,
  to: Address,
  abi: Abi,
  functionName: string,
  args: readonly unknown[],
  value = 0n,
): Promise<void> {
  const data = encodeFunctionData({ abi, functionName, args } as EncodeFunctionDataParameters<Abi, string>);
  await chain.session.send(privateKeyToAccount(key), { what, to, data, value });
}
