import { checksumAddress } from "@livepeer-ts/kernel";
import type { WinningTicket } from "../ports/ticket-store.ts";

/** Event `tickets.sent` (gateway): the tickets that went out with one request. */
export type TicketsSent = {
  readonly manifestId: string;
  readonly seqNo: number | null;
  /** Ticket recipient, checksummed. */
  readonly recipient: string;
  readonly ticketHashes: readonly string[];
  readonly faceValueWei: string;
  /** Numerator over 2^256 − 1. */
  readonly winProb: string;
  /** Σ expected value, wei, exact fraction. */
  readonly expectedValueWei: string;
};

/** Event `tickets.received` (orchestrator): what one payment brought. */
export type TicketsReceived = {
  readonly sender: string;
  readonly recipient: string;
  readonly balanceId: string;
  readonly sentCount: number;
  readonly acceptedCount: number;
  readonly wonCount: number;
  readonly creditedWei: string;
  /** Protocol text of the last refusal, or null. */
  readonly error: string | null;
};

/** Event `ticket.won` (orchestrator): a winner is stored durably. */
export type TicketWon = {
  readonly ticketHash: string;
  readonly sender: string;
  readonly recipient: string;
  readonly faceValueWei: string;
  readonly creationRound: string;
  /** Block from which it may be redeemed. */
  readonly redeemableFromBlock: string;
};

/** `ticket.won` of a winner. */
export function ticketWonRecord(winner: WinningTicket): { type: string; subject: string; data: TicketWon } {
  return {
    type: "ticket.won",
    subject: winner.ticketHash,
    data: {
      ticketHash: winner.ticketHash,
      sender: checksumAddress(winner.sender),
      recipient: checksumAddress(winner.recipient),
      faceValueWei: winner.faceValueWei.toString(),
      creationRound: winner.creationRound.toString(),
      redeemableFromBlock: winner.paramsExpirationBlock.toString(),
    },
  };
}

/** Event `ticket.handed_over` (orchestrator): a redeemer has the winner and sees to its redemption. */
export type TicketHandedOver = {
  readonly ticketHash: string;
  readonly sender: string;
  readonly recipient: string;
  readonly faceValueWei: string;
};

/** Event `ticket.redeemed` (orchestrator): a winner is settled on chain, or given up for a reason the protocol allows. */
export type TicketRedeemed = {
  readonly ticketHash: string;
  readonly sender: string;
  readonly recipient: string;
  readonly faceValueWei: string;
  /** null when it was settled without a transaction of ours. */
  readonly txHash: string | null;
  readonly block: string | null;
  /** The ticket's share of a transaction that redeemed several. */
  readonly gasUsed: string | null;
  /** null = paid; else why it was given up. */
  readonly givenUp: string | null;
};

/** Event `round.initialized` (whoever initialized it). */
export type RoundInitialized = {
  readonly round: string;
  readonly txHash: string;
  readonly by: string;
  readonly block: string;
};

/** Event `reward.called` (orchestrator). */
export type RewardCalled = {
  readonly round: string;
  readonly txHash: string;
  readonly orchestrator: string;
  readonly amountWei: string;
};
