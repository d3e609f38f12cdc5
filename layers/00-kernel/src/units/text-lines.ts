import { LpError } from "../errors/lp-error.ts";

/** The lines of a body without their ends, LF or CRLF. Throws `line_too_long` for one of more than `maxChars` characters. */
export async function* textLines(body: AsyncIterable<Uint8Array>, maxChars: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // a long line is put together once, not with every piece that comes
  let parts: string[] = [];
  let length = 0;
  const take = (part: string) => {
    parts.push(part);
    length += part.length;
    if (length > maxChars)
      throw new LpError({ code: "line_too_long", message: `a line is longer than ${maxChars} characters` });
  };
  for await (const chunk of body) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    take(first);
    for (const next of more) {
      yield withoutReturn(parts.join(""));
      [parts, length] = [[], 0];
      take(next);
    }
  }
  const rest = parts.join("");
  if (rest !== "") yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
