import type { Address, Rational } from "@livepeer-ts/kernel";
import type { Capabilities, Payment, PriceInfo, TicketParams } from "../wire/net_pb.gen.ts";

export type PaymentOffer = {
  readonly ticketParams: TicketParams | undefined;
  readonly priceInfo: PriceInfo | undefined;
  /** One entry per priced (capability, model); only asked for without capabilities. */
  readonly capabilitiesPrices: readonly PriceInfo[];
};

export type ReceivedPayment = {
  /** Tickets credited. */
  readonly acceptedCount: number;
  readonly wonCount: number;
  /** Σ expected value credited, wei. */
  readonly credited: Rational;
};

/** Being paid, for the orchestrator. Off chain: no offers, everything accepted, balances always suffice. */
export interface PaymentRecipient {
  /** Account tickets are made out to; undefined off chain. */
  readonly recipient: Address | undefined;
  /**
   * Ticket parameters and price for this sender: the price that was agreed in the session, else `price` (wei per unit), else the
   * node's own. Throws `insufficient sender reserve`, `price cannot be converted to int64`.
   */
  offer(
    sender: Address,
    capabilities: Capabilities | undefined,
    sessionId: string | undefined,
    price?: Rational,
  ): Promise<PaymentOffer>;
  /**
   * Checks and credits a payment to (sender, balanceId); winners are durable when it resolves.
   * Throws an `LpError` with the protocol's text for the last refused ticket. `manifestId`: the stream it is for, for metrics.
   */
  receive(payment: Payment, balanceId: string, manifestId: string): Promise<ReceivedPayment>;
  /**
   * What work for this balance costs: the price that its last accepted tickets are bound to, else the one that is asked now. A payment
   * without tickets binds nothing: what it claims to expect does not count. Undefined off chain.
   */
  priceOf(sender: Address, balanceId: string, capabilities: Capabilities | undefined): PriceInfo | undefined;
  /** False when the sender's balance is below one ticket's expected value (always true at price 0). */
  hasBalance(sender: Address, balanceId: string, price: PriceInfo | undefined): boolean;
  /** True when the sender's balance is at least the fee of `units` at that price (always at price 0). */
  covers(sender: Address, balanceId: string, units: bigint, price: PriceInfo | undefined): boolean;
  /** Wei that the sender has in advance; negative when it owes. 0 off chain. */
  balanceOf(sender: Address, balanceId: string): Rational;
  /** Takes the fee of `pixelCount` at that price from the balance. Returns the fee in wei. */
  debit(sender: Address, balanceId: string, pixelCount: bigint, price: PriceInfo | undefined): Rational;
}
