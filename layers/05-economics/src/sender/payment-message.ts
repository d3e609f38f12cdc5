import { create, toBinary } from "@bufbuild/protobuf";
import { type Payment, PaymentSchema, type PriceInfo, TicketSenderParamsSchema } from "@livepeer-ts/execution";
import { type Address, addressToBytes } from "@livepeer-ts/kernel";
import { expirationParamsToWire, ticketParamsToWire } from "../tickets/ticket-params.ts";
import type { TicketBatch } from "./ticket-sender.ts";

/** The payment of one request; without tickets it holds the sender and the expected price only. */
export function paymentMessage(
  sender: Address,
  expectedPrice: PriceInfo | undefined,
  batch: TicketBatch | undefined,
): Payment {
  const base = {
    sender: addressToBytes(sender),
    ...(expectedPrice === undefined ? {} : { expectedPrice }),
  };
  if (batch === undefined || batch.tickets.length === 0) return create(PaymentSchema, base);
  return create(PaymentSchema, {
    ...base,
    // the expiration parameters travel beside the ticket parameters, not inside
    ticketParams: ticketParamsToWire({ ...batch.params, expirationParams: undefined }),
    expirationParams: expirationParamsToWire(batch),
    ticketSenderParams: batch.tickets.map(({ ticket, signature }) =>
      create(TicketSenderParamsSchema, { senderNonce: ticket.senderNonce, sig: signature }),
    ),
  });
}

/** Value of the `Livepeer-Payment` header. */
export function paymentHeader(payment: Payment): string {
  return Buffer.from(toBinary(PaymentSchema, payment)).toString("base64");
}
