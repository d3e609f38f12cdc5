import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as sha256Of } from "@noble/hashes/sha2.js";

/** HMAC-SHA-256; 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha256Of, key, message);
}

/** SHA-256; 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  return sha256Of(message);
}
