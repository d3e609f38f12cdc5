import type { Address } from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  livepeerTokenAbi,
  merkleSnapshotAbi,
  minterAbi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "../../abi/index.ts";
import {
  adjustableRoundsManagerCode,
  bondingVotesCode,
  livepeerTokenCode,
  merkleSnapshotCode,
  minterCode,
  roundsManagerCode,
  serviceRegistryCode,
  sortedDoublyLlCode,
  ticketBrokerCode,
} from "../bytecode/index.ts";
import type { DeployParams } from "../deploy-params.ts";
import { bondingManagerTargets } from "./bonding-manager-targets.ts";
import type { PlanBuilder, Proxied } from "./plan-builder.ts";

/** Contracts of stake, rounds and payments. */
export type CoreContracts = {
  readonly minter: Address;
  readonly token: Address;
  readonly ticketBroker: Proxied;
  readonly sortedDoublyLL: Address;
  readonly bondingManager: Proxied;
  readonly bondingVotes: Proxied;
  readonly roundsManager: Proxied;
  readonly serviceRegistry: Proxied;
  readonly merkleSnapshot: Address;
};

/** Creates and names the contracts of stake, rounds and payments. */
export function planCoreContracts(
  plan: PlanBuilder,
  params: DeployParams,
  rounds: "real" | "adjustable",
): CoreContracts {
  const { inflation, inflationChange, targetBondingRate } = params.minter;
  const minter = plan.create(minterCode, minterAbi, [plan.controller, inflation, inflationChange, targetBondingRate]);
  plan.register("Minter", minter);
  const token = plan.create(livepeerTokenCode, livepeerTokenAbi, []);
  plan.register("LivepeerToken", token);
  const ticketBroker = plan.createProxied("TicketBroker", ticketBrokerCode, ticketBrokerAbi);
  // The Minter knows the broker by its older name.
  plan.register("JobsManager", ticketBroker.proxy);
  const sortedDoublyLL = plan.create(sortedDoublyLlCode, [], []);
  const { code, abi } = bondingManagerTargets[params.bondingManager.target];
  const bondingManager = plan.createProxied("BondingManager", code, abi, { SortedDoublyLL: sortedDoublyLL });
  const bondingVotes = plan.createProxied("BondingVotes", bondingVotesCode, bondingVotesAbi);
  const roundsManager =
    rounds === "adjustable"
      ? plan.createProxied("RoundsManager", adjustableRoundsManagerCode, adjustableRoundsManagerAbi)
      : plan.createProxied("RoundsManager", roundsManagerCode, roundsManagerAbi);
  const serviceRegistry = plan.createProxied("ServiceRegistry", serviceRegistryCode, serviceRegistryAbi);
  const merkleSnapshot = plan.create(merkleSnapshotCode, merkleSnapshotAbi, [plan.controller]);
  plan.register("MerkleSnapshot", merkleSnapshot);
  return {
    minter,
    token,
    ticketBroker,
    sortedDoublyLL,
    bondingManager,
    bondingVotes,
    roundsManager,
    serviceRegistry,
    merkleSnapshot,
  };
}

/** Sets what the BondingManager and the RoundsManager run by. */
export function planStakingParameters(plan: PlanBuilder, core: CoreContracts, params: DeployParams): void {
  const bonding = core.bondingManager.proxy;
  const { unbondingPeriod, numActiveTranscoders, treasuryRewardCutRate, treasuryBalanceCeiling } =
    params.bondingManager;
  const setBonding = (setter: string, getter: string, value: bigint) =>
    plan.set(bonding, bondingManagerAbi, setter, getter, value);
  setBonding("setUnbondingPeriod", "unbondingPeriod", unbondingPeriod);
  setBonding("setNumActiveTranscoders", "getTranscoderPoolMaxSize", numActiveTranscoders);
  if (treasuryRewardCutRate > 0n)
    setBonding("setTreasuryRewardCutRate", "nextRoundTreasuryRewardCutRate", treasuryRewardCutRate);
  if (treasuryBalanceCeiling > 0n)
    setBonding("setTreasuryBalanceCeiling", "treasuryBalanceCeiling", treasuryBalanceCeiling);

  const rounds = core.roundsManager.proxy;
  const { roundLength, roundLockAmount, lipUpgradeRounds } = params.roundsManager;
  plan.set(rounds, roundsManagerAbi, "setRoundLength", "roundLength", roundLength);
  plan.set(rounds, roundsManagerAbi, "setRoundLockAmount", "roundLockAmount", roundLockAmount);
  for (const { lip, round } of lipUpgradeRounds) {
    plan.call({
      what: `say that LIP ${lip} takes effect in round ${round}`,
      to: rounds,
      abi: roundsManagerAbi,
      name: "setLIPUpgradeRound",
      args: [lip, round],
      verify: async (session) => {
        const found = await session.read(roundsManagerAbi, rounds, "lipUpgradeRound", [lip]);
        return found === round ? undefined : `LIP ${lip} takes effect in round ${found} instead of ${round}`;
      },
    });
  }
}

/** Sets what the TicketBroker runs by. */
export function planPaymentParameters(plan: PlanBuilder, core: CoreContracts, params: DeployParams): void {
  const broker = core.ticketBroker.proxy;
  const { unlockPeriod, ticketValidityPeriod } = params.ticketBroker;
  plan.set(broker, ticketBrokerAbi, "setUnlockPeriod", "unlockPeriod", unlockPeriod);
  plan.set(broker, ticketBrokerAbi, "setTicketValidityPeriod", "ticketValidityPeriod", ticketValidityPeriod);
}
