import type { Readable } from "node:stream";

/** Letters of one line that are kept. */
const maxLineLength = 4096;

/** Calls `take` with every line of a program's output; what is longer is cut, and bytes without an end of line are not gathered. */
export function onOutputLines(stream: Readable, take: (line: string) => void): void {
  let open = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (open + text).split("\n");
    open = (lines.pop() ?? "").slice(0, maxLineLength);
    for (const line of lines) take(line.trimEnd().slice(0, maxLineLength));
  });
  stream.once("end", () => {
    if (open !== "") take(open.trimEnd());
  });
  // a pipe that breaks ends the output; the process says the rest
  stream.on("error", () => undefined);
}
