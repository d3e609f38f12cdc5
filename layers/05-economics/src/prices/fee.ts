import { mulRational, type Rational, rational } from "@livepeer-ts/kernel";

/** Fee in wei of this many pixels (or units). */
export function feeOf(pixelCount: bigint, pricePerPixel: Rational): Rational {
  return mulRational(rational(pixelCount), pricePerPixel);
}
