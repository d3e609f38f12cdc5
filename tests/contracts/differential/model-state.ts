import { rational } from "@livepeer-ts/kernel";
import { factorsAt } from "../model/earnings.ts";
import { Revert } from "../model/revert.ts";
import { treasury } from "../model/rewards.ts";
import { currentRound, isInitialized, isLocked } from "../model/rounds.ts";
import { isActive, statusOf } from "../model/status.ts";
import { checkpointAt, pastDelegate, pastTotalVotes, pastVotes, totalVotesAt, votesAt } from "../model/votes.ts";
import { type Account, delegatorOf, nobody, transcoderOf, type World } from "../model/world.ts";
import type { ChainState, Questions } from "./chain-state.ts";
import { ownShareBound, pendingFeesBound, pendingStakeBound, poolBounds, votesBound } from "./rounding-bounds.ts";
import type { Expectations } from "./within.ts";

const statuses = ["pending", "bonded", "unbonded"];

/** What the chain should answer after a step. `before` is the model before it. */
export function modelState(
  world: World,
  before: World,
  actors: readonly Account[],
  questions: Questions,
): Expectations {
  const state = new Map<string, unknown>();
  const { minting, pool } = world;
  const round = currentRound(world);
  state.set("round", round);
  state.set("isInitialized", isInitialized(world));
  state.set("isLocked", isLocked(world));
  state.set("currentRoundTotalActiveStake", world.currentRoundTotalActiveStake);
  state.set("nextRoundTotalActiveStake", world.nextRoundTotalActiveStake);
  state.set("treasuryCut", world.treasuryCut);
  state.set("nextTreasuryCut", world.nextTreasuryCut);
  state.set("inflation", minting.inflation);
  state.set("mintable", minting.mintable);
  state.set("minted", minting.minted);
  state.set("minter's ether", world.minterEther);
  state.set("supply", minting.supply);
  state.set("minter's LPT", minting.held);
  state.set("treasury's LPT", world.lpt.get(treasury) ?? 0n);
  state.set("total votes", totalVotesAt(world, round + 1n));
  state.set("first in pool", pool.members[0]?.id ?? nobody);
  state.set("pool size", BigInt(pool.members.length));

  for (const account of actors) {
    const delegator = delegatorOf(world, account);
    const transcoder = transcoderOf(world, account);
    const place = pool.members.findIndex((member) => member.id === account);
    state.set(`${account} delegator`, [
      delegator.bonded,
      delegator.fees,
      delegator.delegate,
      delegator.delegated,
      delegator.startRound,
      delegator.lastClaimRound,
      delegator.nextLockId,
    ]);
    const earlier = transcoderOf(before, account);
    state.set(`${account} transcoder`, [
      transcoder.lastRewardRound,
      transcoder.rewardCut,
      transcoder.feeShare,
      transcoder.lastActiveStakeUpdateRound,
      transcoder.activationRound,
      transcoder.deactivationRound,
      transcoder.activeCumulativeRewards.num,
      ownShareBound(transcoder.cumulativeRewards, earlier.cumulativeRewards),
      ownShareBound(transcoder.cumulativeFees, earlier.cumulativeFees),
      transcoder.lastFeeRound,
    ]);
    const hasPlace = place !== -1;
    state.set(`${account} pool in ${questions.round}`, poolState(world, account, questions.round));
    state.set(
      `${account} pendingStake`,
      answer(() => pendingStakeBound(world, before, account)),
    );
    state.set(
      `${account} pendingFees`,
      answer(() => pendingFeesBound(world, before, account)),
    );
    state.set(`${account} status`, BigInt(statuses.indexOf(statusOf(world, account))));
    state.set(`${account} isActive`, isActive(world, account));
    state.set(`${account} next in pool`, hasPlace ? (pool.members[place + 1]?.id ?? nobody) : nobody);
    state.set(`${account} LPT`, world.lpt.get(account) ?? 0n);
    state.set(
      `${account} votes`,
      answer(() => votesBound(world, account, round + 1n, votesAt(world, account, round + 1n))),
    );
    state.set(`${account} delegates to`, checkpointAt(world, account, round + 1n).delegate);
  }
  for (const [account, count] of questions.locks) {
    for (let id = 0n; id < count; id++) {
      const lock = delegatorOf(world, account).locks.get(id);
      state.set(`${account} lock ${id}`, [lock?.amount ?? 0n, lock?.withdrawRound ?? 0n]);
    }
  }
  for (const { account, round: past } of questions.pastVotes) {
    const votes = () => votesBound(world, account, past + 1n, pastVotes(world, account, past));
    state.set(`${account} votes in ${past}`, answer(votes));
    state.set(
      `${account} delegated in ${past} to`,
      answer(() => pastDelegate(world, account, past)),
    );
  }
  for (const past of questions.pastTotals)
    state.set(
      `total votes in ${past}`,
      answer(() => pastTotalVotes(world, past)),
    );
  for (const { account, round: past } of questions.pools)
    state.set(`${account} pool in ${past}`, poolState(world, account, past));
  return state;
}

function poolState(world: World, account: Account, round: bigint): readonly unknown[] {
  const transcoder = transcoderOf(world, account);
  const { totalStake, rewardCut, feeShare } = transcoder.pools.get(round) ?? {};
  return [totalStake ?? 0n, rewardCut ?? 0n, feeShare ?? 0n, ...poolBounds(transcoder, factorsAt(transcoder, round))];
}

function answer(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Revert) return `revert: ${error.reason}`;
    throw error;
  }
}

/**
 * Goes on with the whole wei that the chain made of exact amounts, after they were found to be close enough: the
 * fractions are lost there, so nobody is owed them.
 */
export function takeOverRounding(world: World, actors: readonly Account[], state: ChainState): void {
  for (const account of actors) {
    const transcoder = transcoderOf(world, account);
    const stored = state.get(`${account} transcoder`) as readonly bigint[];
    transcoder.cumulativeRewards = rational(stored[7] ?? 0n);
    transcoder.cumulativeFees = rational(stored[8] ?? 0n);
    const [stake, fees] = [state.get(`${account} pendingStake`), state.get(`${account} pendingFees`)];
    if (typeof stake === "bigint" && typeof fees === "bigint") world.wholeEarnings.set(account, { stake, fees });
    else world.wholeEarnings.delete(account);
  }
}
