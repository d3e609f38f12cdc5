import { textLines } from "@livepeer-ts/kernel";

/** Longest line of a worker's events, characters. */
const maxLineChars = 1024 * 1024;

/** The lines of a worker's answer. Throws `line_too_long`. */
export function workerLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  return textLines(body, maxLineChars);
}
