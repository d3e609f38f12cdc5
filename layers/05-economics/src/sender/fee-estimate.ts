import { mulRational, type Rational, rationalFromNumber } from "@livepeer-ts/kernel";

/** The estimate is raised by this factor: the exact value of the double 1.02, as in the reference. */
export const feeSafetyFactor: Rational = rationalFromNumber(1.02);

/** Fee in wei to have in credit before work of `units` pixels starts. */
export function feeEstimate(units: Rational, pricePerUnit: Rational): Rational {
  return mulRational(mulRational(units, feeSafetyFactor), pricePerUnit);
}
