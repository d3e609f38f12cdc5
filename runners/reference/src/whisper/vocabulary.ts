import { readFileSync } from "node:fs";

/** The table of GPT-2's byte-level code: printable characters stand for themselves, others for characters from 256 on. */
function byteTable(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const isPlain = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    table.set(String.fromCodePoint(isPlain ? byte : next++), byte);
  }
  return table;
}

/** Tokens as text. */
export class Vocabulary {
  readonly #pieces: readonly string[];
  readonly #bytes = byteTable();

  constructor(file: string) {
    this.#pieces = readFileSync(file, "utf8").split("\n");
  }

  /** Tokens whose bytes are not yet a whole character end in U+FFFD. */
  text(tokens: readonly number[]): string {
    const bytes: number[] = [];
    for (const token of tokens) {
      for (const character of this.#pieces[token] ?? "") bytes.push(this.#bytes.get(character) ?? 0x3f);
    }
    return Buffer.from(bytes).toString("utf8");
  }
}
