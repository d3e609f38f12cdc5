import { createKeySigner, type OfferedTicketParams, TicketSender } from "@livepeer-ts/economics";
import { zeroHash } from "@livepeer-ts/kernel";
import {
  address,
  attempt,
  bytes,
  type Fields,
  hash,
  integer,
  number,
  object,
  ratio,
  sameFields,
} from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

function readParams(fields: Fields): OfferedTicketParams {
  const expiration = fields["expirationParams"] === null ? undefined : object(fields, "expirationParams");
  return {
    recipient: address(fields, "recipient"),
    faceValueWei: integer(fields, "faceValue"),
    winProb: integer(fields, "winProb"),
    recipientRandHash: hash(fields, "recipientRandHash"),
    seed: integer(fields, "seed"),
    expirationBlock: integer(fields, "expirationBlock"),
    expirationParams:
      expiration === undefined
        ? undefined
        : {
            creationRound: integer(expiration, "creationRound"),
            creationRoundBlockHash: hash(expiration, "creationRoundBlockHash"),
          },
  };
}

export const suite: ConformanceSuite = async (testCase) => {
  const chain = object(testCase, "chain");
  const sender = new TicketSender(
    {
      maxTicketEvWei: ratio(testCase, "maxTicketEV"),
      maxTotalEvWei: ratio(testCase, "maxTotalEV"),
      depositMultiplier: integer(testCase, "depositMultiplier"),
    },
    {
      signer: createKeySigner(bytes(testCase, "senderPrivateKey")),
      rounds: {
        current: () => ({
          lastInitializedRound: integer(chain, "lastInitializedRound"),
          l1BlockHash: hash(chain, "lastInitializedL1BlockHash"),
          previousL1BlockHash: zeroHash,
          startL1Block: 0n,
          roundLength: 1n,
          poolSize: 1n,
          lastSeenL1Block: integer(chain, "lastSeenL1Block"),
        }),
      },
      funds: () => ({
        depositWei: integer(chain, "deposit"),
        withdrawRound: integer(chain, "withdrawRound"),
        reserveWei: integer(chain, "reserve"),
        reserveClaimedWei: 0n,
        claimedByMeWei: 0n,
      }),
    },
  );
  const count = number(testCase, "numTickets");
  const expected = object(testCase, "expected");
  const raw = testCase["ticketParams"];
  if (raw === null || raw === undefined) {
    const refused = await attempt(() => {
      sender.checkParams(undefined, count);
      return { error: null };
    });
    return { expected, got: sameFields(expected, refused) };
  }
  const sessionId = sender.startSession(readParams(object(testCase, "ticketParams")));
  const outcome = await attempt(() => {
    const batch = sender.createBatch(sessionId, count);
    return {
      error: null,
      creationRound: batch.creationRound,
      creationRoundBlockHash: batch.creationRoundBlockHash,
      tickets: batch.tickets.map(({ ticket, hash: ticketHash, signature }) => ({
        hash: ticketHash,
        senderNonce: ticket.senderNonce,
        sig: signature,
      })),
    };
  });
  return { expected, got: sameFields(expected, { ...outcome, sessionId }) };
};
