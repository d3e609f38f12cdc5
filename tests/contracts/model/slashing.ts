import { claim } from "./claims.ts";
import { minus } from "./revert.ts";
import { milli, percentOf } from "./shares.ts";
import { resign } from "./stake-movement.ts";
import { statusOf } from "./status.ts";
import { isInPool } from "./transcoder-pool.ts";
import { checkpoint } from "./votes.ts";
import { type Account, announce, delegatorOf, nobody, payLpt, type World } from "./world.ts";

/** Takes a part of an account's own stake, of 1e6: some for who found the fault, the rest is burned. */
export function slash(world: World, account: Account, finder: Account, part: bigint, finderPart: bigint): void {
  claim(world, account);
  const delegator = delegatorOf(world, account);
  let penalty = 0n;
  let found = 0n;
  if (delegator.bonded > 0n) {
    penalty = percentOf(delegator.bonded, part, milli);
    if (isInPool(world.pool, account)) resign(world, account);
    delegator.bonded -= penalty;
    // Who lost everything is unbonded by now, and whom it bonded to keeps the number as it was.
    if (statusOf(world, account) === "bonded") {
      const delegate = delegatorOf(world, delegator.delegate);
      delegate.delegated = minus(delegate.delegated, penalty);
    }
    found = finder === nobody ? 0n : percentOf(penalty, finderPart, milli);
    payLpt(world, finder, found);
    world.minting.held -= penalty;
    world.minting.supply -= penalty - found;
  }
  announce(world, "TranscoderSlashed", account, finder, penalty, found);
  checkpoint(world, account);
}
