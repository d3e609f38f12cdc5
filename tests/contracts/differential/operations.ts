import {
  bond,
  claimEarnings,
  rebond,
  rebondFromUnbonded,
  transferBond,
  unbond,
  withdrawStake,
} from "../model/bonding.ts";
import { redeemTicket, withdrawFees } from "../model/fees.ts";
import { initializeRound, reward, setTerms } from "../model/rewards.ts";
import { slash } from "../model/slashing.ts";
import type { Hint } from "../model/transcoder-pool.ts";
import { checkpoint } from "../model/votes.ts";
import type { Account, World } from "../model/world.ts";
import type { ChainOutcome, ChainSide } from "./chain-side.ts";

/** One thing that is done on both sides. */
export type Operation = {
  readonly name: string;
  /** For the report of a difference. */
  readonly text: string;
  /** Accounts whose locks may change. */
  readonly touched: readonly Account[];
  readonly onModel: (world: World) => void;
  readonly onChain: (chain: ChainSide) => Promise<ChainOutcome>;
};

type Arg = bigint | Account;

/** A call of the BondingManager; words among its arguments are names of accounts. */
function bonding(
  who: Account,
  call: string,
  args: readonly Arg[],
  onModel: (world: World) => void,
  touched: readonly Account[] = [who],
): Operation {
  return {
    name: call,
    text: `${who}: ${call}(${args.join(", ")})`,
    touched,
    onModel,
    onChain: (chain) => chain.bonding(who, call, args),
  };
}

const both = (a: Hint, b: Hint) => [a.prev, a.next, b.prev, b.next];

export const operations = {
  mineBlocks: (blocks: bigint): Operation => ({
    name: "mineBlocks",
    text: `mine ${blocks} blocks`,
    touched: [],
    onModel: (world) => {
      world.rounds.block += blocks;
    },
    onChain: (chain) => chain.mineBlocks(blocks),
  }),

  initializeRound: (): Operation => ({
    name: "initializeRound",
    text: "initialize the round",
    touched: [],
    onModel: initializeRound,
    onChain: (chain) => chain.initializeRound(),
  }),

  bond: (who: Account, amount: bigint, to: Account, oldHint: Hint, hint: Hint) =>
    bonding(who, "bondWithHint", [amount, to, ...both(oldHint, hint)], (world) =>
      bond(world, who, { owner: who, to, amount, oldHint, hint }),
    ),

  bondFor: (who: Account, amount: bigint, owner: Account, to: Account, oldHint: Hint, hint: Hint) =>
    bonding(who, "bondForWithHint", [amount, owner, to, ...both(oldHint, hint)], (world) =>
      bond(world, who, { owner, to, amount, oldHint, hint }),
    ),

  unbond: (who: Account, amount: bigint, hint: Hint) =>
    bonding(who, "unbondWithHint", [amount, hint.prev, hint.next], (world) => unbond(world, who, amount, hint)),

  rebond: (who: Account, lockId: bigint, hint: Hint) =>
    bonding(who, "rebondWithHint", [lockId, hint.prev, hint.next], (world) => rebond(world, who, lockId, hint)),

  rebondFromUnbonded: (who: Account, to: Account, lockId: bigint, hint: Hint) =>
    bonding(who, "rebondFromUnbondedWithHint", [to, lockId, hint.prev, hint.next], (world) =>
      rebondFromUnbonded(world, who, to, lockId, hint),
    ),

  transferBond: (who: Account, receiver: Account, amount: bigint, oldHint: Hint, hint: Hint) =>
    bonding(
      who,
      "transferBond",
      [receiver, amount, ...both(oldHint, hint)],
      (world) => transferBond(world, who, { receiver, amount, oldHint, hint }),
      [who, receiver],
    ),

  withdrawStake: (who: Account, lockId: bigint) =>
    bonding(who, "withdrawStake", [lockId], (world) => withdrawStake(world, who, lockId)),

  claimEarnings: (who: Account) => bonding(who, "claimEarnings", [0n], (world) => claimEarnings(world, who)),

  setTerms: (who: Account, rewardCut: bigint, feeShare: bigint, hint: Hint) =>
    bonding(who, "transcoderWithHint", [rewardCut, feeShare, hint.prev, hint.next], (world) =>
      setTerms(world, who, rewardCut, feeShare, hint),
    ),

  reward: (who: Account, hint: Hint) =>
    bonding(who, "rewardWithHint", [hint.prev, hint.next], (world) => reward(world, who, hint)),

  withdrawFees: (who: Account, recipient: Account, amount: bigint) =>
    bonding(who, "withdrawFees", [recipient, amount], (world) => withdrawFees(world, who, recipient, amount)),

  checkpoint: (who: Account) =>
    bonding("owner", "checkpointBondingState", [who], (world) => checkpoint(world, who), []),

  slash: (who: Account, finder: Account, part: bigint, finderPart: bigint) =>
    bonding(
      "verifier",
      "slashTranscoder",
      [who, finder, part, finderPart],
      (world) => slash(world, who, finder, part, finderPart),
      [who],
    ),

  setTreasuryCut: (cut: bigint) =>
    bonding(
      "owner",
      "setTreasuryRewardCutRate",
      [cut],
      (world) => {
        world.nextTreasuryCut = cut;
      },
      [],
    ),

  setTreasuryCeiling: (ceiling: bigint) =>
    bonding(
      "owner",
      "setTreasuryBalanceCeiling",
      [ceiling],
      (world) => {
        world.treasuryCeiling = ceiling;
      },
      [],
    ),

  redeemTicket: (recipient: Account, faceValue: bigint): Operation => ({
    name: "redeemTicket",
    text: `redeem a ticket of ${faceValue} for ${recipient}`,
    touched: [],
    onModel: (world) => redeemTicket(world, recipient, faceValue),
    onChain: (chain) => chain.redeemTicket(recipient, faceValue),
  }),
} as const;
