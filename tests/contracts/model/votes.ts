import { type Rational, rational, zeroRational } from "@livepeer-ts/kernel";
import { factorsAt, rewardFactorOf } from "./earnings.ts";
import { check } from "./revert.ts";
import { currentRound } from "./rounds.ts";
import { exactPart } from "./shares.ts";
import { type Account, announce, delegatorOf, nobody, transcoderOf, type World } from "./world.ts";

// Votes are stake at the start of a round. Every change of an account's stake leaves a record for the next round.

/** What a vote in later rounds needs to know of an account. */
export type Checkpoint = {
  readonly bonded: bigint;
  readonly delegate: Account;
  readonly delegated: bigint;
  readonly lastClaimRound: bigint;
  readonly lastRewardRound: bigint;
};

export type Votes = {
  /** Per account, by the round from which the record holds, in rising order. */
  accounts: Map<Account, Map<bigint, Checkpoint>>;
  /** Active stake of the rounds that were initialized. */
  totals: Map<bigint, bigint>;
};

const nothing: Checkpoint = { bonded: 0n, delegate: nobody, delegated: 0n, lastClaimRound: 0n, lastRewardRound: 0n };

/** Records an account's stake for the next round on. */
export function checkpoint(world: World, account: Account): void {
  const { bonded, delegate, delegated, lastClaimRound } = delegatorOf(world, account);
  const { lastRewardRound } = transcoderOf(world, account);
  let records = world.votes.accounts.get(account);
  if (records === undefined) {
    records = new Map();
    world.votes.accounts.set(account, records);
  }
  const next = currentRound(world) + 1n;
  const before = checkpointAt(world, account, next);
  const record = { bonded, delegate, delegated, lastClaimRound, lastRewardRound };
  records.set(next, record);
  if (before.delegate !== delegate) announce(world, "DelegateChanged", account, before.delegate, delegate);
  const [oldVotes, newVotes] = [transcoderVotes(account, before), transcoderVotes(account, record)];
  if (oldVotes !== newVotes) announce(world, "DelegateVotesChanged", account, oldVotes, newVotes);
  if (before.bonded !== bonded || before.lastClaimRound !== lastClaimRound) {
    const amounts = [before.bonded, before.lastClaimRound, bonded, lastClaimRound];
    announce(world, "DelegatorBondedAmountChanged", account, ...amounts);
  }
}

/** Votes of a transcoder with its delegators; who has lost all its stake is none. */
function transcoderVotes(account: Account, { delegate, bonded, delegated }: Checkpoint): bigint {
  return delegate === account && bonded > 0n ? delegated : 0n;
}

/** Records the active stake of the round that begins. */
export function checkpointTotal(world: World): void {
  world.votes.totals.set(currentRound(world), world.currentRoundTotalActiveStake);
}

/** The record that holds at the start of a round. */
export function checkpointAt(world: World, account: Account, round: bigint): Checkpoint {
  let found = nothing;
  for (const [start, record] of world.votes.accounts.get(account) ?? []) {
    if (start <= round) found = record;
  }
  return found;
}

/** Votes of an account at the start of a round: a transcoder speaks for all its stake, a delegator for its own. */
export function votesAt(world: World, account: Account, round: bigint): Rational {
  const own = checkpointAt(world, account, round);
  if (own.bonded === 0n) return zeroRational;
  if (own.delegate === account) return rational(own.delegated);
  const theirs = checkpointAt(world, own.delegate, round);
  const transcoder = transcoderOf(world, own.delegate);
  const start = factorsAt(transcoder, own.lastClaimRound);
  const end = factorsAt(transcoder, theirs.lastRewardRound);
  const hasEnd = theirs.lastRewardRound === 0n || end.rewardFactor.num > 0n;
  check(hasEnd, `MissingEarningsPool(${own.delegate}, ${theirs.lastRewardRound})`);
  if (theirs.delegate !== own.delegate || theirs.bonded === 0n) return zeroRational;
  if (theirs.lastRewardRound < own.lastClaimRound) return rational(own.bonded);
  return exactPart(own.bonded, rewardFactorOf(end), rewardFactorOf(start));
}

/** Votes at the end of a past round, which are those at the start of the next. */
export function pastVotes(world: World, account: Account, round: bigint): Rational {
  checkPast(world, round);
  return votesAt(world, account, round + 1n);
}

/** All votes at the end of a past round. */
export function pastTotalVotes(world: World, round: bigint): bigint {
  checkPast(world, round);
  return totalVotesAt(world, round + 1n);
}

/** Whom an account was bonded to at the end of a past round. */
export function pastDelegate(world: World, account: Account, round: bigint): Account {
  checkPast(world, round);
  return checkpointAt(world, account, round + 1n).delegate;
}

function checkPast(world: World, round: bigint): void {
  const now = currentRound(world);
  check(round < now, `FutureLookup(${round}, ${now === 0n ? 0n : now - 1n})`);
}

/** All votes at the start of a round. A round that nobody initialized had the stake of the next one that was. */
export function totalVotesAt(world: World, round: bigint): bigint {
  const { totals } = world.votes;
  const rounds = [...totals.keys()];
  const [first] = rounds;
  const next = rounds.find((checkpointed) => checkpointed >= round);
  if (first === undefined) return 0n;
  if (next === undefined) return world.nextRoundTotalActiveStake;
  const stored = totals.get(next) ?? 0n;
  return next === first && next !== round ? 0n : stored;
}
