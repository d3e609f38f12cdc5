import { create } from "@bufbuild/protobuf";
import { type Ticket as TicketMessage, TicketSchema, TicketSenderParamsSchema } from "@livepeer-ts/execution";
import {
  addressFromBytes,
  addressToBytes,
  bigEndianToBigInt,
  hashFromBytes,
  minimalBigEndian,
  zeroHash,
} from "@livepeer-ts/kernel";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { ticketHash } from "../tickets/ticket.ts";
import { expirationParamsToWire, ticketParamsToWire } from "../tickets/ticket-params.ts";

/** A winner as it is handed to a redemption service; seed and price stay at home, the random number goes along. */
export function winnerToMessage(winner: WinningTicket): TicketMessage {
  return create(TicketSchema, {
    ticketParams: ticketParamsToWire({
      recipient: winner.recipient,
      faceValueWei: winner.faceValueWei,
      winProb: winner.winProb,
      recipientRandHash: winner.recipientRandHash,
      seed: 0n,
      expirationBlock: winner.paramsExpirationBlock,
      expirationParams: undefined,
    }),
    sender: addressToBytes(winner.sender),
    expirationParams: expirationParamsToWire(winner),
    senderParams: create(TicketSenderParamsSchema, { senderNonce: winner.senderNonce, sig: winner.signature }),
    recipientRand: minimalBigEndian(winner.recipientRand),
  });
}

/** The winner in a message. Absent parts read as zero. */
export function winnerFromMessage(message: TicketMessage): WinningTicket {
  const { ticketParams, expirationParams, senderParams } = message;
  const number = (bytes: Uint8Array | undefined) => (bytes === undefined ? 0n : bigEndianToBigInt(bytes));
  const hash = (bytes: Uint8Array | undefined) => (bytes === undefined ? zeroHash : hashFromBytes(bytes));
  const ticket = {
    recipient: addressFromBytes(ticketParams?.recipient ?? new Uint8Array(0)),
    sender: addressFromBytes(message.sender),
    faceValueWei: number(ticketParams?.faceValue),
    winProb: number(ticketParams?.winProb),
    senderNonce: senderParams?.senderNonce ?? 0,
    recipientRandHash: hash(ticketParams?.recipientRandHash),
    creationRound: expirationParams?.creationRound ?? 0n,
    creationRoundBlockHash: hash(expirationParams?.creationRoundBlockHash),
  };
  return {
    ...ticket,
    ticketHash: ticketHash(ticket),
    recipientRand: number(message.recipientRand),
    signature: senderParams?.sig ?? new Uint8Array(0),
    paramsExpirationBlock: number(ticketParams?.expirationBlock),
  };
}
