import type { PriceFlag } from "@livepeer-ts/economics";
import { errorText } from "@livepeer-ts/kernel";
import { badRequest } from "./admin-answer.ts";
import type { AdminCall } from "./admin-route.ts";
import { parseGoRational } from "./go-values.ts";

/** How a route words its refusals of a price. */
export type PriceTexts = {
  /** `Error` or `error`. */
  readonly error: string;
  /** True: prices below 0 are refused. */
  readonly refusesNegative: boolean;
};

/** A price of the parameters `<price>`, `pixelsPerUnit` and `currency`. Throws 400 with the texts that tools match on. */
export function priceParam(call: AdminCall, name: "pricePerUnit" | "maxPricePerUnit", texts: PriceTexts): PriceFlag {
  const written = call.param(name);
  const amount = parseGoRational(written);
  if (amount === undefined) throw badRequest(`${texts.error} parsing pricePerUnit value: ${written}`);
  if (texts.refusesNegative && amount.num < 0n)
    throw badRequest(`price unit must be greater than or equal to 0, provided ${written}`);
  const pixels = call.param("pixelsPerUnit");
  const pixelsPerUnit = parseGoRational(pixels);
  if (pixelsPerUnit === undefined) throw badRequest(`${texts.error} parsing pixelsPerUnit value: ${pixels}`);
  if (pixelsPerUnit.num <= 0n) throw badRequest(`pixels per unit must be greater than 0, provided ${pixels}`);
  return { amount, pixelsPerUnit, currency: call.param("currency").toUpperCase() };
}

/** Runs what converts a price. Throws 400 `error converting price: …`. */
export async function converting(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw badRequest(`error converting price: ${errorText(error)}`);
  }
}
