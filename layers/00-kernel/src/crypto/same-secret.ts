import { equalSecretBytes, utf8 } from "../units/bytes.ts";
import { keccak256 } from "./keccak.ts";

/** Compares secrets by their hashes: the time taken says nothing about where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return equalSecretBytes(keccak256(utf8(a)), keccak256(utf8(b)));
}
