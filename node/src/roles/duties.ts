import { RewardCaller, RoundInitializer } from "@livepeer-ts/economics";
import type { EventSink } from "@livepeer-ts/kernel";
import type { ChainConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import type { ChainContext } from "./chain-context.ts";

/** Rewards and round initialization of any node on chain: rewards start by themselves for a registered orchestrator. */
export function startDuties(
  duties: ChainConfig["duties"],
  chain: ChainContext,
  events: EventSink,
  ports: ProcessPorts,
): void {
  const duty = { ...ports, ...chain, events, submitter: chain.transactions };
  const isRegistered = chain.pool.members().some((member) => member.address === chain.signer.address);
  if (duties.reward ?? isRegistered) new RewardCaller(duty).start(ports.tasks);
  if (duties.initializeRound) {
    new RoundInitializer({ maxDelayMs: duties.initializeRoundMaxDelayMs }, duty).start(ports.tasks);
  }
}
