import { rational } from "@livepeer-ts/kernel";
import type { OutgoingPayment, PaymentSender } from "../../ports/payment-sender.ts";
import { byocJobCapabilities } from "./byoc-capability.ts";
import type { ByocToken } from "./byoc-tokens.ts";

/**
 * What is missing of so many seconds in advance at an orchestrator; undefined where nothing is. The orchestrator's word on the
 * balance counts, so each payment is a session of its own. Rejects with what the sender's checks say.
 */
export async function advancePayment(
  { capability, weiPerSecond, balanceWei, offer }: ByocToken,
  seconds: number,
  payments: PaymentSender,
): Promise<OutgoingPayment | undefined> {
  if (weiPerSecond === 0n || offer.ticketParams === undefined) return undefined;
  const neededWei = BigInt(seconds) * weiPerSecond - balanceWei;
  if (neededWei <= 0n) return undefined;
  payments.checkOffer(offer);
  return payments.session(offer, { job: byocJobCapabilities(capability) }).pay(rational(neededWei, weiPerSecond));
}
