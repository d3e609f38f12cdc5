import { type Address, type Hex, type Logger, LpError, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { privateKeyToAccount } from "viem/accounts";
import { controllerCode } from "./bytecode/index.ts";
import type { ChainSession } from "./chain-session.ts";
import type { DeployParams } from "./deploy-params.ts";
import {
  type DeployPlan,
  type DeployVariant,
  type ProtocolAddresses,
  planDeployment,
  stepMismatch,
} from "./deploy-plan.ts";
import { findCreated } from "./find-created.ts";

export type DeployProtocolOptions = DeployVariant & {
  /** Chain to deploy to; its id must be the one in `params`. */
  readonly session: ChainSession;
  /** Private key of the deployer; it becomes the Controller's owner. */
  readonly deployerKey: Hex;
  readonly params: DeployParams;
  /**
   * Nonce of the deployment's first transaction. Default: that of the newest Controller the account made, so that a
   * deployment is gone on with; else the account's next nonce.
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
  /** Nonce of its first transaction. */
  readonly startNonce: number;
  readonly addresses: ProtocolAddresses;
  /** Steps of the whole deployment. */
  readonly steps: number;
  /** Transactions sent by this call; 0 when everything was there. */
  readonly transactions: number;
  /** By this call. */
  readonly gasUsed: bigint;
};

/** Gas of a whole deployment, rounded up; the account must be able to pay for what is left of it. */
const deploymentGas = 40_000_000n;

/**
 * Deploys the protocol with plain creations from one account: the same key, start nonce and parameters give the same
 * addresses. Run again it checks what is there and goes on where it stopped.
 * Rejects with `deploy_wrong_chain`, `deploy_unfunded`, `deploy_reverted`, `deploy_chain_differs`, `deploy_interrupted`
 * (retryable) and the session's codes.
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
  const deployer = toAddress(privateKeyToAccount(options.deployerKey).address);
  const nextNonce = await session.settledNonce(deployer);
  const startNonce = options.startNonce ?? (await findStart(session, deployer, nextNonce));
  if (startNonce > nextNonce) {
    throw new LpError({
      code: "deploy_bad_nonce",
      message: `the deployment is to start at nonce ${startNonce}, but the account ${deployer} is at ${nextNonce}: give a smaller start nonce`,
      details: { startNonce, nextNonce },
    });
  }
  const plan = planDeployment(deployer, startNonce, params, options);
  const done = Math.min(plan.steps.length, nextNonce - startNonce);
  await checkDone(session, plan, done);
  if (done < plan.steps.length) await requireFunds(session, deployer, plan.steps.length - done, plan.steps.length);
  const gasUsed = await sendRest(options, plan, startNonce, done);
  const transactions = plan.steps.length - done;
  logger.info("protocol is deployed", { controller: plan.addresses.Controller, transactions, gasUsed });
  return {
    chainId: session.chainId,
    deployer,
    startNonce,
    addresses: plan.addresses,
    steps: plan.steps.length,
    transactions,
    gasUsed,
  };
}

/** Sends the steps that were not sent yet; resolves with the gas they took. */
async function sendRest(
  options: DeployProtocolOptions,
  plan: DeployPlan,
  startNonce: number,
  done: number,
): Promise<bigint> {
  const { session } = options;
  const account = privateKeyToAccount(options.deployerKey);
  let gasUsed = 0n;
  for (const [index, step] of plan.steps.entries()) {
    if (index < done) continue;
    options.onStep?.(step.what, index, plan.steps.length);
    try {
      const receipt = await session.send(account, {
        what: step.what,
        data: step.data,
        nonce: startNonce + index,
        ...(step.to === undefined ? {} : { to: step.to }),
      });
      gasUsed += receipt.gasUsed;
      const found = await step.verify(session);
      if (found !== undefined) {
        throw new LpError({
          code: "deploy_step_failed",
          message: `"${step.what}" was mined, but ${found}: the node may serve an old state; run the same command again`,
          details: { what: step.what, found },
        });
      }
    } catch (cause) {
      throw interrupted(cause, step.what, index, plan.steps.length);
    }
    options.logger?.debug("deployment step done", { step: step.what, index });
  }
  return gasUsed;
}

async function checkDone(session: ChainSession, plan: DeployPlan, done: number): Promise<void> {
  for (const step of plan.steps.slice(0, done)) {
    const found = step.transient ? undefined : await step.verify(session);
    if (found !== undefined) throw stepMismatch(step, found);
  }
}

function interrupted(cause: unknown, what: string, index: number, count: number): unknown {
  if (!(cause instanceof LpError) || !cause.retryable) return cause;
  return new LpError({
    code: "deploy_interrupted",
    message: `the deployment stopped at step ${index + 1} of ${count}, "${what}": ${cause.message}. Nothing is lost: run the same command again to go on from there`,
    details: { what, step: index + 1, steps: count, reason: cause.code },
    retryable: true,
    cause,
  });
}

async function findStart(session: ChainSession, deployer: Address, nextNonce: number): Promise<number> {
  return (await findCreated(session, deployer, nextNonce, controllerCode))?.nonce ?? nextNonce;
}

async function requireFunds(session: ChainSession, deployer: Address, left: number, count: number): Promise<void> {
  const needed = (deploymentGas * session.maxFeePerGasWei * BigInt(left)) / BigInt(count);
  const balance = await session.balance(deployer);
  if (balance < needed) {
    throw new LpError({
      code: "deploy_unfunded",
      message: `the deployer ${deployer} has ${balance} wei, the deployment may take ${needed} wei: send it ether, or lower the fee limit`,
      details: { deployer, balance: String(balance), needed: String(needed) },
    });
  }
}
