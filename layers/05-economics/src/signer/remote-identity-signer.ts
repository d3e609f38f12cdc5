import type { NodeSigner } from "@livepeer-ts/execution";
import {
  type Address,
  checksumAddress,
  equalBytes,
  LpError,
  recoverPersonalMessage,
  utf8,
  verifyData,
} from "@livepeer-ts/kernel";

/** The signer of a gateway whose key is elsewhere: it can say who pays, and judge others. Throws `remote_signer_only` for the rest. */
export function remoteIdentitySigner(identity: {
  readonly address: Address;
  readonly signature: Uint8Array;
}): NodeSigner {
  const known = utf8(checksumAddress(identity.address));
  const refuse = (): never => {
    throw new LpError({
      code: "remote_signer_only",
      message: "this node has no key: its remote signer signs payments and segments",
    });
  };
  return {
    address: identity.address,
    sign: (data) => (equalBytes(data, known) ? identity.signature : refuse()),
    signHash: refuse,
    verify: verifyData,
    verifyHash: (address, hash, signature) => recoverPersonalMessage(hash, signature) === address,
  };
}
