import type { Address } from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  livepeerTokenAbi,
  minterAbi,
  multicall3Abi,
} from "@livepeer-ts/protocol/abi";
import { multicall3Address } from "@livepeer-ts/protocol/deploy";
import type { Abi } from "viem";
import { treasury } from "../model/rewards.ts";
import type { Account } from "../model/world.ts";
import { type ContractCall, Reverted } from "../support/staking-chain.ts";
import type { ChainSide } from "./chain-side.ts";

/** What is asked besides the state of all actors. */
export type Questions = {
  readonly round: bigint;
  /** Locks by account: all ids below the number. */
  readonly locks: ReadonlyMap<Account, bigint>;
  readonly pastVotes: readonly { readonly account: Account; readonly round: bigint }[];
  readonly pastTotals: readonly bigint[];
  /** Pools of rounds that are over. */
  readonly pools: readonly { readonly account: Account; readonly round: bigint }[];
};

/** Answers by question: integers, texts, booleans, lists of them, names for addresses; `revert: …` for no answer. */
export type ChainState = ReadonlyMap<string, unknown>;

/** Reads everything at once; the keys are those of `modelState`. */
export async function chainState(side: ChainSide, questions: Questions): Promise<ChainState> {
  const calls = questionCalls(side, questions);
  const answers = await side.chain.read([...calls.values()]);
  const plain = (value: unknown): unknown => {
    if (value instanceof Reverted) return `revert: ${side.reason(value)}`;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === "number") return BigInt(value);
    return typeof value === "string" && value.startsWith("0x") ? side.name(value) : value;
  };
  return new Map([...calls.keys()].map((key, i) => [key, plain(answers[i])]));
}

function questionCalls(side: ChainSide, questions: Questions): Map<string, ContractCall> {
  const { addresses } = side.chain;
  const calls = new Map<string, ContractCall>();
  const from =
    (abi: Abi, to: Address) =>
    (key: string, name: string, args: readonly unknown[] = []) =>
      calls.set(key, { abi, to, name, args });
  const bonding = from(bondingManagerAbi, addresses.BondingManager);
  const votes = from(bondingVotesAbi, addresses.BondingVotes);
  const token = from(livepeerTokenAbi, addresses.LivepeerToken);
  const minter = from(minterAbi, addresses.Minter);
  const rounds = from(adjustableRoundsManagerAbi, addresses.RoundsManager);
  const multicall = from(multicall3Abi, multicall3Address);

  rounds("round", "currentRound");
  rounds("isInitialized", "currentRoundInitialized");
  rounds("isLocked", "currentRoundLocked");
  bonding("currentRoundTotalActiveStake", "currentRoundTotalActiveStake");
  bonding("nextRoundTotalActiveStake", "nextRoundTotalActiveStake");
  bonding("treasuryCut", "treasuryRewardCutRate");
  bonding("nextTreasuryCut", "nextRoundTreasuryRewardCutRate");
  minter("inflation", "inflation");
  minter("mintable", "currentMintableTokens");
  minter("minted", "currentMintedTokens");
  multicall("minter's ether", "getEthBalance", [addresses.Minter]);
  token("supply", "totalSupply");
  token("minter's LPT", "balanceOf", [addresses.Minter]);
  token("treasury's LPT", "balanceOf", [side.address(treasury)]);
  votes("total votes", "totalSupply");
  bonding("first in pool", "getFirstTranscoderInPool");
  bonding("pool size", "getTranscoderPoolSize");

  for (const account of side.actors) {
    const address = side.address(account);
    bonding(`${account} delegator`, "getDelegator", [address]);
    bonding(`${account} transcoder`, "getTranscoder", [address]);
    bonding(`${account} pool in ${questions.round}`, "getTranscoderEarningsPoolForRound", [address, questions.round]);
    bonding(`${account} pendingStake`, "pendingStake", [address, 0n]);
    bonding(`${account} pendingFees`, "pendingFees", [address, 0n]);
    bonding(`${account} status`, "delegatorStatus", [address]);
    bonding(`${account} isActive`, "isActiveTranscoder", [address]);
    bonding(`${account} next in pool`, "getNextTranscoderInPool", [address]);
    token(`${account} LPT`, "balanceOf", [address]);
    votes(`${account} votes`, "getVotes", [address]);
    votes(`${account} delegates to`, "delegates", [address]);
  }
  for (const [account, count] of questions.locks) {
    for (let id = 0n; id < count; id++)
      bonding(`${account} lock ${id}`, "getDelegatorUnbondingLock", [side.address(account), id]);
  }
  for (const { account, round } of questions.pastVotes) {
    votes(`${account} votes in ${round}`, "getPastVotes", [side.address(account), round]);
    votes(`${account} delegated in ${round} to`, "delegatedAt", [side.address(account), round]);
  }
  for (const round of questions.pastTotals) votes(`total votes in ${round}`, "getPastTotalSupply", [round]);
  for (const { account, round } of questions.pools)
    bonding(`${account} pool in ${round}`, "getTranscoderEarningsPoolForRound", [side.address(account), round]);
  return calls;
}
