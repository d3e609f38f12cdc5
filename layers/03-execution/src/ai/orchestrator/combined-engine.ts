import { LpError } from "@livepeer-ts/kernel";
import type { AiEngine, AiOffer } from "../ports/ai-engine.ts";
import { aiErrors } from "../wire/ai-wire.ts";

/** Several engines as one: a job goes to the first that has a place for it. */
export function combinedEngine(engines: readonly AiEngine[]): AiEngine {
  return {
    offers() {
      const sums = new Map<string, AiOffer>();
      for (const offer of engines.flatMap((engine) => engine.offers())) {
        const key = `${offer.pipeline}/${offer.modelId}`;
        const sum = sums.get(key);
        sums.set(
          key,
          sum === undefined
            ? offer
            : {
                ...sum,
                isWarm: sum.isWarm || offer.isWarm,
                capacity: sum.capacity + offer.capacity,
                inUse: sum.inUse + offer.inUse,
              },
        );
      }
      return [...sums.values()];
    },
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
