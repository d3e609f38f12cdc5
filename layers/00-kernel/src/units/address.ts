import { keccak256 } from "../crypto/keccak.ts";
import { LpError } from "../errors/lp-error.ts";
import { utf8 } from "./bytes.ts";
import { fromHex, type Hex, toHex } from "./hex.ts";

/** A 20-byte account in lower-case hex with `0x`. */
export type Address = Hex & { readonly __address: true };

export const zeroAddress = `0x${"00".repeat(20)}` as Address;

/** The address in canonical form. Throws `bad_address` for anything that is not 20 bytes of hex. */
export function toAddress(text: string): Address {
  if (!/^(0x)?[0-9a-fA-F]{40}$/i.test(text)) {
    throw new LpError({
      code: "bad_address",
      message: `"${text.slice(0, 80)}" is not an Ethereum address: give 40 hexadecimal digits after 0x`,
    });
  }
  const body = text.startsWith("0x") || text.startsWith("0X") ? text.slice(2) : text;
  return `0x${body.toLowerCase()}` as Address;
}

/** The address that 20 bytes spell. Shorter input is left-padded, longer input keeps its last 20 bytes. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const out = new Uint8Array(20);
  const tail = bytes.length > 20 ? bytes.subarray(bytes.length - 20) : bytes;
  out.set(tail, 20 - tail.length);
  return toHex(out) as Address;
}

export function addressToBytes(address: Address): Uint8Array {
  return fromHex(address);
}

const checksums = new Map<Address, string>();
const maxCachedChecksums = 4096;

/** EIP-55 mixed-case form, for display and for the wire places that require it. */
export function checksumAddress(address: Address): string {
  const cached = checksums.get(address);
  if (cached !== undefined) return cached;
  const body = address.slice(2);
  const hash = toHex(keccak256(utf8(body))).slice(2);
  let text = "0x";
  for (let i = 0; i < 40; i++) {
    const character = body.charAt(i);
    text += Number.parseInt(hash.charAt(i), 16) >= 8 ? character.toUpperCase() : character;
  }
  if (checksums.size >= maxCachedChecksums) checksums.clear();
  checksums.set(address, text);
  return text;
}
