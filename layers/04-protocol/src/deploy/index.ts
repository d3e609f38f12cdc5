export {
  ChainSession,
  type ChainSessionOptions,
  openChainSession,
  type TransactionIntent,
} from "./chain-session.ts";
export { type ContractCode, linkCode } from "./contract-code.ts";
export { type DeployParams, devnetDeployParams, parseDeployParams } from "./deploy-params.ts";
export {
  type DeployPlan,
  type DeployStep,
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
  installMulticall3,
  mineBlocks,
  multicall3Address,
  setIntervalMining,
  settleBaseFee,
  startFirstRound,
  startNextRound,
} from "./devnet-bring-up.ts";
