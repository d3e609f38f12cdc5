import type { Address, Hash32 } from "@livepeer-ts/kernel";

/** A ticket that won, with everything its redemption needs. */
export type WinningTicket = {
  /** keccak of the packed ticket; what the chain calls the ticket's hash. */
  readonly ticketHash: Hash32;
  readonly sender: Address;
  readonly recipient: Address;
  readonly faceValueWei: bigint;
  /** Numerator over 2^256 − 1. */
  readonly winProb: bigint;
  readonly senderNonce: number;
  readonly recipientRand: bigint;
  readonly recipientRandHash: Hash32;
  /** 65 bytes; unique in the store. */
  readonly signature: Uint8Array;
  readonly creationRound: bigint;
  readonly creationRoundBlockHash: Hash32;
  /** L1 block from which it may be redeemed. */
  readonly paramsExpirationBlock: bigint;
};

/** A stored winner and what became of it. */
export type StoredWinner = WinningTicket & {
  /** Wall time in ms when it was stored. */
  readonly storedAt: number;
  /** Wall time in ms when it was settled; undefined while it waits. */
  readonly redeemedAt: number | undefined;
  /** Transaction that settled it; the zero hash when it was given up or settled by someone else; undefined while it waits. */
  readonly txHash: Hash32 | undefined;
};

/** Which waiting winners of a sender to return, oldest first. */
export type PendingWinnersQuery = {
  /** Only tickets created in this round or later. */
  readonly minCreationRound: bigint;
  /** Only tickets whose parameters expired at this L1 block or earlier. */
  readonly maxExpirationBlock: bigint;
  /** At most this many rows. */
  readonly limit: number;
};

/**
 * Where winning tickets wait for their redemption (go-livepeer's table `ticketQueue`).
 * Every method resolves only when its effect is durable.
 */
export interface TicketStore {
  /** Keeps a winner. False when a ticket with this signature is already there (nothing changes then). */
  storeWinner(ticket: WinningTicket, storedAt: number): Promise<boolean>;
  /** Senders with at least one waiting winner created in `minCreationRound` or later, each once. */
  pendingSenders(minCreationRound: bigint): Promise<readonly Address[]>;
  /** Waiting winners of a sender, oldest first (by creation round, then order of storing). */
  pendingWinners(sender: Address, query: PendingWinnersQuery): Promise<readonly StoredWinner[]>;
  /** Waiting winners of all senders created before `creationRound`, at most `limit`; they can no longer be redeemed. */
  expiredWinners(creationRound: bigint, limit: number): Promise<readonly StoredWinner[]>;
  /** Number and face value of the waiting winners created in `minCreationRound` or later. */
  pendingTotals(minCreationRound: bigint): Promise<{ readonly count: number; readonly faceValueWei: bigint }>;
  /** The winner with this ticket hash, settled or not. */
  find(ticketHash: Hash32): Promise<StoredWinner | undefined>;
  /** Settles a winner. Does nothing when the signature is unknown. */
  markRedeemed(signature: Uint8Array, txHash: Hash32, redeemedAt: number): Promise<void>;
}
