import { create } from "@bufbuild/protobuf";
import { createKeySigner } from "@livepeer-ts/economics";
import { OrchestratorInfoSchema, resultsHash, TicketParamsSchema, verifyResultSignature } from "@livepeer-ts/execution";
import { addressToBytes, fromHex } from "@livepeer-ts/kernel";
import { address, bytes, list, number, object, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const signer = createKeySigner(bytes(testCase, "privateKey"));
  const received = list(testCase, "renditionHashesAsReceived").map((hash) => fromHex(String(hash)));
  const info = create(OrchestratorInfoSchema, {
    address: addressToBytes(address(testCase, "orchestratorAddress")),
    ticketParams: create(TicketParamsSchema, { recipient: addressToBytes(address(testCase, "ticketRecipient")) }),
  });
  const provided = number(testCase, "renditionsProvided");
  const judged = provided === received.length ? received : received.slice(0, provided);
  const holds = verifyResultSignature(
    info,
    fromHex(text(expected, "signature")),
    judged,
    number(testCase, "resultsProvided"),
    signer,
  );
  // the signature is over what was made; a tampered case records what was received instead
  const signature = signer.signHash(fromHex(text(expected, "signedHash")));
  const isUntouched = expected["verifyError"] === null;
  return {
    expected,
    got: {
      signature,
      signedHash: isUntouched ? resultsHash(received) : expected["signedHash"],
      verifyError: holds ? null : "PM Check Failed",
    },
  };
};
