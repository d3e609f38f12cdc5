import type { SenderFaultCode } from "@livepeer-ts/execution";
import { type Address, checksumAddress, type ErrorDetails, LpError } from "@livepeer-ts/kernel";

/** Refusals of tickets and payments, with the texts that peers match on. `fatal` ends the whole payment. */
export const ticketErrors = {
  senderInfo: (sender: Address, cause: string) => ({
    code: "ticket_sender_unknown",
    message: `could not get sender info for ${checksumAddress(sender)}: ${cause}`,
    fatal: true,
  }),
  senderUnlocking: (sender: Address) => ({
    code: "ticket_sender_unlocking",
    message: `deposit and reserve for sender ${checksumAddress(sender)} is set to unlock soon`,
    fatal: true,
  }),
  recipient: () => ({ code: "ticket_recipient", message: "invalid ticket recipient", fatal: true }),
  sender: () => ({ code: "ticket_sender", message: "invalid ticket sender", fatal: true }),
  recipientRand: () => ({
    code: "ticket_recipient_rand",
    message: "invalid recipientRand for ticket recipientRandHash",
    fatal: true,
  }),
  signature: () => ({ code: "ticket_signature", message: "invalid ticket signature", fatal: false }),
  nonceSeen: (sender: Address, nonce: number) => ({
    code: "ticket_nonce_seen",
    message: `invalid ticket senderNonce: already seen sender=${checksumAddress(sender)} nonce=${nonce}`,
    fatal: false,
  }),
  nonceLimit: (sender: Address, nonce: number) => ({
    code: "ticket_nonce_limit",
    message: `invalid ticket senderNonce: too many values sender=${checksumAddress(sender)} nonce=${nonce}`,
    fatal: false,
  }),
  paramsExpired: () => ({ code: "ticket_params_expired", message: "TicketParams expired", fatal: false }),
} as const;

/** One refusal of a ticket. */
export type TicketRefusal = { readonly code: string; readonly message: string; readonly fatal: boolean };

/** The refusal as an error. */
export function refusalError(refusal: TicketRefusal): LpError {
  const { code, message, fatal } = refusal;
  return new LpError({ code, message, details: { fatal } });
}

/** Refusals of a whole payment. */
export const paymentErrors = {
  noSender: (text: string) =>
    new LpError({ code: "payment_no_sender", message: `Could not find Sender for payment: ${text}` }),
  inactive: (recipient: Address, round: bigint) =>
    new LpError({
      code: "payment_recipient_inactive",
      message: `orchestrator ${checksumAddress(recipient)} is inactive in round ${round}, cannot process payments`,
      retryable: true,
    }),
  expectedPrice: (cause: string) =>
    new LpError({ code: "payment_expected_price", message: `invalid expected price sent with payment err="${cause}"` }),
} as const;

/** Why a recipient makes no offer. */
export const offerErrors = {
  /** Peers see the text alone; `details` say which numbers did not fit, in wei, and which flag sets the wanted one. */
  insufficientReserve: (details: ErrorDetails = {}) =>
    new LpError({ code: "insufficient_sender_reserve", message: "insufficient sender reserve", details }),
  /** The contract takes no ticket whose round has no block hash: work for such tickets would be done for nothing. */
  noRoundHash: (round: bigint) =>
    new LpError({
      code: "no_round_hash",
      message: `the chain has no block hash for round ${round} nor for the round before: tickets of these rounds cannot be redeemed, try again in the next round`,
      details: { round: round.toString() },
      retryable: true,
    }),
  priceRange: () => new LpError({ code: "price_range", message: "price cannot be converted to int64" }),
} as const;

/** Why a sender does not pay an offer. */
export const senderErrors = {
  paramsMissing: () => new LpError({ code: "ticket_params_missing", message: "ticketParams is nil" }),
  expirationBlockZero: () =>
    new LpError({ code: "ticket_params_no_expiration", message: "ticketParams expiration block is 0" }),
  paramsExpired: () => new LpError({ code: "ticket_params_expired", message: "TicketParams expired", retryable: true }),
  paramsUsedUp: (limit: number) =>
    new LpError({
      code: "ticket_params_expired",
      message: `these ticket parameters have been used for ${limit} tickets: ask the orchestrator for new ones`,
      retryable: true,
    }),
  faceValueTooLow: (faceValueWei: bigint) =>
    new LpError({ code: "ticket_face_value_low", message: `ticket faceValue too low faceValue=${faceValueWei}` }),
  evTooHigh: (ev: string, max: string) =>
    new LpError({ code: "ticket_ev_high", message: `ticket EV ${ev} > max ticket EV ${max}` }),
  unlocking: () =>
    new LpError({
      code: "sender_unlocking" satisfies SenderFaultCode,
      message: "unable to validate sender: deposit and reserve is set to unlock soon",
    }),
  fundsUnknown: () =>
    new LpError({
      code: "sender_funds_unknown",
      message: "unable to validate sender: the deposit has not been read from the chain yet, try again in a moment",
      retryable: true,
    }),
  noReserve: () => new LpError({ code: "sender_no_reserve" satisfies SenderFaultCode, message: "no sender reserve" }),
  noDeposit: () => new LpError({ code: "sender_no_deposit" satisfies SenderFaultCode, message: "no sender deposit" }),
  totalEvTooHigh: (ev: string, count: number, max: string) =>
    new LpError({
      code: "ticket_total_ev_high",
      message: `total ticket EV ${ev} for ${count} tickets > max total ticket EV ${max}`,
    }),
  faceValueTooHigh: (faceValueWei: bigint, maxWei: bigint) =>
    new LpError({
      code: "ticket_face_value_high",
      message: `ticket faceValue ${faceValueWei} > max faceValue ${maxWei}`,
    }),
  sessionUnknown: (id: string) =>
    new LpError({ code: "ticket_session_unknown", message: `error loading session: ${id}` }),
  priceDoubled: (current: string, initial: string) =>
    new LpError({
      code: "price_doubled",
      message: `Orchestrator price has more than doubled, Orchestrator price: ${current}, Orchestrator initial price: ${initial}`,
    }),
  priceMissing: () => new LpError({ code: "missing_price", message: "missing orchestrator price" }),
} as const;

/** Why a winner is not redeemed now, or never. */
export const redemptionErrorText = {
  alreadyUsed: "ticket already used",
  expired: "ticket is expired",
  noBlockHash: "ticket creationRound does not have a block hash",
  usedOnChain: "ticket is used",
  roundNotInitialized: "current round is not initialized",
  paused: "system is paused",
  insufficientFunds: "insufficient sender funds for redeem tx cost",
  insufficientFaceValue: "insufficient ticket face value for redeem tx cost",
  payoutShort: "the sender cannot cover the face value at present",
} as const;
