import { create } from "@bufbuild/protobuf";
import { feeOf, priceFromWire } from "@livepeer-ts/economics";
import { PriceInfoSchema } from "@livepeer-ts/execution";
import { formatRational } from "@livepeer-ts/kernel";
import { integer } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const price = create(PriceInfoSchema, {
    pricePerUnit: integer(testCase, "pricePerUnit"),
    pixelsPerUnit: integer(testCase, "pixelsPerUnit"),
  });
  return {
    expected: testCase["expected"],
    got: formatRational(feeOf(integer(testCase, "pixels"), priceFromWire(price))),
  };
};
