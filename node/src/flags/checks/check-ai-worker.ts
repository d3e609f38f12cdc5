import type { FlagValues } from "../go-flags.ts";
import type { AiWorkerConfig, CommonConfig } from "../node-config.ts";
import { checkRunners, readAiModels } from "./check-runners.ts";
import { checkWorker } from "./check-worker.ts";
import type { Problems } from "./problems.ts";

/** Settings of a worker of AI jobs for another machine's orchestrator. */
export function checkAiWorker(common: CommonConfig, flags: FlagValues, problems: Problems): AiWorkerConfig {
  if (flags.bool("aiServerless"))
    problems.add("-aiServerless needs -orchestrator -aiWorker: jobs of live video are not handed to remote workers");
  const models = readAiModels(flags, problems);
  if (models.some(({ price }) => price !== undefined))
    problems.warn("prices in -aiModels do nothing at an AI worker: its orchestrator has the prices");
  return {
    ...common,
    role: "aiWorker",
    ...checkWorker("an AI worker", flags, problems),
    runners: checkRunners(models, common, flags, problems),
  };
}
