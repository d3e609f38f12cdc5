import { equalSecretBytes, keccak256, utf8 } from "@livepeer-ts/kernel";

/** True when two shared secrets are the same; takes as long for a wrong one, whatever it begins with. */
export function sameSecret(a: string, b: string): boolean {
  return equalSecretBytes(keccak256(utf8(a)), keccak256(utf8(b)));
}
