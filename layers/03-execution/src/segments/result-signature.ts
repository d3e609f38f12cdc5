import { type Address, addressFromBytes, concatBytes, keccak256, zeroAddress } from "@livepeer-ts/kernel";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { OrchestratorInfo } from "../wire/net_pb.gen.ts";

/** The 32 bytes a result signature signs: keccak over the renditions' keccak hashes in profile order. */
export function resultsHash(renditionHashes: readonly Uint8Array[]): Uint8Array {
  return keccak256(concatBytes(...renditionHashes));
}

/** Who must have signed a result: the orchestrator's node key, else the ticket recipient, else nobody. */
export function resultSigner(info: OrchestratorInfo): Address | undefined {
  const node = addressFromBytes(info.address);
  if (info.address.length > 0 && node !== zeroAddress) return node;
  const recipient = info.ticketParams?.recipient;
  return recipient === undefined || recipient.length === 0 ? undefined : addressFromBytes(recipient);
}

/** True when the orchestrator signed these renditions, as many as it reported. */
export function verifyResultSignature(
  info: OrchestratorInfo,
  signature: Uint8Array,
  renditionHashes: readonly Uint8Array[],
  resultCount: number,
  signer: Pick<NodeSigner, "verifyHash">,
): boolean {
  if (renditionHashes.length !== resultCount) return false;
  const address = resultSigner(info);
  return address !== undefined && signer.verifyHash(address, resultsHash(renditionHashes), signature);
}
