import type { Address } from "@livepeer-ts/kernel";

/** The node's key and the way peers' signatures are judged. Off chain: no address, empty signatures, everything verifies. */
export interface NodeSigner {
  /** Account of the node's own key; undefined off chain. */
  readonly address: Address | undefined;
  /** Personal-message signature over keccak(data); empty off chain. */
  sign(data: Uint8Array): Uint8Array;
  /** Personal-message signature straight over a 32-byte hash (tickets, results); empty off chain. */
  signHash(hash: Uint8Array): Uint8Array;
  /** True when `signature` is `address`'s signature over keccak(data); always true off chain. */
  verify(address: Address, data: Uint8Array, signature: Uint8Array): boolean;
  /** True when `signature` is `address`'s signature straight over the 32-byte hash; always true off chain. */
  verifyHash(address: Address, hash: Uint8Array, signature: Uint8Array): boolean;
}
