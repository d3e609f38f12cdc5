import { RewardCaller, RoundInitializer } from "@livepeer-ts/economics";
import type { EventSink } from "@livepeer-ts/kernel";
import type { ChainConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import type { ChainContext } from "./chain-context.ts";

/**
 * Rewards and round initialization of any node on chain. Rewards are called without being asked for when the account is registered,
 * and by an orchestrator, whose account may be registered later.
 */
export function startDuties(
  duties: ChainConfig["duties"],
  chain: ChainContext,
  events: EventSink,
  ports: ProcessPorts,
  isOrchestrator = false,
): void {
  const duty = { ...ports, ...chain, events, submitter: chain.transactions };
  const isRegistered = chain.pool.members().some((member) => member.address === chain.signer.address);
  if (duties.reward ?? (isRegistered || isOrchestrator)) new RewardCaller(duty).start(ports.tasks);
  if (duties.initializeRound) {
    new RoundInitializer({ maxDelayMs: duties.initializeRoundMaxDelayMs }, duty).start(ports.tasks);
  }
}
