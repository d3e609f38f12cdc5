import { LpError } from "../errors/lp-error.ts";
import { utf8 } from "./bytes.ts";
import { textLines } from "./text-lines.ts";

/** One event of a `text/event-stream`. */
export type ServerSentEvent = {
  /** `message` where none was given. */
  readonly name: string;
  readonly data: string;
};

/**
 * The events of a body, in order, the last one also without its empty line.
 * Throws `event_too_long` for data of more than `maxChars` characters, `line_too_long` for such a line.
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  maxChars: number,
): AsyncGenerator<ServerSentEvent> {
  let name = "message";
  let data: string[] = [];
  let length = 0;
  for await (const line of textLines(body, maxChars)) {
    if (line === "") {
      if (data.length > 0) yield { name, data: data.join("\n") };
      [name, data, length] = ["message", [], 0];
      continue;
    }
    const [, field, value = ""] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? [];
    if (field === "event") name = value;
    else if (field === "data") {
      data.push(value);
      length += value.length + 1;
      if (length > maxChars)
        throw new LpError({ code: "event_too_long", message: `an event is longer than ${maxChars} characters` });
    }
  }
  if (data.length > 0) yield { name, data: data.join("\n") };
}

/** One event as it goes out. */
export function eventBytes(data: string): Uint8Array {
  return utf8(`data: ${data}\n\n`);
}
