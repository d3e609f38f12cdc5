import { type Address, type Hex, type Logger, LpError, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { getContractAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { controllerAbi } from "../abi/index.ts";
import type { ChainSession } from "./chain-session.ts";
import type { DeployParams } from "./deploy-params.ts";
import { type DeployVariant, type ProtocolAddresses, planDeployment, stepMismatch } from "./deploy-plan.ts";

export type DeployProtocolOptions = DeployVariant & {
  /** Chain to deploy to; its id must be the one in `params`. */
  readonly session: ChainSession;
  /** Private key of the deployer; it becomes the Controller's owner. */
  readonly deployerKey: Hex;
  readonly params: DeployParams;
  /**
   * Nonce of the deployment's first transaction. Default: 0 when the account is new or began with this deployment,
   * else the account's present nonce.
   */
  readonly startNonce?: number;
  readonly logger?: Logger;
  /** Called before every step with what is about to be done. */
  readonly onStep?: (what: string, index: number, count: number) => void;
};

/** What a deployment left behind. */
export type DeployedProtocol = {
  readonly chainId: number;
  readonly deployer: Address;
  readonly addresses: ProtocolAddresses;
  /** Transactions sent by this call; 0 when everything was there. */
  readonly transactions: number;
  readonly gasUsed: bigint;
};

/** Gas of a whole deployment, rounded up; the account must be able to pay for it. */
const deploymentGas = 25_000_000n;

/**
 * Deploys the protocol with plain creations from one account: the same key, start nonce and parameters give the same
 * addresses. Run again it checks what is there and goes on where it stopped.
 * Rejects with `deploy_wrong_chain`, `deploy_unfunded`, `deploy_reverted`, `deploy_chain_differs` and the session's codes.
 */
export async function deployProtocol(options: DeployProtocolOptions): Promise<DeployedProtocol> {
  const { session, params } = options;
  const logger = options.logger ?? silentLogger;
  if (session.chainId !== params.chainId) {
    throw new LpError({
      code: "deploy_wrong_chain",
      message: `the node serves chain ${session.chainId}, the parameters are for chain ${params.chainId}: give the right URL, or parameters for this chain`,
      details: { chainId: session.chainId, expectedChainId: params.chainId },
    });
  }
  const account = privateKeyToAccount(options.deployerKey);
  const deployer = toAddress(account.address);
  const nextNonce = await session.nonce(deployer);
  const startNonce = options.startNonce ?? (await defaultStartNonce(session, deployer, nextNonce));
  if (startNonce > nextNonce) {
    throw new LpError({
      code: "deploy_bad_nonce",
      message: `the deployment is to start at nonce ${startNonce}, but the account ${deployer} is at ${nextNonce}: give a smaller start nonce`,
      details: { startNonce, nextNonce },
    });
  }
  const plan = planDeployment(deployer, startNonce, params, options);
  if (nextNonce < startNonce + plan.steps.length) await requireFunds(session, deployer);

  let transactions = 0;
  let gasUsed = 0n;
  for (const [index, step] of plan.steps.entries()) {
    const nonce = startNonce + index;
    if (nonce < nextNonce) {
      const found = step.transient ? undefined : await step.verify(session);
      if (found !== undefined) throw stepMismatch(step, found);
      continue;
    }
    options.onStep?.(step.what, index, plan.steps.length);
    const receipt = await session.send(account, {
      what: step.what,
      data: step.data,
      nonce,
      ...(step.to === undefined ? {} : { to: step.to }),
    });
    const found = await step.verify(session);
    if (found !== undefined) {
      throw new LpError({
        code: "deploy_step_failed",
        message: `"${step.what}" was mined, but ${found}: the node may serve an old state; run the same command again`,
        details: { what: step.what, found },
      });
    }
    transactions++;
    gasUsed += receipt.gasUsed;
    logger.debug("deployment step done", { step: step.what, gasUsed: receipt.gasUsed, nonce });
  }
  logger.info("protocol is deployed", { controller: plan.addresses.Controller, transactions, gasUsed });
  return { chainId: session.chainId, deployer, addresses: plan.addresses, transactions, gasUsed };
}

async function defaultStartNonce(session: ChainSession, deployer: Address, nextNonce: number): Promise<number> {
  if (nextNonce === 0) return 0;
  const first = toAddress(getContractAddress({ from: deployer, nonce: 0n }));
  if (!(await session.hasCode(first))) return nextNonce;
  const isController = await session.read(controllerAbi, first, "paused", []).then(
    () => true,
    () => false,
  );
  return isController ? 0 : nextNonce;
}

async function requireFunds(session: ChainSession, deployer: Address): Promise<void> {
  const needed = deploymentGas * session.maxFeePerGasWei;
  const balance = await session.balance(deployer);
  if (balance < needed) {
    throw new LpError({
      code: "deploy_unfunded",
      message: `the deployer ${deployer} has ${balance} wei, a deployment may take ${needed} wei: send it ether, or lower the fee limit`,
      details: { deployer, balance: String(balance), needed: String(needed) },
    });
  }
}
