import { type Address, type Hash32, zeroAddress } from "@livepeer-ts/kernel";
import { type TicketRefusal, ticketErrors } from "../wire/ticket-errors.ts";
import { isTicketSignedBy, type Ticket } from "./ticket.ts";

/** Whether a ticket is made out to the recipient, by somebody, on an offer of this recipient; undefined when it is. */
export function judgeTicketParties(
  recipient: Address,
  ticket: Pick<Ticket, "recipient" | "sender" | "recipientRandHash">,
  actualRandHash: Hash32,
): TicketRefusal | undefined {
  if (ticket.recipient !== recipient) return ticketErrors.recipient();
  if (ticket.sender === zeroAddress) return ticketErrors.sender();
  if (ticket.recipientRandHash !== actualRandHash) return ticketErrors.recipientRand();
  return undefined;
}

/** Whether the ticket carries its sender's signature; undefined when it does. */
export function judgeTicketSignature(
  sender: Address,
  ticketHash: Uint8Array,
  signature: Uint8Array,
): TicketRefusal | undefined {
  return isTicketSignedBy(sender, ticketHash, signature) ? undefined : ticketErrors.signature();
}
