import { recoverPersonalMessage } from "@livepeer-ts/kernel";
import { address, bytes } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => ({
  expected: testCase["expected"],
  got:
    recoverPersonalMessage(bytes(testCase, "message"), bytes(testCase, "signature")) === address(testCase, "address"),
});
