import { fixedCurrencyRate, type PriceFlag } from "@livepeer-ts/economics";
import type { FlagValues } from "../go-flags.ts";
import type { Problems } from "./problems.ts";

/** A sentence for prices that nobody can convert: other currencies come from a feed on the chain. */
export function checkCurrency(flag: string, price: PriceFlag | undefined, flags: FlagValues, problems: Problems): void {
  if (price === undefined || fixedCurrencyRate(price.currency) !== undefined) return;
  if (flags.get("network") === "offchain")
    problems.add(`-${flag} in ${price.currency} needs a price feed on a chain: give it in wei or eth`);
}
