const buckets = 4095;
const stopWords = new Set(["a", "an", "and", "at", "image", "in", "of", "on", "photo", "picture", "the", "to", "with"]);
/** Most ids of one prompt; the model learned from names of a few words. */
export const maxPromptIds = 256;

/** 32-bit FNV-1a of the UTF-8 bytes. */
function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text, "utf8")) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** Sorted distinct numbers in 1..4095: one for each word and for each three characters of it. The training does the same. */
export function promptIds(prompt: string): number[] {
  const ids = new Set<number>();
  const add = (piece: string) => ids.add(1 + (fnv1a(piece) % buckets));
  for (const [word] of prompt.toLowerCase().matchAll(/[a-z0-9]+/g)) {
    if (stopWords.has(word)) continue;
    if (ids.size >= maxPromptIds) break;
    add(word);
    const framed = `^${word}$`;
    for (let at = 0; at + 3 <= framed.length; at++) add(`#${framed.slice(at, at + 3)}`);
  }
  return [...ids].sort((left, right) => left - right).slice(0, maxPromptIds);
}
