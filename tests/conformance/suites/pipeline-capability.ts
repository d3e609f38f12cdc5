import { pipelineToCapability } from "@livepeer-ts/execution";
import { attempt, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const found = await attempt(() => ({ number: pipelineToCapability(text(testCase, "pipeline")) }));
  const got = "error" in found ? { capability: -1, error: found.error } : { capability: found.number, error: null };
  return { expected: testCase["expected"], got };
};
