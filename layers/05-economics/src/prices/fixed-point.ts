import { floorRational, type Rational, rational } from "@livepeer-ts/kernel";
import { offerErrors } from "../wire/ticket-errors.ts";

const maxInt64 = (1n << 63n) - 1n;
const minInt64 = -(1n << 63n);
const scale = 1000n;

/** True when the value is an int64. */
export function isInt64(value: bigint): boolean {
  return value >= minInt64 && value <= maxInt64;
}

/** Price × 1000 toward zero; values beyond int64 end at its limits, as in the reference. */
export function priceToFixed(price: Rational): bigint {
  const fixed = (price.num * scale) / price.den;
  return fixed > maxInt64 ? maxInt64 : fixed < minInt64 ? minInt64 : fixed;
}

/** The price that a fixed-point number stands for. */
export function fixedToPrice(fixed: bigint): Rational {
  return rational(fixed, scale);
}

/** The price rounded down to an integer. Throws `price cannot be converted to int64`. */
export function priceToInt64(price: Rational): bigint {
  const floor = floorRational(price);
  if (!isInt64(floor)) throw offerErrors.priceRange();
  return floor;
}

/** A price that fits a message: as it is, else rounded down to an integer. Throws `price cannot be converted to int64`. */
export function wirePrice(price: Rational): Rational {
  if (isInt64(price.num) && isInt64(price.den)) return price;
  return rational(priceToInt64(price));
}
