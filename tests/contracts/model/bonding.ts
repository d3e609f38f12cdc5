import { checkMayClaimFor, claim } from "./claims.ts";
import { storeFactors } from "./earnings.ts";
import { check, minus } from "./revert.ts";
import { checkInitialized, currentRound } from "./rounds.ts";
import { decreaseStake, increaseStake, resign } from "./stake-movement.ts";
import { isRegistered, statusOf } from "./status.ts";
import { type Hint, isInPool } from "./transcoder-pool.ts";
import { checkpoint } from "./votes.ts";
import { type Account, announce, delegatorOf, nobody, payLpt, transcoderOf, type World } from "./world.ts";

/** Bonds LPT of the caller for an owner, or moves all the owner's stake to another delegate, or both. */
export function bond(
  world: World,
  caller: Account,
  bonding: {
    readonly owner: Account;
    readonly to: Account;
    readonly amount: bigint;
    readonly oldHint: Hint;
    readonly hint: Hint;
  },
): void {
  const { owner, to, amount } = bonding;
  checkInitialized(world);
  checkMayClaimFor(world, caller, owner);
  claim(world, owner);
  const delegator = delegatorOf(world, owner);
  const isUnbonded = statusOf(world, owner) === "unbonded";
  if (caller !== owner) {
    check(owner !== nobody, "INVALID_DELEGATOR");
    if (isUnbonded) check(to !== owner, "INVALID_DELEGATE");
    else check(delegator.delegate === to, "INVALID_DELEGATE_CHANGE");
  }
  const round = currentRound(world);
  let moved = amount;
  if (isUnbonded) {
    delegator.startRound = round + 1n;
  } else if (delegator.delegate !== to) {
    check(!isRegistered(world, owner), "registered transcoders can't delegate towards other addresses");
    delegator.startRound = round + 1n;
    moved += delegator.bonded;
    decreaseStake(world, delegator.delegate, delegator.bonded, bonding.oldHint);
    checkpoint(world, delegator.delegate);
  }
  storeFactors(transcoderOf(world, to), round);
  check(moved > 0n, "delegation amount must be greater than 0");
  const oldDelegate = delegator.delegate;
  delegator.delegate = to;
  delegator.bonded += amount;
  increaseStake(world, to, moved, bonding.hint);
  if (to !== owner) checkpoint(world, to);
  check((world.lpt.get(caller) ?? 0n) >= amount, "ERC20: transfer amount exceeds balance");
  payLpt(world, caller, -amount);
  world.minting.held += amount;
  announce(world, "Bond", to, oldDelegate, owner, amount, delegator.bonded);
  checkpoint(world, owner);
}

/** Turns bonded stake into a lock that can be withdrawn after the unbonding period. */
export function unbond(world: World, caller: Account, amount: bigint, hint: Hint): void {
  checkInitialized(world);
  claim(world, caller);
  const delegator = delegatorOf(world, caller);
  check(statusOf(world, caller) === "bonded", "caller must be bonded");
  check(amount > 0n, "unbond amount must be greater than 0");
  check(amount <= delegator.bonded, "amount is greater than bonded amount");
  const withdrawRound = currentRound(world) + world.unbondingPeriod;
  const lockId = delegator.nextLockId;
  delegator.locks.set(lockId, { amount, withdrawRound });
  delegator.nextLockId += 1n;
  delegator.bonded -= amount;
  const { delegate } = delegator;
  if (delegator.bonded === 0n) {
    delegator.delegate = nobody;
    delegator.startRound = 0n;
    if (isInPool(world.pool, caller)) resign(world, caller);
  }
  decreaseStake(world, delegate, amount, hint);
  if (delegate !== caller) checkpoint(world, delegate);
  announce(world, "Unbond", delegate, caller, lockId, amount, withdrawRound);
  checkpoint(world, caller);
}

/** Bonds a lock again, to the delegate the caller still has. */
export function rebond(world: World, caller: Account, lockId: bigint, hint: Hint): void {
  checkInitialized(world);
  claim(world, caller);
  check(statusOf(world, caller) !== "unbonded", "caller must be bonded");
  useLock(world, caller, lockId, hint);
}

/** Bonds a lock again after everything was unbonded, to any delegate. */
export function rebondFromUnbonded(world: World, caller: Account, to: Account, lockId: bigint, hint: Hint): void {
  checkInitialized(world);
  claim(world, caller);
  check(statusOf(world, caller) === "unbonded", "caller must be unbonded");
  storeFactors(transcoderOf(world, to), currentRound(world));
  const delegator = delegatorOf(world, caller);
  delegator.startRound = currentRound(world) + 1n;
  delegator.delegate = to;
  useLock(world, caller, lockId, hint);
}

function useLock(world: World, account: Account, lockId: bigint, hint: Hint): void {
  const delegator = delegatorOf(world, account);
  const lock = delegator.locks.get(lockId);
  check(lock !== undefined, "invalid unbonding lock ID");
  delegator.bonded += lock.amount;
  delegator.locks.delete(lockId);
  increaseStake(world, delegator.delegate, lock.amount, hint);
  if (delegator.delegate !== account) checkpoint(world, delegator.delegate);
  announce(world, "Rebond", delegator.delegate, account, lockId, lock.amount);
  checkpoint(world, account);
}

/** Gives bonded stake to somebody, who keeps its own delegate or, without one, takes the caller's. */
export function transferBond(
  world: World,
  caller: Account,
  transfer: { readonly receiver: Account; readonly amount: bigint; readonly oldHint: Hint; readonly hint: Hint },
): void {
  const { receiver, amount } = transfer;
  checkInitialized(world);
  checkMayClaimFor(world, caller, receiver);
  claim(world, caller);
  const from = delegatorOf(world, caller);
  const { delegate } = from;
  unbond(world, caller, amount, transfer.oldHint);
  const lockId = minus(from.nextLockId, 1n);
  const lock = from.locks.get(lockId);
  check(lock !== undefined, "invalid unbonding lock ID");
  from.locks.delete(lockId);
  const to = delegatorOf(world, receiver);
  const newId = to.nextLockId;
  to.locks.set(newId, lock);
  to.nextLockId += 1n;
  announce(world, "TransferBond", caller, receiver, lockId, newId, amount);
  claim(world, receiver);
  if (to.delegate === nobody && to.bonded === 0n) {
    check(delegate !== receiver, "INVALID_DELEGATOR");
    check(receiver !== nobody, "INVALID_DELEGATOR");
    to.delegate = delegate;
  }
  if (statusOf(world, receiver) === "unbonded") to.startRound = currentRound(world) + 1n;
  useLock(world, receiver, newId, transfer.hint);
}

/** Takes a lock out whose time has come. */
export function withdrawStake(world: World, caller: Account, lockId: bigint): void {
  checkInitialized(world);
  const delegator = delegatorOf(world, caller);
  const lock = delegator.locks.get(lockId);
  check(lock !== undefined, "invalid unbonding lock ID");
  const isDue = lock.withdrawRound <= currentRound(world);
  check(isDue, "withdraw round must be before or equal to the current round");
  delegator.locks.delete(lockId);
  world.minting.held -= lock.amount;
  payLpt(world, caller, lock.amount);
  announce(world, "WithdrawStake", caller, lockId, lock.amount, lock.withdrawRound);
}

/** Claims and nothing else. */
export function claimEarnings(world: World, caller: Account): void {
  checkInitialized(world);
  claim(world, caller);
  checkpoint(world, caller);
}
