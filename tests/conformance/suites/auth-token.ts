import { toBinary } from "@bufbuild/protobuf";
import { AuthTokenSchema, authTokenFor } from "@livepeer-ts/execution";
import { bytes, integer, object, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const token = authTokenFor(bytes(testCase, "secret"), text(testCase, "sessionId"), integer(testCase, "expiration"));
  const expected = object(testCase, "expected");
  return { expected, got: sameFields(expected, { token: token.token, message: toBinary(AuthTokenSchema, token) }) };
};
