import { create, fromBinary } from "@bufbuild/protobuf";
import { createKeySigner } from "@livepeer-ts/economics";
import { createOrchestratorRequest, getOrchestrator, OrchestratorRequestSchema } from "@livepeer-ts/execution";
import { fromHex } from "@livepeer-ts/kernel";
import { orchestratorHarness } from "../orchestrator-harness.ts";
import { attempt, object, optionalText } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

const gatewayKey = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

export const suite: ConformanceSuite = async (testCase) => {
  const note = optionalText(testCase, "note") ?? "";
  const recorded = optionalText(testCase, "request");
  const harness = orchestratorHarness({
    maxSessions: /capacity/.test(note) ? 0 : 10,
    ...(/max float 1 wei|reserve too small/.test(note) ? { maxFloatWei: 1n } : {}),
  });
  const request =
    recorded === undefined
      ? createOrchestratorRequest(createKeySigner(fromHex(gatewayKey)), undefined, false)
      : fromBinary(OrchestratorRequestSchema, fromHex(recorded));
  const answer = await attempt(() => getOrchestrator(create(OrchestratorRequestSchema, request), harness.service));
  return { expected: object(testCase, "expected"), got: { error: "error" in answer ? answer.error : null } };
};
