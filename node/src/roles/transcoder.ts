import { SlotPool } from "@livepeer-ts/compute";
import { localEngine, nodeCapabilities, startTranscoder } from "@livepeer-ts/execution";
import type { TranscoderConfig } from "../flags/node-config.ts";
import { nodeVersion } from "../node-version.ts";
import type { ProcessPorts } from "../process-ports.ts";
import type { OpenTranscoder } from "./local-transcoder.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";
import { noTranscodersToCount } from "./session-limit.ts";

/** A transcoder that works for another machine's orchestrator. */
export async function runTranscoder(
  config: TranscoderConfig,
  ports: ProcessPorts,
  openTranscoder: OpenTranscoder,
): Promise<RunningRole> {
  const { orchestratorUrl, secret, capacity, allowEgress } = config;
  const { backend, capabilities, engine } = await openTranscoder(config.local, config.dataDir, ports);
  const net = peerNet({ named: [orchestratorUrl], chainId: undefined, allowEgress }, ports.net);
  const slots = new SlotPool({ slots: capacity });
  const role = startTranscoder(
    { orchestratorUrl, secret, capacity },
    {
      ...ports,
      net,
      engine: localEngine({ backend, slots, version: nodeVersion }),
      capabilities: nodeCapabilities({ capabilities, version: nodeVersion }),
    },
  );
  ports.logger.info("transcoder is ready", { orchestrator: orchestratorUrl, transcoder: engine });
  return {
    subjects: {
      worker: { isRegistered: () => role.isRegistered },
      capacity: {
        // it does not learn when a session begins: what it works on is what it has
        running: () => role.openTasks,
        maxSessions: () => role.capacity,
        setMaxSessions: (wanted) => {
          if (wanted === "auto") throw noTranscodersToCount();
          slots.resize(wanted);
          role.setCapacity(wanted);
        },
        refuseNew: (refuses) => role.setAway(refuses),
      },
    },
    facts: {},
    failed: role.refused,
    async stop() {
      await role.stop();
      await backend.close();
      await ports.tasks.stop();
      await net.stop();
      await ports.net.stop();
    },
  };
}
