import { fromBinary } from "@bufbuild/protobuf";
import { readSegData, SegDataSchema } from "@livepeer-ts/execution";
import { attempt, bytes, object } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";
import { writeVectorProfile } from "../vector-profile.ts";

export const suite: ConformanceSuite = async (testCase) => {
  const got = await attempt(() => {
    const { durationMs, profiles } = readSegData(fromBinary(SegDataSchema, bytes(testCase, "segData")));
    return { durationMs, error: null, profiles: profiles.map(writeVectorProfile) };
  });
  return { expected: object(testCase, "expected"), got };
};
