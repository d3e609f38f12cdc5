import { create, toBinary, toJson } from "@bufbuild/protobuf";
import { createKeySigner, paymentHeader, paymentMessage, TicketSender } from "@livepeer-ts/economics";
import { PaymentSchema, PriceInfoSchema } from "@livepeer-ts/execution";
import { rational } from "@livepeer-ts/kernel";
import { address, bytes, hash, integer, number, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

const unlimited = rational(10n ** 40n);
const rich = 10n ** 30n;

export const suite: ConformanceSuite = (testCase) => {
  const params = object(testCase, "ticketParams");
  const price = object(testCase, "expectedPrice");
  const signer = createKeySigner(bytes(testCase, "privateKey"));
  const round = {
    lastInitializedRound: integer(params, "creationRound"),
    l1BlockHash: hash(params, "creationRoundBlockHash"),
    previousL1BlockHash: hash(params, "creationRoundBlockHash"),
    startL1Block: 0n,
    roundLength: 1n,
    poolSize: 1n,
    lastSeenL1Block: 0n,
  };
  const funds = { depositWei: rich, reserveWei: rich, withdrawRound: 0n, reserveClaimedWei: 0n, claimedByMeWei: 0n };
  const sender = new TicketSender(
    { maxTicketEvWei: unlimited, maxTotalEvWei: unlimited },
    { signer, rounds: { current: () => round }, funds: () => funds },
  );
  const sessionId = sender.startSession({
    recipient: address(params, "recipient"),
    faceValueWei: integer(params, "faceValue"),
    winProb: integer(params, "winProb"),
    recipientRandHash: hash(params, "recipientRandHash"),
    seed: integer(params, "seed"),
    expirationBlock: integer(params, "expirationBlock"),
    expirationParams: {
      creationRound: integer(params, "creationRound"),
      creationRoundBlockHash: hash(params, "creationRoundBlockHash"),
    },
  });
  const used = number(testCase, "startingNonce");
  const count = number(testCase, "numTickets");
  if (used > 0) sender.createBatch(sessionId, used);
  const expectedPrice = create(PriceInfoSchema, {
    pricePerUnit: integer(price, "pricePerUnit"),
    pixelsPerUnit: integer(price, "pixelsPerUnit"),
  });
  const batch = count === 0 ? undefined : sender.createBatch(sessionId, count);
  const payment = paymentMessage(sender.sender, expectedPrice, batch);
  const expected = object(testCase, "expected");
  const got = {
    bytes: toBinary(PaymentSchema, payment),
    header: paymentHeader(payment),
    json: toJson(PaymentSchema, payment, { useProtoFieldName: true }),
  };
  return { expected, got: sameFields(expected, got) };
};
