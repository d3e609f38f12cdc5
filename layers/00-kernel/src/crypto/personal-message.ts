import type { Address } from "../units/address.ts";
import { concatBytes, utf8 } from "../units/bytes.ts";
import { keccak256 } from "./keccak.ts";
import { recoverAddress, signHash } from "./secp256k1.ts";

/** keccak of the Ethereum personal-message prefix, the decimal length and the message. */
export function personalMessageHash(message: Uint8Array): Uint8Array {
  return keccak256(concatBytes(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message));
}

/** Personal-message signature; 65 bytes, v 27 or 28. */
export function signPersonalMessage(message: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return signHash(personalMessageHash(message), privateKey);
}

/** Who signed the message; undefined for anything that is not a valid signature. */
export function recoverPersonalMessage(message: Uint8Array, signature: Uint8Array): Address | undefined {
  return recoverAddress(personalMessageHash(message), signature);
}

/** Node-level signing: personal-message signature over keccak(data). */
export function signData(data: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return signPersonalMessage(keccak256(data), privateKey);
}

/** True when `signature` is the node-level signature of `data` by `address`. */
export function verifyData(address: Address, data: Uint8Array, signature: Uint8Array): boolean {
  return recoverPersonalMessage(keccak256(data), signature) === address;
}
