import type { DutiesConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { startChainContext } from "./chain-context.ts";
import { showChain } from "./chain-gauges.ts";
import { closeNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { createNodeEvents } from "./event-sink.ts";
import type { RunningRole } from "./running-role.ts";

/** A node that calls reward and initializes rounds, and nothing else. */
export async function runDutiesNode(config: DutiesConfig, ports: ProcessPorts): Promise<RunningRole> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const events = createNodeEvents(config.events, `duties-${chain.identity}`, databases, ports);
  startDuties(config.chain.duties, chain, events, ports);
  await start();
  showChain(chain, ports);
  ports.logger.info("node is ready", { address: chain.signer.address });
  return {
    subjects: { chain },
    facts: { address: chain.signer.address },
    async stop() {
      await ports.tasks.stop();
      await ports.net.stop();
      await closeNodeDatabases(databases);
    },
  };
}
