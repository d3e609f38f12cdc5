import { maxFloat } from "@livepeer-ts/economics";
import { integer, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const value = maxFloat({
    reserveWei: integer(testCase, "fundsRemaining"),
    reserveClaimedWei: integer(testCase, "claimedInCurrentRound"),
    claimedByMeWei: integer(testCase, "claimedByThisClaimant"),
    poolSize: integer(testCase, "poolSize"),
    depositWei: testCase["deposit"] === undefined ? 0n : integer(testCase, "deposit"),
    pendingWei: integer(testCase, "pendingAmount"),
  });
  return { expected, got: sameFields(expected, { error: null, maxFloat: value }) };
};
