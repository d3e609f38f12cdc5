import type { OutgoingPayment, PaymentRecipient, PaymentSender, PaymentSession } from "@livepeer-ts/execution";
import { zeroRational } from "@livepeer-ts/kernel";

const nothing: OutgoingPayment = {
  header: "",
  tickets: [],
  expectedValue: zeroRational,
  notSent() {},
  spent() {},
  settle() {},
};

const freeSession: PaymentSession = {
  update() {},
  check() {},
  pay: async () => nothing,
  price: () => undefined,
};

/** Off chain nobody pays: empty headers, nothing checked. */
export const freePaymentSender: PaymentSender = { session: () => freeSession, checkOffer() {} };

/** Off chain everybody is served: no offers, everything accepted. */
export const acceptAllPaymentRecipient: PaymentRecipient = {
  recipient: undefined,
  offer: async () => ({ ticketParams: undefined, priceInfo: undefined, capabilitiesPrices: [] }),
  receive: async () => ({ acceptedCount: 0, wonCount: 0, credited: zeroRational }),
  priceOf: () => undefined,
  hasBalance: () => true,
  covers: () => true,
  balanceOf: () => zeroRational,
  debit: () => zeroRational,
};
