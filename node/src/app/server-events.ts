import { LpError } from "@livepeer-ts/kernel";

/** One event of a `text/event-stream`. */
export type ServerEvent = {
  /** `message` where none was given. */
  readonly name: string;
  readonly data: string;
};

/** One event: a file of 64 MiB in base64 fits several times. */
const maxEventChars = 256 * 1024 * 1024;

/** The events of a body, in order. Throws `bad_event_stream` for endless ones. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let name = "message";
  let data: string[] = [];
  for await (const line of lines(body)) {
    if (line === "") {
      if (data.length > 0) yield { name, data: data.join("\n") };
      name = "message";
      data = [];
      continue;
    }
    const [, field, value = ""] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? [];
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
  }
  if (data.length > 0) yield { name, data: data.join("\n") };
}

/** Without their ends. A long one is put together once, not with every piece that comes. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    parts.push(first);
    length += first.length;
    if (length > maxEventChars) {
      throw new LpError({ code: "bad_event_stream", message: `an event is longer than ${maxEventChars} characters` });
    }
    for (const next of more) {
      yield withoutReturn(parts.join(""));
      parts = [next];
      length = next.length;
    }
  }
  const rest = parts.join("");
  if (rest !== "") yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
