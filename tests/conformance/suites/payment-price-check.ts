import { create } from "@bufbuild/protobuf";
import { checkSessionPrice, offeredPrice } from "@livepeer-ts/economics";
import { PriceInfoSchema } from "@livepeer-ts/execution";
import type { Rational } from "@livepeer-ts/kernel";
import { errorOf, fraction, optionalText } from "../read-case.ts";
import type { ConformanceCase, ConformanceSuite } from "../suite.ts";

function readPrice(testCase: ConformanceCase, name: string): Rational | undefined {
  const value = optionalText(testCase, name);
  if (value === undefined) return offeredPrice(undefined);
  const { num, den } = fraction(value);
  return offeredPrice(create(PriceInfoSchema, { pricePerUnit: num, pixelsPerUnit: den }));
}

export const suite: ConformanceSuite = async (testCase) => {
  const error = await errorOf(() => checkSessionPrice(readPrice(testCase, "current"), readPrice(testCase, "initial")));
  return { expected: testCase["expected"], got: { error: error ?? null } };
};
