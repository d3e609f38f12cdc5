import { LpError } from "@livepeer-ts/kernel";
import type { AiEngine } from "../ports/ai-engine.ts";
import { aiErrors } from "../wire/ai-wire.ts";
import { sumOffers } from "./sum-offers.ts";

/** Several engines as one: a job goes to the first that has a place for it. */
export function combinedEngine(engines: readonly AiEngine[]): AiEngine {
  return {
    offers: () => sumOffers(engines.flatMap((engine) => engine.offers())),
    run(job, signal) {
      const { pipeline, modelId } = job.request;
      const offers = (engine: AiEngine) =>
        engine.offers().filter((offer) => offer.pipeline === pipeline.name && offer.modelId === modelId);
      const free = engines.find((engine) => offers(engine).some(({ inUse, capacity }) => inUse < capacity));
      if (free !== undefined) return free.run(job, signal);
      return Promise.reject(
        new LpError({ code: "insufficient_capacity", message: aiErrors.capacity, retryable: true }),
      );
    },
  };
}
