import { secp256k1Backend } from "../adapters/secp256k1-backend.ts";
import { LpError } from "../errors/lp-error.ts";
import { type Address, addressFromBytes } from "../units/address.ts";
import { keccak256 } from "./keccak.ts";

/** Name of the code that does the curve arithmetic: `native` or `wasm`. Logged at start and exported as a metric. */
export function activeSecp256k1Backend(): "native" | "wasm" {
  return secp256k1Backend.name;
}

/** Half the group order; signatures above it are refused (malleable). */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const halfOrderBytes = new Uint8Array(32);
for (let i = 31, rest = halfOrder; i >= 0; i--, rest >>= 8n) halfOrderBytes[i] = Number(rest & 0xffn);

function isHighS(signature: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) {
    const a = signature[32 + i] as number;
    const b = halfOrderBytes[i] as number;
    if (a !== b) return a > b;
  }
  return false;
}

/** 65 bytes r‖s‖v with v 27 or 28 and low s, deterministic (RFC 6979). */
export function signHash(hash: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { signature, recovery } = secp256k1Backend.sign(hash, privateKey);
  const out = new Uint8Array(65);
  out.set(signature, 0);
  out[64] = 27 + recovery;
  return out;
}

/** Who signed the hash; undefined when the signature is not one (length, v, high s, no point). */
export function recoverAddress(hash: Uint8Array, signature: Uint8Array): Address | undefined {
  if (signature.length !== 65) return undefined;
  const v = signature[64] as number;
  if (v !== 27 && v !== 28) return undefined;
  if (isHighS(signature)) return undefined;
  const publicKey = secp256k1Backend.recover(hash, signature.subarray(0, 64), v - 27);
  return publicKey === undefined ? undefined : addressFromBytes(keccak256(publicKey.subarray(1)).subarray(12));
}

/** The account of a private key. Throws `bad_private_key`. */
export function privateKeyToAddress(privateKey: Uint8Array): Address {
  const publicKey = secp256k1Backend.publicKey(privateKey);
  if (publicKey === undefined) {
    throw new LpError({ code: "bad_private_key", message: "a private key is 32 bytes between 1 and the group order" });
  }
  return addressFromBytes(keccak256(publicKey.subarray(1)).subarray(12));
}
