import { keccak256, utf8 } from "@livepeer-ts/kernel";

/** Compares secrets by their hashes: the time taken says nothing about where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  const a = keccak256(utf8(given));
  const b = keccak256(utf8(expected));
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
