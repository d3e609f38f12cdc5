import { localAiEngine, startAiWorker } from "@livepeer-ts/execution";
import { LpError } from "@livepeer-ts/kernel";
import { FfmpegVideoAssembler } from "@livepeer-ts/media/adapters";
import type { AiWorkerConfig } from "../flags/node-config.ts";
import { nodeVersion } from "../node-version.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { openRunners } from "./open-runners.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";

/** A worker of AI jobs for another machine's orchestrator. */
export async function runAiWorker(config: AiWorkerConfig, ports: ProcessPorts): Promise<RunningRole> {
  const { orchestratorUrl, secret, allowEgress, dataDir } = config;
  const pool = await openRunners(config.runners, { dataDir, orchestratorUri: orchestratorUrl }, ports);
  const net = peerNet({ named: [orchestratorUrl], chainId: undefined, allowEgress }, ports.net);
  // runners are the operator's own; what an orchestrator names is not
  const engine = localAiEngine({ ...ports, pool, assembler: new FfmpegVideoAssembler({}, ports.clock) });
  const role = startAiWorker({ orchestratorUrl, secret, version: nodeVersion }, { ...ports, net, engine });
  ports.logger.info("AI worker is ready", { orchestrator: orchestratorUrl });
  return {
    subjects: {
      worker: { isRegistered: () => role.isRegistered },
      runners: pool,
      capacity: {
        running: () => role.openTasks,
        maxSessions: () => pool.models().reduce((sum, { capacity }) => sum + capacity, 0),
        setMaxSessions: () => {
          throw new LpError({
            code: "bad_option",
            message: "an AI worker takes as many jobs as its runners do: change capacity in -aiModels",
          });
        },
        refuseNew: (refuses) => role.setAway(refuses),
        inFlight: () => role.openTasks,
      },
    },
    facts: {},
    failed: role.refused,
    async stop() {
      // what still runs has had its time: without its runner it ends
      await Promise.all([role.stop(), pool.stop()]);
      await ports.tasks.stop();
      await net.stop();
      await ports.net.stop();
    },
  };
}
