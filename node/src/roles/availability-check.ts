import { type NodeSigner, OrchestratorClient } from "@livepeer-ts/execution";
import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Net,
  type Random,
  type TaskOwner,
} from "@livepeer-ts/kernel";

export type AvailabilityCheckDeps = {
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signer: NodeSigner;
};

const firstLookMs = 2000;
const pingMs = 8000;
const maxPauseMs = 300_000;

/**
 * Asks this orchestrator through its own service URI, as gateways will, until that works, and warns until then. The node goes
 * on: a proxy in front of it, or a name that is not known everywhere yet, may come later.
 */
export function startAvailabilityCheck(serviceUri: string, deps: AvailabilityCheckDeps, owner: TaskOwner): void {
  const client = new OrchestratorClient(deps);
  owner.spawn("availability check", async (signal) => {
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
      await deps.clock.sleep(pauseMs, signal);
      try {
        const value = deps.random.bytes(32);
        const signature = await client.ping(serviceUri, value, pingMs, signal);
        const { address } = deps.signer;
        if (address !== undefined && !deps.signer.verify(address, value, signature))
          throw new LpError({ code: "someone_else", message: "another node answers there" });
        deps.logger.info("this orchestrator is reached under its service URI", { serviceUri });
        return;
      } catch (error) {
        signal.throwIfAborted();
        deps.logger.warn(
          "this orchestrator does not reach itself: check -serviceAddr, the firewall and the proxy in front",
          {
            serviceUri,
            error: errorText(error),
          },
        );
      }
    }
  });
}
