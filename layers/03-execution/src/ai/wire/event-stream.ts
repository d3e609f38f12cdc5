import { LpError, utf8 } from "@livepeer-ts/kernel";

/** Longest line of a stream of events, bytes. */
const maxLineBytes = 1024 * 1024;

/** Data of each event of a `text/event-stream`, in order, `[DONE]` as it is. Throws `bad_event_stream` for endless lines. */
export async function* readEventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    if (rest.length > maxLineBytes) {
      throw new LpError({ code: "bad_event_stream", message: `a line is longer than ${maxLineBytes} bytes` });
    }
    const lines = rest.split("\n");
    rest = lines.pop() as string;
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
  }
  if (rest.startsWith("data:")) data.push(rest.slice(rest.startsWith("data: ") ? 6 : 5).trimEnd());
  if (data.length > 0) yield data.join("\n");
}

/** One event as it goes out. */
export function eventBytes(data: string): Uint8Array {
  return utf8(`data: ${data}\n\n`);
}
