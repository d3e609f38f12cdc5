import { create } from "@bufbuild/protobuf";
import { addressFromBytes, addressToBytes, checksumAddress, utf8 } from "@livepeer-ts/kernel";
import type { NodeSigner } from "../ports/node-signer.ts";
import { type Capabilities, type OrchestratorRequest, OrchestratorRequestSchema } from "../wire/net_pb.gen.ts";

/** The request a gateway sends to GetOrchestrator; the signature covers its checksummed address only. */
export function createOrchestratorRequest(
  signer: Pick<NodeSigner, "address" | "sign">,
  capabilities: Capabilities | undefined,
  ignoreCapacityCheck: boolean,
): OrchestratorRequest {
  return create(OrchestratorRequestSchema, {
    address: signer.address === undefined ? new Uint8Array(0) : addressToBytes(signer.address),
    sig: signer.address === undefined ? new Uint8Array(0) : signer.sign(utf8(checksumAddress(signer.address))),
    ...(capabilities === undefined ? {} : { capabilities }),
    ignoreCapacityCheck,
  });
}

/** True when the request's address signed itself. */
export function verifyOrchestratorRequest(
  request: Pick<OrchestratorRequest, "address" | "sig">,
  signer: Pick<NodeSigner, "verify">,
): boolean {
  const address = addressFromBytes(request.address);
  return signer.verify(address, utf8(checksumAddress(address)), request.sig);
}
