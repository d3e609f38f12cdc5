export {
  ChainSession,
  type ChainSessionOptions,
  openChainSession,
  type TransactionIntent,
} from "./chain-session.ts";
export { type ContractCode, isMadeBy, linkCode, linkedLibraries } from "./contract-code.ts";
export { isGovernor, type OwnerCall, sendAsOwner } from "./controller-owner.ts";
export {
  type BridgeParams,
  type DeployParams,
  devnetDeployParams,
  networkParams,
  parseDeployParams,
} from "./deploy-params.ts";
export {
  type DeployPlan,
  type DeployVariant,
  type ProtocolAddresses,
  planDeployment,
} from "./deploy-plan.ts";
export { type DeployedProtocol, type DeployProtocolOptions, deployProtocol } from "./deploy-protocol.ts";
export { type BringUpDevnetOptions, bringUpDevnet, type Devnet } from "./devnet.ts";
export {
  type BondDelegatorOptions,
  type BondOrchestratorOptions,
  bondDelegator,
  bondOrchestrator,
  callReward,
  type DevnetChain,
  type FundGatewayOptions,
  fundGateway,
  initializeRound,
  mineBlocks,
  setIntervalMining,
  settleBaseFee,
  startFirstRound,
  startNextRound,
} from "./devnet-bring-up.ts";
export {
  aiServiceRegistryAddress,
  installAiServiceRegistry,
  installMulticall3,
  multicall3Address,
} from "./devnet-fixtures.ts";
export { devnetPriceFeedAddress, installPriceFeed } from "./devnet-price-feed.ts";
export { type FoundContract, findCreated } from "./find-created.ts";
export { type GovernorUpdate, governorUpdate, governorUpdateHash } from "./governor-update.ts";
export {
  type BondingManagerVariant,
  bondingManagerTargets,
  bondingManagerVariants,
} from "./plan/bonding-manager-targets.ts";
export { type DeployStep, registryId } from "./plan/plan-builder.ts";
export { type ProxiedContract, proxiedContracts, type UpgradedContract, upgradeContract } from "./upgrade-contract.ts";
