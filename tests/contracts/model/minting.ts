import { check } from "./revert.ts";
import { nano, partOf, percentOf } from "./shares.ts";
import type { World } from "./world.ts";

/** New LPT: a part of the supply per round, a little more or less each time until enough of the supply is bonded. */
export type Minting = {
  /** LPT wei. */
  supply: bigint;
  /** The next three of 1e9. */
  inflation: bigint;
  inflationChange: bigint;
  targetBondingRate: bigint;
  /** LPT wei that this round may bring. */
  mintable: bigint;
  minted: bigint;
  /** LPT that the Minter holds for everybody: stake, locks, unclaimed rewards; wei. */
  held: bigint;
};

/** At the start of a round, when its active stake is known. */
export function setMintable(world: World): void {
  const minting = world.minting;
  const { supply, inflation, inflationChange, targetBondingRate } = minting;
  const bondingRate = supply > 0n ? (world.currentRoundTotalActiveStake * nano) / supply : 0n;
  if (bondingRate < targetBondingRate) minting.inflation = inflation + inflationChange;
  if (bondingRate > targetBondingRate)
    minting.inflation = inflationChange > inflation ? 0n : inflation - inflationChange;
  minting.mintable = percentOf(supply, minting.inflation, nano);
  minting.minted = 0n;
}

/** Mints a transcoder's part, by its stake in the round, and returns it. */
export function mintReward(world: World, stake: bigint): bigint {
  const { minting } = world;
  const amount = partOf(minting.mintable, stake, world.currentRoundTotalActiveStake, nano);
  check(minting.minted + amount <= minting.mintable, "minted tokens cannot exceed mintable tokens");
  minting.minted += amount;
  minting.supply += amount;
  minting.held += amount;
  return amount;
}
