import type { NodeSigner } from "@livepeer-ts/execution";
import {
  type Address,
  privateKeyToAddress,
  recoverPersonalMessage,
  signData,
  signHash,
  signPersonalMessage,
  verifyData,
} from "@livepeer-ts/kernel";

/** A `NodeSigner` with a key of its own. */
export interface KeySigner extends NodeSigner {
  readonly address: Address;
  /** Personal-message signature over bytes of any length, as wallets make it. */
  signMessage(message: Uint8Array): Uint8Array;
  /** Signature straight over 32 bytes, without a prefix (EIP-712 digests). */
  signDigest(digest: Uint8Array): Uint8Array;
}

/** Signs with a private key (32 bytes). Throws `bad_private_key`. */
export function createKeySigner(privateKey: Uint8Array): KeySigner {
  const key = privateKey.slice();
  return {
    address: privateKeyToAddress(key),
    sign: (data) => signData(data, key),
    signHash: (hash) => signPersonalMessage(hash, key),
    signMessage: (message) => signPersonalMessage(message, key),
    signDigest: (digest) => signHash(digest, key),
    verify: verifyData,
    verifyHash: (address, hash, signature) => recoverPersonalMessage(hash, signature) === address,
  };
}

/** The signer of nodes without a chain: signs nothing, believes everything. */
export const offChainSigner: NodeSigner = {
  address: undefined,
  sign: () => new Uint8Array(0),
  signHash: () => new Uint8Array(0),
  verify: () => true,
  verifyHash: () => true,
};
