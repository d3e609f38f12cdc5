import { LpError } from "@livepeer-ts/kernel";

/** Longest line of a worker's events, characters. */
const maxLineLength = 1024 * 1024;

/** The lines of a body without their ends. Throws `line_too_long`. */
export async function* textLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() as string;
    if (rest.length > maxLineLength)
      throw new LpError({ code: "line_too_long", message: `a line is longer than ${maxLineLength} characters` });
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  if (rest !== "") yield rest;
}
