import { compareRational, formatRational, mulRational, type Rational, rational } from "@livepeer-ts/kernel";
import { senderErrors } from "../wire/ticket-errors.ts";

/**
 * Refuses to pay when the price has more than doubled since the session began, or is absent.
 * Without a (valid) initial price there is nothing to compare with. Throws `price_doubled`, `missing_price`.
 */
export function checkSessionPrice(current: Rational | undefined, initial: Rational | undefined): void {
  if (current === undefined) throw senderErrors.priceMissing();
  if (initial === undefined) return;
  if (compareRational(current, mulRational(initial, rational(2n))) > 0) {
    throw senderErrors.priceDoubled(formatRational(current), formatRational(initial));
  }
}
