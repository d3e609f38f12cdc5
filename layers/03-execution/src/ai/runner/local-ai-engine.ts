import type { RunnerPool } from "@livepeer-ts/compute";
import { errorText, type Logger } from "@livepeer-ts/kernel";
import { aiPipeline } from "../pipelines/ai-pipelines.ts";
import { type AiEngine, type AiOffer, type AiOutcome, RunnerRefusal } from "../ports/ai-engine.ts";
import { relayed } from "../wire/relayed.ts";
import { callRunner, type RunnerCallDeps } from "./runner-call.ts";

export type LocalAiEngineDeps = RunnerCallDeps & { readonly pool: RunnerPool; readonly logger: Logger };

/** Longest inference, ms. */
export const maxInferenceMs = 15 * 60_000;

/** AI jobs on the runners of this machine. */
export function localAiEngine(deps: LocalAiEngineDeps): AiEngine {
  const { pool, logger } = deps;
  return {
    offers: () =>
      pool.models().flatMap((model): AiOffer[] => {
        const pipeline = aiPipeline(model.pipeline);
        if (pipeline === undefined || model.state === "failed") return [];
        const { modelId, capacity, inUse, version } = model;
        return [
          {
            pipeline: pipeline.name,
            modelId,
            isWarm: model.state === "ready",
            capacity,
            inUse,
            runnerVersion: version,
          },
        ];
      }),
    async run(job, signal) {
      const { pipeline, modelId } = job.request;
      const lease = await pool.borrow(pipeline.name, modelId, signal);
      let outcome: AiOutcome;
      try {
        outcome = await callRunner(lease, job, deps, maxInferenceMs, signal);
      } catch (error) {
        const isBroken = !(error instanceof RunnerRefusal) && !signal.aborted;
        if (isBroken)
          logger.warn("a runner did not do its job", { pipeline: pipeline.name, modelId, error: errorText(error) });
        lease.release(isBroken);
        throw error;
      }
      if (outcome.kind === "json") {
        lease.release();
        return outcome;
      }
      return {
        kind: "events",
        events: relayed(
          outcome.events,
          (event) => event,
          ({ kind }) => lease.release(kind === "broken"),
        ),
      };
    },
  };
}
