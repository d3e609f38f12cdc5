import { fromBinary, toJson } from "@bufbuild/protobuf";
import { CapabilitiesSchema, nodeCapabilities } from "@livepeer-ts/execution";
import { bytes, list, object, optionalText } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const recorded = fromBinary(CapabilitiesSchema, bytes(expected, "netCapabilities"));
  const capabilities = nodeCapabilities({
    capabilities: list(testCase, "capabilities").map(Number),
    mandatories: list(testCase, "mandatories").map(Number),
    version: optionalText(testCase, "version") ?? recorded.version,
  });
  // map entries come in any order on the wire: messages are compared by content
  const json = (message: typeof recorded) => toJson(CapabilitiesSchema, message, { useProtoFieldName: true });
  return {
    expected: {
      bitstring: expected["bitstring"],
      message: json(recorded),
      json: expected["netCapabilitiesJson"] ?? json(recorded),
    },
    got: { bitstring: capabilities.bitstring, message: json(capabilities), json: json(capabilities) },
  };
};
