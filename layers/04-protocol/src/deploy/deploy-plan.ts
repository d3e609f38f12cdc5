import { type Address, LpError } from "@livepeer-ts/kernel";
import { aiServiceRegistryAbi } from "../abi/index.ts";
import { aiServiceRegistryCode } from "./bytecode/index.ts";
import type { DeployParams } from "./deploy-params.ts";
import { planBridge } from "./plan/bridge.ts";
import { planCoreContracts, planPaymentParameters, planStakingParameters } from "./plan/core-contracts.ts";
import { planGovernance, planHandover, planPolls, planTreasuryVotes, planUnpause } from "./plan/governance.ts";
import { type DeployStep, PlanBuilder } from "./plan/plan-builder.ts";
import { planTokenSupply } from "./plan/token-supply.ts";

/** Contracts of a deployment by their names in the Controller; a name means the proxy where there is one. */
export type ProtocolAddresses = {
  readonly Controller: Address;
  readonly LivepeerToken: Address;
  readonly Minter: Address;
  readonly BondingManager: Address;
  readonly BondingVotes: Address;
  readonly RoundsManager: Address;
  readonly TicketBroker: Address;
  readonly ServiceRegistry: Address;
  readonly MerkleSnapshot: Address;
  readonly Treasury: Address;
  readonly LivepeerGovernor: Address;
  readonly L2LPTDataCache: Address;
  /** Absent when the parameters name no faucet. */
  readonly LivepeerTokenFaucet: Address | undefined;
  /** Absent on a network without L1. */
  readonly L2Migrator: Address | undefined;
  readonly SortedDoublyLL: Address;
  readonly BondingManagerTarget: Address;
  readonly BondingVotesTarget: Address;
  readonly RoundsManagerTarget: Address;
  readonly TicketBrokerTarget: Address;
  readonly ServiceRegistryTarget: Address;
  readonly LivepeerGovernorTarget: Address;
  readonly L2MigratorTarget: Address | undefined;
  // The Controller does not name these.
  readonly Governor: Address;
  readonly PollCreator: Address;
  readonly AIServiceRegistry: Address;
  readonly L2LPTGateway: Address;
  readonly DelegatorPool: Address | undefined;
};

export type DeployPlan = { readonly steps: readonly DeployStep[]; readonly addresses: ProtocolAddresses };

export type DeployVariant = {
  /** `adjustable` puts the RoundsManager whose block number is set by hand behind the proxy. Default `real`. */
  readonly rounds?: "real" | "adjustable";
};

/** The transactions that deploy the protocol, in order, from an account whose next nonce is `startNonce`. */
export function planDeployment(
  deployer: Address,
  startNonce: number,
  params: DeployParams,
  variant: DeployVariant = {},
): DeployPlan {
  const plan = new PlanBuilder(deployer, startNonce, params.gitCommitHash);
  const core = planCoreContracts(plan, params, variant.rounds ?? "real");
  const governance = planGovernance(plan, params);
  planStakingParameters(plan, core, params);
  planTreasuryVotes(plan, core, governance, params);
  planPaymentParameters(plan, core, params);
  const faucet = planTokenSupply(plan, core, params);
  const bridge = planBridge(plan, core, params);
  const pollCreator = planPolls(plan, core);
  const aiServiceRegistry = plan.create(aiServiceRegistryCode, aiServiceRegistryAbi, [plan.controller]);
  planUnpause(plan);
  planHandover(plan, core, governance.governor, bridge, params);
  return {
    steps: plan.steps,
    addresses: {
      Controller: plan.controller,
      LivepeerToken: core.token,
      Minter: core.minter,
      BondingManager: core.bondingManager.proxy,
      BondingVotes: core.bondingVotes.proxy,
      RoundsManager: core.roundsManager.proxy,
      TicketBroker: core.ticketBroker.proxy,
      ServiceRegistry: core.serviceRegistry.proxy,
      MerkleSnapshot: core.merkleSnapshot,
      Treasury: governance.treasury,
      LivepeerGovernor: governance.livepeerGovernor.proxy,
      L2LPTDataCache: bridge.dataCache,
      LivepeerTokenFaucet: faucet,
      L2Migrator: bridge.l2Migrator?.proxy,
      SortedDoublyLL: core.sortedDoublyLL,
      BondingManagerTarget: core.bondingManager.target,
      BondingVotesTarget: core.bondingVotes.target,
      RoundsManagerTarget: core.roundsManager.target,
      TicketBrokerTarget: core.ticketBroker.target,
      ServiceRegistryTarget: core.serviceRegistry.target,
      LivepeerGovernorTarget: governance.livepeerGovernor.target,
      L2MigratorTarget: bridge.l2Migrator?.target,
      Governor: governance.governor,
      PollCreator: pollCreator,
      AIServiceRegistry: aiServiceRegistry,
      L2LPTGateway: bridge.gateway,
      DelegatorPool: bridge.delegatorPool,
    },
  };
}

/** What a step that does not hold means for the operator. */
export function stepMismatch(step: DeployStep, found: string): LpError {
  return new LpError({
    code: "deploy_chain_differs",
    message: `"${step.what}" was done before, but ${found}. Either it was done with other parameters, or it was changed since: deploy with the parameters used then, from a fresh account, on a fresh chain, or from a start nonce of your choice`,
    details: { what: step.what, found },
  });
}
