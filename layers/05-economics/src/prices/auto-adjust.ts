import { addRational, divRational, mulRational, type Rational, rational } from "@livepeer-ts/kernel";
import { type FaceValueInputs, txCostMultiplierOf } from "../recipient/ticket-offer.ts";
import { fixedToPrice, priceToFixed, wirePrice } from "./fixed-point.ts";

/**
 * The price with the cost of redemption on top: base × (1 + 1/txCostMultiplier), cut to 3 decimals.
 * A base of 0 or a multiplier of 0 adds nothing.
 */
export function autoAdjustedPrice(base: Rational, txCostMultiplier: Rational): Rational {
  const one = rational(1n);
  const overhead =
    base.num > 0n && txCostMultiplier.num > 0n ? addRational(one, divRational(one, txCostMultiplier)) : one;
  return fixedToPrice(priceToFixed(mulRational(base, overhead)));
}

/**
 * The price as it is offered: the base, with the cost of redemption on top unless that is switched off, in a form that fits a
 * message. Throws `insufficient sender reserve`, `price cannot be converted to int64`.
 */
export function advertisedPrice(base: Rational, autoAdjust: boolean, inputs: () => FaceValueInputs): Rational {
  if (!autoAdjust || base.num <= 0n) return wirePrice(base);
  return wirePrice(autoAdjustedPrice(base, txCostMultiplierOf(inputs())));
}
