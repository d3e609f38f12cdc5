import { fromBinary } from "@bufbuild/protobuf";
import { CapabilitiesSchema, isCompatibleWith } from "@livepeer-ts/execution";
import { fromHex } from "@livepeer-ts/kernel";
import { bytes, optionalText } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const gateway = optionalText(testCase, "gatewayBytes");
  return {
    expected: testCase["expected"],
    got: isCompatibleWith(
      gateway === undefined ? undefined : fromBinary(CapabilitiesSchema, fromHex(gateway)),
      fromBinary(CapabilitiesSchema, bytes(testCase, "orchestratorBytes")),
    ),
  };
};
