import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { createKeySigner } from "@livepeer-ts/economics";
import {
  createOrchestratorRequest,
  OrchestratorRequestSchema,
  verifyOrchestratorRequest,
} from "@livepeer-ts/execution";
import { checksumAddress, fromHex, keccak256, utf8 } from "@livepeer-ts/kernel";
import { bytes, object, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const signer = createKeySigner(bytes(testCase, "privateKey"));
  const recorded = fromBinary(OrchestratorRequestSchema, fromHex(text(expected, "request")));
  const request = createOrchestratorRequest(signer, recorded.capabilities, recorded.ignoreCapacityCheck);
  const checksummed = checksumAddress(signer.address);
  const lowercase = signer.sign(utf8(signer.address));
  const got = {
    address: checksummed,
    lowercaseHexSignature: lowercase,
    lowercaseHexSignatureVerifies: verifyOrchestratorRequest({ address: request.address, sig: lowercase }, signer),
    messageKeccak: keccak256(utf8(checksummed)),
    messageUtf8: checksummed,
    request: toBinary(OrchestratorRequestSchema, request),
    requestJson: toJson(OrchestratorRequestSchema, request, { useProtoFieldName: true }),
    signature: request.sig,
    verifies: verifyOrchestratorRequest(request, signer),
  };
  return { expected, got: sameFields(expected, got) };
};
