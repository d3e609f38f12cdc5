import { recipientRand, recipientRandHashOf, recipientRandMessage } from "@livepeer-ts/economics";
import { rational } from "@livepeer-ts/kernel";
import { address, bytes, hash, integer, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const inputs = {
    seed: integer(testCase, "seed"),
    sender: address(testCase, "sender"),
    faceValueWei: integer(testCase, "faceValue"),
    winProb: integer(testCase, "winProb"),
    expirationBlock: integer(testCase, "expirationBlock"),
    price: rational(integer(testCase, "priceNum"), integer(testCase, "priceDenom")),
    creationRound: integer(testCase, "creationRound"),
    creationRoundBlockHash: hash(testCase, "creationRoundBlockHash"),
  };
  const rand = recipientRand(bytes(testCase, "secret"), inputs);
  const expected = object(testCase, "expected");
  const got = {
    hmacMessage: recipientRandMessage(inputs),
    recipientRand: rand,
    recipientRandHash: recipientRandHashOf(rand),
  };
  return { expected, got: sameFields(expected, got) };
};
