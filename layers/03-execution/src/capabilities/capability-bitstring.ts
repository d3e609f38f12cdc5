const wordBits = 64n;

/** The words of a capability set: bit n is bit n mod 64 of word n div 64. Negative numbers are left out. */
export function bitstringOf(capabilities: Iterable<number>): bigint[] {
  const words: bigint[] = [];
  for (const number of capabilities) if (number >= 0) setBit(words, number);
  return words;
}

/** Adds one capability to the words, which grow as needed. */
export function setBit(words: bigint[], capability: number): void {
  const index = Math.floor(capability / 64);
  while (words.length <= index) words.push(0n);
  words[index] = (words[index] as bigint) | (1n << (BigInt(capability) % wordBits));
}

/** Takes one capability out; words that become zero stay. */
export function clearBit(words: bigint[], capability: number): void {
  const index = Math.floor(capability / 64);
  const word = words[index];
  if (word !== undefined) words[index] = word & ~(1n << (BigInt(capability) % wordBits));
}

/** True when the set holds the capability. */
export function hasBit(words: readonly bigint[], capability: number): boolean {
  if (capability < 0) return false;
  const word = words[Math.floor(capability / 64)];
  return word !== undefined && ((word >> (BigInt(capability) % wordBits)) & 1n) === 1n;
}

/** Capability numbers in the set, ascending. */
export function bitsOf(words: readonly bigint[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < words.length * 64; i++) if (hasBit(words, i)) out.push(i);
  return out;
}

/** True when every bit of `a` is in `b`. A longer `a` never is, even when its extra words are zero (protocol rule). */
export function isSubset(a: readonly bigint[], b: readonly bigint[]): boolean {
  if (a.length > b.length) return false;
  return a.every((word, i) => (word & (b[i] as bigint)) === word);
}
