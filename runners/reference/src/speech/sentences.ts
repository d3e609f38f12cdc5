/** Words up to a punctuation mark, and that mark. */
export type Clause = { readonly words: string; readonly mark: string };

/** Text as sentences of clauses. A point between digits or letters ends nothing. */
export function sentencesOf(text: string): Clause[][] {
  const sentences: Clause[][] = [];
  let sentence: Clause[] = [];
  for (const [, words = "", marks = ""] of text.matchAll(/([^\n]+?)(?:([.!?,;:…]+)(?=["')\]]*(?:\s|$))|(?=\n)|$)/g)) {
    const mark = marks === "" ? "." : (marks[0] as string).replace("…", ".");
    if (/[\p{L}\p{N}]/u.test(words)) sentence.push({ words: words.trim(), mark });
    if (/[.!?]/.test(mark) && sentence.length > 0) {
      sentences.push(sentence);
      sentence = [];
    }
  }
  if (sentence.length > 0) sentences.push(sentence);
  return sentences;
}
