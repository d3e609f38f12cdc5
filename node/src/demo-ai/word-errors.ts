/** Words in lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
}

/** Words to change, add or leave out to come from one text to the other. */
export function wordErrors(wanted: string, found: string): number {
  const [want, have] = [wordsOf(wanted), wordsOf(found)];
  let row = Array.from({ length: have.length + 1 }, (_, index) => index);
  for (const [index, word] of want.entries()) {
    const next = [index + 1];
    for (const [at, other] of have.entries()) {
      const same = (row[at] as number) + (word === other ? 0 : 1);
      next.push(Math.min(same, (row[at + 1] as number) + 1, (next[at] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

/** The same as a share of the words that were wanted. */
export function wordErrorRate(wanted: string, found: string): number {
  return wordErrors(wanted, found) / Math.max(1, wordsOf(wanted).length);
}
