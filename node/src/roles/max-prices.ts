import { maxPriceOfJob } from "@livepeer-ts/economics";
import type { Capabilities } from "@livepeer-ts/execution";
import type { Rational } from "@livepeer-ts/kernel";
import type { MaxPrices } from "../flags/node-config.ts";
import type { CurrencyRates } from "./currency-rates.ts";

/** Highest price of a job by the flags, at the rates of the moment. */
export function maxPriceAt(
  { base, perCapability }: MaxPrices,
  rates: CurrencyRates,
): (capabilities: Capabilities) => Rational | undefined {
  return (capabilities) =>
    maxPriceOfJob(
      capabilities,
      perCapability.map(({ capability, modelId, price }) => ({
        capability,
        constraint: modelId,
        price: rates.weiPerPixel(price),
      })),
      base === undefined ? undefined : rates.weiPerPixel(base),
    );
}

/** All prices of the flags, for the currencies they are in. */
export function pricesIn({ base, perCapability }: MaxPrices) {
  return [...(base === undefined ? [] : [base]), ...perCapability.map(({ price }) => price)];
}
