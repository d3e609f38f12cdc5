import { currentRound } from "./rounds.ts";
import { type Account, delegatorOf, nobody, transcoderOf, type World } from "./world.ts";

export type Status = "pending" | "bonded" | "unbonded";

export function statusOf(world: World, account: Account): Status {
  const { bonded, startRound } = delegatorOf(world, account);
  if (bonded === 0n) return "unbonded";
  return startRound > currentRound(world) ? "pending" : "bonded";
}

/** Who has stake bonded to itself can be a transcoder. */
export function isRegistered(world: World, account: Account): boolean {
  const { delegate, bonded } = delegatorOf(world, account);
  return account !== nobody && delegate === account && bonded > 0n;
}

/** Whether a transcoder takes part in the current round. */
export function isActive(world: World, account: Account): boolean {
  const { activationRound, deactivationRound } = transcoderOf(world, account);
  const round = currentRound(world);
  return activationRound <= round && round < deactivationRound;
}
