import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { winnerFromMessage, winnerToMessage } from "@livepeer-ts/economics";
import { TicketSchema } from "@livepeer-ts/execution";
import { bytes, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const winner = winnerFromMessage(fromBinary(TicketSchema, bytes(expected, "bytes")));
  const message = winnerToMessage(winner);
  const sent = toBinary(TicketSchema, message);
  const got = {
    bytes: sent,
    json: toJson(TicketSchema, message, { useProtoFieldName: true }),
    ticketHash: winner.ticketHash,
    sameHashAfterRoundTrip: winnerFromMessage(fromBinary(TicketSchema, sent)).ticketHash === winner.ticketHash,
  };
  return { expected, got: sameFields(expected, got) };
};
