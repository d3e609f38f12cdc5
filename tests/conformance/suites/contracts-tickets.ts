import {
  createKeySigner,
  isWinningTicket,
  packTicket,
  type Ticket,
  ticketDraw,
  ticketHash,
  ticketHashBytes,
} from "@livepeer-ts/economics";
import { bigEndianToBigInt, hashFromBytes, paddedBigEndian } from "@livepeer-ts/kernel";
import { address, bytes, hash, integer, number, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const fields = object(testCase, "ticket");
  const auxData = bytes(fields, "auxData");
  const ticket: Ticket = {
    recipient: address(fields, "recipient"),
    sender: address(fields, "sender"),
    faceValueWei: integer(fields, "faceValue"),
    winProb: integer(fields, "winProb"),
    senderNonce: number(fields, "senderNonce"),
    recipientRandHash: hash(fields, "recipientRandHash"),
    creationRound: bigEndianToBigInt(auxData.subarray(0, 32)),
    creationRoundBlockHash: hashFromBytes(auxData.subarray(32)),
  };
  const rand = integer(testCase, "recipientRand");
  const signature = createKeySigner(bytes(testCase, "senderPrivateKey")).signHash(ticketHashBytes(ticket));
  const { packed, ticketHash: recordedHash, sig, draw, wins } = testCase;
  const expected = { packed, ticketHash: recordedHash, sig, draw, wins };
  const got = {
    packed: packTicket(ticket),
    ticketHash: ticketHash(ticket),
    sig: signature,
    draw: bigEndianToBigInt(ticketDraw(signature, paddedBigEndian(rand, 32))),
    wins: isWinningTicket(ticket, signature, rand),
  };
  return { expected, got: sameFields(expected, got) };
};
