import {
  type Address,
  paddedBigEndian,
  privateKeyToAddress,
  recoverPersonalMessage,
  signData,
  signPersonalMessage,
  verifyData,
} from "@livepeer-ts/kernel";
import type { NodeSigner } from "../ports/node-signer.ts";

/** A node's key made of a small number, for tests. */
export function testSigner(number: number): NodeSigner & { readonly address: Address } {
  const key = paddedBigEndian(BigInt(number), 32);
  return {
    address: privateKeyToAddress(key),
    sign: (data) => signData(data, key),
    signHash: (hash) => signPersonalMessage(hash, key),
    verify: verifyData,
    verifyHash: (address, hash, signature) => recoverPersonalMessage(hash, signature) === address,
  };
}
