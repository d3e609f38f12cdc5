import { type Rational, zeroRational } from "@livepeer-ts/kernel";
import type { Minting } from "./minting.ts";
import type { Rounds } from "./rounds.ts";
import type { TranscoderPool } from "./transcoder-pool.ts";
import type { Votes } from "./votes.ts";

/** Name of an account. */
export type Account = string;
/** The zero address. */
export const nobody: Account = "nobody";
/** The round of something that has no end. */
export const never = 2n ** 256n - 1n;

/** Everybody has this record; most fields stay 0 for who never bonded. LPT and ether in wei. */
export type Delegator = {
  /** Own stake as of the last claim. */
  bonded: bigint;
  /** Fees earned as of the last claim and not withdrawn. */
  fees: bigint;
  /** Whom the stake is bonded to. */
  delegate: Account;
  /** All stake bonded to this account, earlier rewards included. */
  delegated: bigint;
  /** Round from which the stake counts as bonded. */
  startRound: bigint;
  /** Earnings up to this round are in `bonded` and `fees`. */
  lastClaimRound: bigint;
  locks: Map<bigint, UnbondingLock>;
  nextLockId: bigint;
};

/** Stake on its way out. */
export type UnbondingLock = { amount: bigint; withdrawRound: bigint };

/** What one transcoder shares in one round. */
export type EarningsPool = {
  /** Stake that takes part in the round. */
  totalStake: bigint;
  rewardCut: bigint;
  feeShare: bigint;
  /** What 1 wei of stake bonded before the first reward has become. 0: not stored. */
  rewardFactor: Rational;
  /** What 1 wei of stake bonded before the first reward has earned in fees. 0: not stored. */
  feeFactor: Rational;
};

export type Transcoder = {
  lastRewardRound: bigint;
  /** Part of the rewards that the transcoder keeps, of 1e6. */
  rewardCut: bigint;
  /** Part of the fees that the delegators get, of 1e6. */
  feeShare: bigint;
  /** The youngest round whose pool holds a stake. */
  lastActiveStakeUpdateRound: bigint;
  activationRound: bigint;
  deactivationRound: bigint;
  lastFeeRound: bigint;
  /** Own rewards that were there before the last reward call, so that they take part in its round. */
  activeCumulativeRewards: Rational;
  /** Own rewards since the last claim: commission, and the share of earlier own rewards. */
  cumulativeRewards: Rational;
  /** Own fees since the last claim. */
  cumulativeFees: Rational;
  pools: Map<bigint, EarningsPool>;
  /** For the bounds of the chain's rounding: how often the factors were raised, and all fees per wei of stake. */
  rewardUpdates: bigint;
  feeUpdates: bigint;
  feesPerStake: Rational;
};

/** Whole wei that the chain makes of an account's exact earnings. */
export type WholeEarnings = { readonly stake: bigint; readonly fees: bigint };

/** The state of the staking system. Plain data: a copy is a snapshot. */
export type World = {
  rounds: Rounds;
  minting: Minting;
  pool: TranscoderPool;
  votes: Votes;
  delegators: Map<Account, Delegator>;
  transcoders: Map<Account, Transcoder>;
  /** Rounds. */
  unbondingPeriod: bigint;
  currentRoundTotalActiveStake: bigint;
  nextRoundTotalActiveStake: bigint;
  /** Of 1e27. */
  treasuryCut: bigint;
  nextTreasuryCut: bigint;
  /** LPT wei; 0: none. */
  treasuryCeiling: bigint;
  /** LPT wei outside the Minter. */
  lpt: Map<Account, bigint>;
  /** Ether wei that the Minter holds. */
  minterEther: bigint;
  /** What the contracts announce, in order: the event and its arguments. */
  events: string[];
  /** How a claim is rounded; without an entry, down. */
  wholeEarnings: Map<Account, WholeEarnings>;
};

export function delegatorOf(world: World, account: Account): Delegator {
  let found = world.delegators.get(account);
  if (found === undefined) {
    found = {
      bonded: 0n,
      fees: 0n,
      delegate: nobody,
      delegated: 0n,
      startRound: 0n,
      lastClaimRound: 0n,
      locks: new Map(),
      nextLockId: 0n,
    };
    world.delegators.set(account, found);
  }
  return found;
}

export function transcoderOf(world: World, account: Account): Transcoder {
  let found = world.transcoders.get(account);
  if (found === undefined) {
    found = {
      lastRewardRound: 0n,
      rewardCut: 0n,
      feeShare: 0n,
      lastActiveStakeUpdateRound: 0n,
      activationRound: 0n,
      deactivationRound: 0n,
      lastFeeRound: 0n,
      activeCumulativeRewards: zeroRational,
      cumulativeRewards: zeroRational,
      cumulativeFees: zeroRational,
      pools: new Map(),
      rewardUpdates: 0n,
      feeUpdates: 0n,
      feesPerStake: zeroRational,
    };
    world.transcoders.set(account, found);
  }
  return found;
}

/** Announces something to whoever follows the contracts. */
export function announce(world: World, event: string, ...args: readonly (Account | bigint)[]): void {
  world.events.push(`${event}(${args.join(", ")})`);
}

/** Adds LPT to what an account holds. */
export function payLpt(world: World, to: Account, amount: bigint): void {
  world.lpt.set(to, (world.lpt.get(to) ?? 0n) + amount);
}
