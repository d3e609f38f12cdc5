import { fixedToPrice, priceToFixed, priceToInt64 } from "@livepeer-ts/economics";
import { formatRational } from "@livepeer-ts/kernel";
import { attempt, object, ratio, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const price = ratio(testCase, "input");
  const fixed = priceToFixed(price);
  const whole = await attempt(() => ({ value: priceToInt64(price) }));
  const expected = object(testCase, "expected");
  const got = {
    error: null,
    fixed: typeof expected["fixed"] === "number" ? Number(fixed) : fixed,
    price: formatRational(fixedToPrice(fixed)),
    int64: "error" in whole ? null : whole.value,
    int64Error: "error" in whole ? whole.error : null,
  };
  return { expected, got: sameFields(expected, got) };
};
