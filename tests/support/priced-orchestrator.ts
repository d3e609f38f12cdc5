import { homedir } from "node:os";
import { SlotPool } from "@livepeer-ts/compute";
import {
  aiPipelines,
  localAiEngine,
  parseOrchestratorOptions,
  routed,
  startOrchestrator,
} from "@livepeer-ts/execution";
import { LpError, type Rational } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { FfmpegMediaMeter, FfmpegVideoAssembler } from "@livepeer-ts/media/adapters";
import { healthRoute } from "../../node/src/admin/health-route.ts";
import { checkFlags } from "../../node/src/flags/check-flags.ts";
import { parseGoFlags } from "../../node/src/flags/go-flags.ts";
import { nodeFlags } from "../../node/src/flags/node-flags.ts";
import { createProcessPorts } from "../../node/src/process-ports.ts";
import { openOrchestratorMoney } from "../../node/src/roles/orchestrator-money.ts";
import { addresses, type WorldModel } from "./ai-world.ts";

export type PricedModel = WorldModel & { readonly pricePerUnit: Rational };

/**
 * An orchestrator in this process that takes AI jobs for tickets, with the product's own money and runners that answer already. `args` are a
 * node's flags; `-orchestrator` is among them.
 */
export async function startPricedOrchestrator(
  args: readonly string[],
  port: number,
  models: readonly PricedModel[],
): Promise<{ stop(): Promise<void> }> {
  const flags = parseGoFlags(nodeFlags, { args, env: {}, readFile: () => undefined });
  const { config, problems } = checkFlags(flags, { home: homedir() });
  if (config?.role !== "orchestrator") throw new LpError({ code: "bad_flag", message: problems.join("\n") });
  const ports = createProcessPorts("orchestrator", { level: 1, format: "text" });
  const money = await openOrchestratorMoney(config, ports);
  for (const { pipeline, modelId, pricePerUnit } of models) {
    const capability = aiPipelines.find(({ name }) => name === pipeline)?.capability ?? -1;
    money.prices.book.setForCapability({ capability, constraint: modelId, price: pricePerUnit });
  }
  const meter = new FfmpegMediaMeter({}, ports.clock);
  const engine = localAiEngine({
    ...ports,
    pool: addresses(models),
    assembler: new FfmpegVideoAssembler({}, ports.clock),
  });
  const serviceUri = `https://127.0.0.1:${port}`;
  const role = startOrchestrator(parseOrchestratorOptions({ serviceUri, transcoderSecret: "secret" }), {
    ...ports,
    ...money,
    backend: undefined,
    slots: new SlotPool({ slots: 1 }),
    ai: { engine, meter },
  });
  const host = await startHttpHost(
    { host: "127.0.0.1", port, tls: await createSelfSignedCertificate("127.0.0.1") },
    routed([healthRoute, { name: "orchestrator", match: () => true, handle: role.handler }]),
    ports.logger,
  );
  return {
    async stop() {
      await host.stop();
      await role.stop();
      await ports.tasks.stop();
      await meter.stop();
      await ports.net.stop();
      await money.close();
    },
  };
}
