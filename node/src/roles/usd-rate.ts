import { type Clock, errorText, type Logger, type Rational } from "@livepeer-ts/kernel";
import type { CurrencyRates } from "./currency-rates.ts";

/** A feed that could not be used is tried again after this time, ms. */
const againMs = 600_000;

/** Wei for a US dollar, for whoever shows amounts; the feed is opened when somebody asks. Undefined without a usable feed. */
export function usdRate(
  rates: CurrencyRates,
  deps: { readonly clock: Pick<Clock, "mono">; readonly logger: Logger },
): () => Promise<Rational | undefined> {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (deps.clock.mono() - failedAt < againMs) return undefined;
    try {
      await rates.require("USD");
      return rates.weiPerUnit("USD");
    } catch (error) {
      failedAt = deps.clock.mono();
      deps.logger.info("amounts have no price in US dollars", { error: errorText(error) });
      return undefined;
    }
  };
}
