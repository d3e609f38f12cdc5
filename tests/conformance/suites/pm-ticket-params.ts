import { offerTerms, ticketExpectedValue, txCostMultiplierOf } from "@livepeer-ts/economics";
import { formatRational, minimalBigEndian } from "@livepeer-ts/kernel";
import { attempt, hash, integer, object, ratio, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const inputs = {
    ticketEvWei: integer(testCase, "ev"),
    redeemGas: integer(testCase, "redeemGas"),
    gasPriceWei: integer(testCase, "gasPrice"),
    txCostMultiplier: integer(testCase, "txCostMultiplier"),
    maxFloatWei: integer(testCase, "maxFloat"),
    maxFaceValueWei: integer(testCase, "maxFaceValueFlag"),
  };
  const time = {
    lastSeenL1Block: integer(testCase, "lastSeenL1Block"),
    lastInitializedRound: integer(testCase, "lastInitializedRound"),
    l1BlockHash: hash(testCase, "lastInitializedL1BlockHash"),
    previousL1BlockHash: hash(testCase, "preLastInitializedL1BlockHash"),
  };
  const terms = await attempt(() => offerTerms(inputs, time, ratio(testCase, "pricePerPixelNum")));
  const multiplier = await attempt(() => ({ value: formatRational(txCostMultiplierOf(inputs)) }));
  const offered =
    "error" in terms
      ? { error: terms.error }
      : {
          error: null,
          creationRound: terms.creationRound,
          creationRoundBlockHash: terms.creationRoundBlockHash,
          expirationBlock: terms.expirationBlock,
          faceValue: terms.faceValueWei,
          faceValueBytes: minimalBigEndian(terms.faceValueWei),
          ticketEV: formatRational(ticketExpectedValue(terms)),
          winProb: terms.winProb,
          winProbBytes: minimalBigEndian(terms.winProb),
        };
  const cost =
    "error" in multiplier
      ? { txCostMultiplierError: multiplier.error }
      : { txCostMultiplier: multiplier.value, txCostMultiplierError: null };
  const expected = object(testCase, "expected");
  return { expected, got: sameFields(expected, { ...offered, ...cost }) };
};
