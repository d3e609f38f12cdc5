import { expect, it } from "vitest";
import { type ServerEvent, serverEvents } from "./server-events.ts";

const utf8 = new TextEncoder();

async function eventsOf(...chunks: readonly (string | Uint8Array)[]): Promise<readonly ServerEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? utf8.encode(chunk) : chunk));
  async function* body() {
    yield* bytes;
  }
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(body())) events.push(event);
  return events;
}

it("reads events however they are cut, with any ends of lines, and the last one without an end", async () => {
  const text =
    'event: progress\r\ndata: {"share":0.5}\r\n\r\n: a comment\n\ndata: one\ndata:two\nid: 7\n\nevent: result\ndata: é';
  const expected = [
    { name: "progress", data: '{"share":0.5}' },
    { name: "message", data: "one\ntwo" },
    { name: "result", data: "é" },
  ];
  expect(await eventsOf(text)).toEqual(expected);
  expect(await eventsOf(...text)).toEqual(expected);
});

it("keeps letters whole whose bytes come in two pieces", async () => {
  const bytes = utf8.encode("data: é\n\n");
  expect(await eventsOf(bytes.subarray(0, 7), bytes.subarray(7))).toEqual([{ name: "message", data: "é" }]);
});
