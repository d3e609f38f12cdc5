import { advertisedPrice, priceToWire } from "@livepeer-ts/economics";
import { attempt, integer, object, ratio, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const expected = object(testCase, "expected");
  const got = await attempt(() => {
    const price = advertisedPrice(ratio(testCase, "basePrice"), true, () => ({
      ticketEvWei: integer(testCase, "ev"),
      redeemGas: integer(testCase, "redeemGas"),
      gasPriceWei: integer(testCase, "gasPrice"),
      txCostMultiplier: integer(testCase, "txCostMultiplier"),
      maxFloatWei: integer(testCase, "maxFloat"),
      maxFaceValueWei: 0n,
    }));
    const { pricePerUnit, pixelsPerUnit } = priceToWire(price);
    return { error: null, pricePerUnit, pixelsPerUnit };
  });
  return { expected, got: sameFields(expected, got) };
};
