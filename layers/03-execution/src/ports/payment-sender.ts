import type { Hash32, Rational } from "@livepeer-ts/kernel";
import type { Capabilities, OrchestratorInfo } from "../wire/net_pb.gen.ts";

/** Codes of `PaymentSession.pay` that are the gateway's own fault: no other orchestrator would take its tickets either. */
export const senderFaultCodes = ["sender_no_reserve", "sender_no_deposit", "sender_unlocking"] as const;
export type SenderFaultCode = (typeof senderFaultCodes)[number];

/** A ticket that went out with a request; for records. */
export type SentTicket = {
  readonly hash: Hash32;
  readonly faceValueWei: bigint;
  /** Numerator over 2^256 − 1. */
  readonly winProb: bigint;
  readonly senderNonce: number;
};

/** The payment of one request. Exactly one of `notSent`, `spent`, `settle` must be called. */
export interface OutgoingPayment {
  /** Value of the `Livepeer-Payment` header; empty off chain. */
  readonly header: string;
  readonly tickets: readonly SentTicket[];
  /** Value of the `Livepeer-Segment` header for the session's manifest id, where the payer signed it too. */
  readonly credentials?: string | undefined;
  /** Σ expected value of the tickets, wei. */
  readonly expectedValue: Rational;
  /** The request never left: the credit comes back. */
  notSent(): void;
  /** The request left and no usable answer came: the credit is gone. */
  spent(): void;
  /** The work was answered: the fee of these pixels is debited, the rest is kept as credit. */
  settle(pixelCount: bigint): void;
}

/** Paying one orchestrator for one stream. */
export interface PaymentSession {
  /** Takes a fresher offer of the same orchestrator: ticket parameters, price, session id. */
  update(offer: OrchestratorInfo): void;
  /** Throws an `LpError` when the offer must not be paid (`ticket_params_expired` asks for a refresh). */
  check(): void;
  /**
   * Makes the payment for work estimated at `units` pixels (before the safety factor). `isExact`: it is known, and no factor is wanted.
   * Throws like `check`, and `price_doubled`, `missing_price`, `senderFaultCodes`.
   */
  pay(units: Rational, isExact?: boolean): Promise<OutgoingPayment>;
  /** Price per pixel of the offer; undefined off chain. */
  price(): Rational | undefined;
}

/** What payments are for, where more than pixels of a stream. */
export type PaymentPurpose = {
  /** What the job needs, where the highest price depends on it. */
  readonly job?: Capabilities;
  /** What the credentials of the payments are for. Default: none are wanted. */
  readonly manifestId?: string;
};

/** Opens payment sessions for the gateway. Off chain: empty headers, nothing checked. */
export interface PaymentSender {
  session(offer: OrchestratorInfo, purpose?: PaymentPurpose): PaymentSession;
  /** Throws the sender-side check of a discovered offer for one ticket (wire-payments §5.6). */
  checkOffer(offer: OrchestratorInfo): void;
}
