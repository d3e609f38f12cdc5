import type { Address, Hex, Logger } from "@livepeer-ts/kernel";
import { openChainSession } from "./chain-session.ts";
import { type DeployParams, devnetDeployParams } from "./deploy-params.ts";
import type { ProtocolAddresses } from "./deploy-plan.ts";
import { type DeployedProtocol, deployProtocol } from "./deploy-protocol.ts";
import {
  type BondDelegatorOptions,
  type BondOrchestratorOptions,
  bondDelegator,
  bondOrchestrator,
  callReward,
  type DevnetChain,
  type FundGatewayOptions,
  fundGateway,
  settleBaseFee,
  startFirstRound,
  startNextRound,
} from "./devnet-bring-up.ts";
import { installAiServiceRegistry, installMulticall3 } from "./devnet-fixtures.ts";

export type BringUpDevnetOptions = {
  /** URL of a development node (anvil); it may mine at intervals. */
  readonly rpcUrl: string;
  /** Private key of the account that deploys and hands out LPT. */
  readonly deployerKey: Hex;
  readonly orchestrators: readonly BondOrchestratorOptions[];
  readonly gateways: readonly FundGatewayOptions[];
  /** Accounts that stake with the orchestrators above; none by default. */
  readonly delegators?: readonly BondDelegatorOptions[];
  /** Default: `devnetDeployParams`. */
  readonly params?: DeployParams;
  readonly logger?: Logger;
  /** Called before every step with what is about to be done. */
  readonly onStep?: (what: string) => void;
};

/** A local network ready for its nodes. */
export type Devnet = {
  readonly chain: DevnetChain;
  readonly deployment: DeployedProtocol;
  readonly addresses: ProtocolAddresses;
  readonly orchestrators: readonly Address[];
  readonly gateways: readonly Address[];
  /** Current round: initialized, just begun; the orchestrators are active and have called reward in the one before. */
  readonly round: bigint;
};

/** Deploys the protocol and takes the chain to a fresh round in which the orchestrators are active. Takes a second or two. */
export async function bringUpDevnet(options: BringUpDevnetOptions): Promise<Devnet> {
  const params = options.params ?? devnetDeployParams;
  const step = options.onStep ?? (() => {});
  const session = await openChainSession({ rpcUrl: options.rpcUrl, blocks: "request" }, params.chainId);

  step("deploy the contracts");
  const deployment = await deployProtocol({
    session,
    deployerKey: options.deployerKey,
    params,
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
  const { addresses } = deployment;
  const chain: DevnetChain = { session, addresses, deployerKey: options.deployerKey };
  await installMulticall3(session);
  await installAiServiceRegistry(session, addresses.Controller);
  await settleBaseFee(session);

  step("start the first round");
  await startFirstRound(chain);
  const orchestrators: Address[] = [];
  for (const orchestrator of options.orchestrators) {
    step(`bond the orchestrator at ${orchestrator.serviceUri}`);
    orchestrators.push(await bondOrchestrator(chain, orchestrator));
  }
  for (const delegator of options.delegators ?? []) {
    step("stake with an orchestrator");
    await bondDelegator(chain, delegator);
  }
  const gateways: Address[] = [];
  for (const gateway of options.gateways) {
    step("fund the gateway");
    gateways.push(await fundGateway(chain, gateway));
  }
  step("start the round in which the orchestrators are active");
  await startNextRound(chain);
  for (const { key } of options.orchestrators) await callReward(chain, key);
  const round = await startNextRound(chain);
  return { chain, deployment, addresses, orchestrators, gateways, round };
}
