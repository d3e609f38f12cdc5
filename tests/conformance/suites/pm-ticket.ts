import {
  createKeySigner,
  isWinningTicket,
  judgeTicketParties,
  judgeTicketSignature,
  packTicket,
  recipientRandHashOf,
  type Ticket,
  ticketAuxData,
  ticketDraw,
  ticketExpectedValue,
  ticketHashBytes,
} from "@livepeer-ts/economics";
import {
  formatDecimal,
  formatRational,
  maxUint256,
  paddedBigEndian,
  personalMessageHash,
  rational,
} from "@livepeer-ts/kernel";
import { address, bytes, type Fields, hash, integer, number, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

function readTicket(fields: Fields): Ticket {
  return {
    recipient: address(fields, "recipient"),
    sender: address(fields, "sender"),
    faceValueWei: integer(fields, "faceValue"),
    winProb: integer(fields, "winProb"),
    senderNonce: number(fields, "senderNonce"),
    recipientRandHash: hash(fields, "recipientRandHash"),
    creationRound: integer(fields, "creationRound"),
    creationRoundBlockHash: hash(fields, "creationRoundBlockHash"),
  };
}

export const suite: ConformanceSuite = (testCase) => {
  const ticket = readTicket(object(testCase, "ticket"));
  const rand = integer(testCase, "recipientRand");
  const signer = createKeySigner(bytes(testCase, "senderPrivateKey"));
  const ticketHash = ticketHashBytes(ticket);
  const signature = signer.signHash(ticketHash);
  const refusal =
    judgeTicketParties(ticket.recipient, ticket, recipientRandHashOf(rand)) ??
    judgeTicketSignature(ticket.sender, ticketHash, signature);
  const expected = object(testCase, "expected");
  const got = {
    auxData: ticketAuxData(ticket.creationRound, ticket.creationRoundBlockHash),
    ev: formatRational(ticketExpectedValue(ticket)),
    hash: ticketHash,
    packed: packTicket(ticket),
    personalMessageHash: personalMessageHash(ticketHash),
    signature,
    validateError: refusal?.message ?? null,
    winHash: ticketDraw(signature, paddedBigEndian(rand, 32)),
    winProbFloat10: formatDecimal(rational(ticket.winProb, maxUint256), 10),
    won: isWinningTicket(ticket, signature, rand),
  };
  return { expected, got: sameFields(expected, got) };
};
