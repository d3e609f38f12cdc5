import {
  type Address,
  bigEndianToBigInt,
  fromHex,
  type Hash32,
  type Hex,
  hashFromBytes,
  toAddress,
  toHash32,
  toHex,
} from "@livepeer-ts/kernel";
import { type ChainLog, contractCall, contractCallArguments, contractEvent } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { recipientRandHashOf, ticketAuxData, ticketHash } from "../tickets/ticket.ts";

/** With what the ids of batches begin at the transaction manager. */
export const batchIdPrefix = "redeem-batch:";

/** Name of a redemption at the transaction manager. */
export function redemptionId(winner: { readonly ticketHash: string }): string {
  return `redeem:${winner.ticketHash}`;
}

/**
 * Name of a batch at the transaction manager. Every batch is an effect of its own: the same tickets can be sent again after a batch
 * in which they failed, so the id does not follow from them alone.
 */
export function batchId(winners: readonly { readonly ticketHash: string }[], now: number): string {
  return `${batchIdPrefix}${now}:${winners[0]?.ticketHash}:${winners.length}`;
}

type TicketTuple = Parameters<typeof callArguments>[0];

function callArguments(winner: Omit<WinningTicket, "ticketHash" | "paramsExpirationBlock">) {
  return {
    recipient: winner.recipient,
    sender: winner.sender,
    faceValue: winner.faceValueWei,
    winProb: winner.winProb,
    senderNonce: BigInt(winner.senderNonce),
    recipientRandHash: winner.recipientRandHash,
    auxData: toHex(ticketAuxData(winner.creationRound, winner.creationRoundBlockHash)),
  };
}

/** Call data of `redeemWinningTicket`. */
export function redeemCallData(winner: TicketTuple): Hex {
  return contractCall(ticketBrokerAbi, "redeemWinningTicket", [
    callArguments(winner),
    toHex(winner.signature),
    winner.recipientRand,
  ]);
}

/** Call data of `batchRedeemWinningTickets`. */
export function batchRedeemCallData(winners: readonly TicketTuple[]): Hex {
  return contractCall(ticketBrokerAbi, "batchRedeemWinningTickets", [
    winners.map(callArguments),
    winners.map((winner) => toHex(winner.signature)),
    winners.map((winner) => winner.recipientRand),
  ]);
}

/** Hashes of the tickets in the call data of a batch, in order. */
export function ticketsInBatch(data: Hex): Hash32[] {
  const [tickets] = contractCallArguments(ticketBrokerAbi, "batchRedeemWinningTickets", data) ?? [[]];
  return tickets.map((ticket) => hashOf({ ...ticket, recipientRandHash: toHash32(ticket.recipientRandHash) }));
}

/** Hashes of the tickets that the logs of a transaction show as redeemed. */
export function redeemedTickets(logs: readonly ChainLog[], ticketBroker: Address): Set<Hash32> {
  const redeemed = new Set<Hash32>();
  for (const log of logs) {
    if (log.address !== ticketBroker) continue;
    const event = contractEvent(ticketBrokerAbi, "WinningTicketRedeemed", log);
    if (event === undefined) continue;
    redeemed.add(hashOf({ ...event, recipientRandHash: recipientRandHashOf(event.recipientRand) }));
  }
  return redeemed;
}

function hashOf(ticket: {
  readonly recipient: string;
  readonly sender: string;
  readonly faceValue: bigint;
  readonly winProb: bigint;
  readonly senderNonce: bigint;
  readonly recipientRandHash: Hash32;
  readonly auxData: Hex;
}): Hash32 {
  const auxData = fromHex(ticket.auxData);
  return ticketHash({
    recipient: toAddress(ticket.recipient),
    sender: toAddress(ticket.sender),
    faceValueWei: ticket.faceValue,
    winProb: ticket.winProb,
    senderNonce: Number(ticket.senderNonce),
    recipientRandHash: ticket.recipientRandHash,
    creationRound: bigEndianToBigInt(auxData.subarray(0, 32)),
    creationRoundBlockHash: hashFromBytes(auxData.subarray(32)),
  });
}
