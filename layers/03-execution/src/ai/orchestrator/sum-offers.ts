import type { AiOffer } from "../ports/ai-engine.ts";

/** One offer for each model: places add up, and it is warm when it is somewhere. */
export function sumOffers(offers: readonly AiOffer[]): readonly AiOffer[] {
  const sums = new Map<string, AiOffer>();
  for (const offer of offers) {
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
}
