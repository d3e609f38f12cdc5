import type { Random } from "@livepeer-ts/kernel";
import { factorsAt } from "../model/earnings.ts";
import { treasury } from "../model/rewards.ts";
import { currentRound, isInitialized, isLocked } from "../model/rounds.ts";
import { milli, precise } from "../model/shares.ts";
import { isActive, isRegistered, statusOf } from "../model/status.ts";
import { type Hint, noHint } from "../model/transcoder-pool.ts";
import { type Account, delegatorOf, nobody, transcoderOf, type World } from "../model/world.ts";
import { type Operation, operations } from "./operations.ts";

const lpt = 10n ** 18n;

/** Draws what is done next, mostly something that makes sense in the state of the world. */
export class OperationSource {
  readonly #random: Random;
  readonly #actors: readonly Account[];

  constructor(random: Random, actors: readonly Account[]) {
    this.#random = random;
    this.#actors = actors;
  }

  next(world: World): Operation {
    if (!isInitialized(world) && this.#chance(0.85)) return operations.initializeRound();
    const isYoung = this.#actors.filter((account) => isRegistered(world, account)).length < world.pool.maxSize + 2;
    const isWithoutTerms = this.#actors.some((account) => mayStillSetTerms(world, account));
    const isRewardDue = this.#actors.some((account) => isRewardOf(world, account));
    const choices: readonly (readonly [number, () => Operation])[] = [
      [isYoung ? 60 : 14, () => this.#bond(world)],
      [4, () => this.#bondFor(world)],
      [7, () => this.#unbond(world)],
      [4, () => this.#rebond(world)],
      [this.#actors.some((account) => canRebond(world, account, true)) ? 20 : 1, () => this.#rebondFromUnbonded(world)],
      [4, () => this.#withdrawStake(world)],
      [5, () => operations.claimEarnings(this.#actor())],
      [7, () => this.#transfer(world)],
      [isWithoutTerms ? 25 : 7, () => this.#setTerms(world)],
      [isRewardDue ? 24 : 3, () => operations.reward(this.#rewardCaller(world), this.#hint(world))],
      [11, () => operations.redeemTicket(this.#recipient(world), this.#faceValue())],
      [5, () => this.#withdrawFees(world)],
      [1, () => this.#slash(world)],
      [3, () => operations.setTreasuryCut(this.#pick([0n, precise / 10n, precise / 3n, this.#below(precise)]))],
      [2, () => this.#setTreasuryCeiling(world)],
      [1, () => operations.checkpoint(this.#actor())],
      [1, () => this.#mine(world)],
      [isRewardDue ? 3 : 8, () => this.#mineRound(world)],
      [1, () => operations.initializeRound()],
    ];
    let draw = this.#random.unit() * choices.reduce((total, [weight]) => total + weight, 0);
    const drawn = choices.find(([weight]) => {
      draw -= weight;
      return draw < 0;
    });
    return (drawn ?? (choices[0] as (typeof choices)[number]))[1]();
  }

  #bond(world: World): Operation {
    const who = this.#someone((account) => delegatorOf(world, account).bonded === 0n, 0.4);
    const { delegate, bonded } = delegatorOf(world, who);
    const to = this.#pick([who, who, this.#actor(), this.#member(world), delegate, this.#chance(0.03) ? nobody : who]);
    const isMove = bonded > 0n && to !== delegate && this.#chance(0.4);
    const amount = isMove ? 0n : this.#chance(0.15) ? this.#toEqualLast(world, to) : this.#amount();
    return operations.bond(who, amount, to, this.#hint(world), this.#hint(world));
  }

  /** What makes a stake as large as that of the last in the pool, which is not enough to take its place. */
  #toEqualLast({ pool, delegators }: World, to: Account): bigint {
    const missing = (pool.members.at(-1)?.stake ?? 0n) - (delegators.get(to)?.delegated ?? 0n);
    return missing > 0n ? missing : this.#amount();
  }

  #bondFor(world: World): Operation {
    const owner = this.#chance(0.03) ? nobody : this.#actor();
    const { delegate } = delegatorOf(world, owner);
    const to = this.#pick([delegate, delegate, this.#actor(), owner]);
    return operations.bondFor(this.#actor(), this.#amount(), owner, to, this.#hint(world), this.#hint(world));
  }

  #unbond(world: World): Operation {
    const who = this.#someone((account) => statusOf(world, account) === "bonded");
    return operations.unbond(who, this.#partOfStake(world, who), this.#hint(world));
  }

  #rebond(world: World): Operation {
    const who = this.#someone((account) => canRebond(world, account, false));
    return operations.rebond(who, this.#lock(world, who), this.#hint(world));
  }

  #rebondFromUnbonded(world: World): Operation {
    const who = this.#someone((account) => canRebond(world, account, true));
    const to = this.#pick([who, this.#member(world), this.#member(world)]);
    return operations.rebondFromUnbonded(who, to, this.#lock(world, who), this.#hint(world));
  }

  #withdrawStake(world: World): Operation {
    const dueLocks = (account: Account) =>
      [...delegatorOf(world, account).locks].filter(([, lock]) => lock.withdrawRound <= currentRound(world));
    const who = this.#someone((account) => dueLocks(account).length > 0);
    const [due] = dueLocks(who);
    return operations.withdrawStake(who, due !== undefined && this.#chance(0.7) ? due[0] : this.#lock(world, who));
  }

  #transfer(world: World): Operation {
    const who = this.#someone((account) => statusOf(world, account) === "bonded");
    const receiver = this.#chance(0.03) ? nobody : this.#actor();
    const amount = this.#partOfStake(world, who);
    return operations.transferBond(who, receiver, amount, this.#hint(world), this.#hint(world));
  }

  #setTerms(world: World): Operation {
    const isWithout = this.#actors.filter((account) => mayStillSetTerms(world, account));
    const who = isWithout.length > 0 ? this.#pick(isWithout) : this.#someone((account) => maySetTerms(world, account));
    const share = () => this.#pick([0n, milli, milli / 2n, this.#below(milli), this.#below(milli), this.#below(milli)]);
    const tooMuch = milli + 1n;
    const cut = this.#chance(0.03) ? tooMuch : share();
    return operations.setTerms(who, cut, this.#chance(0.03) ? tooMuch : share(), this.#hint(world));
  }

  #rewardCaller(world: World): Account {
    return this.#someone((account) => isRewardOf(world, account));
  }

  #recipient(world: World): Account {
    // Seldom and hard: fees after a reward whose round follows one without a stored factor.
    const round = currentRound(world);
    const isAfterGap = (account: Account) => {
      const transcoder = transcoderOf(world, account);
      const { rewardFactor } = factorsAt(transcoder, round - 1n);
      return transcoder.lastRewardRound === round && rewardFactor.num === 0n && transcoder.feeShare > 0n;
    };
    return this.#someone((account) => isActive(world, account) && (this.#chance(0.4) || isAfterGap(account)));
  }

  #withdrawFees(world: World): Operation {
    const who = this.#someone((account) => (world.wholeEarnings.get(account)?.fees ?? 0n) > 0n);
    const fees = world.wholeEarnings.get(who)?.fees ?? 0n;
    const amount = this.#pick([fees, this.#below(fees + 1n), this.#below(fees + 1n), fees + 1n]);
    return operations.withdrawFees(who, this.#chance(0.05) ? nobody : this.#actor(), amount);
  }

  #slash(world: World): Operation {
    const who = this.#chance(0.7) ? this.#member(world) : this.#actor();
    const finder = this.#chance(0.3) ? nobody : this.#actor();
    const part = this.#pick([this.#below(200_000n), this.#below(200_000n), milli]);
    return operations.slash(who, finder, part, this.#below(milli + 1n));
  }

  /** Often what the treasury has already, which is enough to be full. */
  #setTreasuryCeiling(world: World): Operation {
    const balance = world.lpt.get(treasury) ?? 0n;
    return operations.setTreasuryCeiling(this.#pick([0n, 5n * lpt, 200n * lpt, balance, balance, balance + 1n]));
  }

  /** To the next round's start, to the same place in it, or over a whole round. */
  #mineRound({ rounds }: World): Operation {
    const left = rounds.length - (rounds.block % rounds.length);
    return operations.mineBlocks(this.#pick([left, left, left, left, rounds.length, left + rounds.length]));
  }

  /** To the locked end of the round, or anywhere. */
  #mine({ rounds }: World): Operation {
    const left = rounds.length - (rounds.block % rounds.length);
    const toLock = left - rounds.length / 20n;
    return operations.mineBlocks(toLock > 0n && this.#chance(0.5) ? toLock : 1n + this.#below(left));
  }

  #faceValue(): bigint {
    return this.#pick([1n, this.#below(lpt) + 1n, this.#below(lpt) + 1n, lpt / 10n]);
  }

  #amount(): bigint {
    const round = (1n + this.#below(6n)) * 10n * lpt;
    return this.#pick([round, round, this.#below(80n * lpt) + 1n, this.#below(80n * lpt) + 1n, this.#below(3n)]);
  }

  #partOfStake(world: World, who: Account): bigint {
    const stake = world.wholeEarnings.get(who)?.stake ?? 0n;
    const part = this.#below(stake + 1n);
    return this.#pick([stake, stake, stake, part, part, part, part, stake + 1n, this.#below(2n)]);
  }

  #lock(world: World, who: Account): bigint {
    const { locks, nextLockId } = delegatorOf(world, who);
    return locks.size > 0 && this.#chance(0.9) ? this.#pick([...locks.keys()]) : this.#below(nextLockId + 1n);
  }

  /** None, right for some place in the list, or nonsense. */
  #hint({ pool }: World): Hint {
    if (this.#chance(0.5)) return noHint;
    if (this.#chance(0.3)) return { prev: this.#actor(), next: this.#actor() };
    const at = Number(this.#below(BigInt(pool.members.length + 1)));
    return { prev: pool.members[at - 1]?.id ?? nobody, next: pool.members[at]?.id ?? nobody };
  }

  #member({ pool }: World): Account {
    return pool.members.length === 0 ? this.#actor() : this.#pick(pool.members).id;
  }

  /** Mostly an actor for whom it makes sense, sometimes any. */
  #someone(isFit: (account: Account) => boolean, chance = 0.9): Account {
    const fit = this.#actors.filter(isFit);
    return fit.length > 0 && this.#chance(chance) ? this.#pick(fit) : this.#actor();
  }

  #actor(): Account {
    return this.#pick(this.#actors);
  }

  #chance(probability: number): boolean {
    return this.#random.unit() < probability;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.u32() % list.length] as T;
  }

  /** At least 0 and below `limit`. */
  #below(limit: bigint): bigint {
    let value = 0n;
    for (const byte of this.#random.bytes(24)) value = value * 256n + BigInt(byte);
    return value % limit;
  }
}

function isRewardOf(world: World, account: Account): boolean {
  return isActive(world, account) && transcoderOf(world, account).lastRewardRound !== currentRound(world);
}

function maySetTerms(world: World, account: Account): boolean {
  return isRegistered(world, account) && !isLocked(world) && !isRewardOf(world, account);
}

/** Whether a transcoder works for nothing so far and can change that. */
function mayStillSetTerms(world: World, account: Account): boolean {
  const { rewardCut, feeShare } = transcoderOf(world, account);
  return maySetTerms(world, account) && rewardCut === 0n && feeShare === 0n;
}

function canRebond(world: World, account: Account, isUnbonded: boolean): boolean {
  const { bonded, locks } = delegatorOf(world, account);
  return locks.size > 0 && (bonded === 0n) === isUnbonded;
}
