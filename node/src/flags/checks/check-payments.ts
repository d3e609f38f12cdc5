import { parseMaxPricePerCapability, parsePriceFlag } from "@livepeer-ts/economics";
import { parseRational, type Rational, rational } from "@livepeer-ts/kernel";
import type { FlagValues } from "../go-flags.ts";
import type { MaxPrices, TicketLimits } from "../node-config.ts";
import { checkCurrency } from "./check-price.ts";
import type { Problems } from "./problems.ts";

/** Highest prices, from both flags. */
export function maxPrices(flags: FlagValues, problems: Problems): MaxPrices {
  const base = problems.read("maxPricePerUnit", () =>
    parsePriceFlag(flags.get("maxPricePerUnit"), "1", "-maxPricePerUnit"),
  );
  checkCurrency("maxPricePerUnit", base, flags, problems);
  const json = flags.get("maxPricePerCapability");
  const perCapability =
    json === "" ? [] : (problems.read("maxPricePerCapability", () => parseMaxPricePerCapability(json)) ?? []);
  for (const { price } of perCapability) checkCurrency("maxPricePerCapability", price, flags, problems);
  return { base: base === undefined || base.amount.num === 0n ? undefined : base, perCapability };
}

/** What is agreed to when tickets are sent. */
export function ticketLimits(flags: FlagValues, problems: Problems): TicketLimits {
  return {
    maxTicketEvWei: positive("maxTicketEV", flags, problems),
    maxTotalEvWei: positive("maxTotalEV", flags, problems),
    depositMultiplier: problems.whole("depositMultiplier", 1n),
  };
}

function positive(flag: string, flags: FlagValues, problems: Problems): Rational {
  const value = problems.read(flag, () => parseRational(flags.get(flag)));
  if (value !== undefined && value.num <= 0n)
    problems.add(`-${flag} ${flags.get(flag)} does not do: write wei above 0`);
  return value ?? rational(1n);
}
