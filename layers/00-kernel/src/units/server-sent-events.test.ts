import { expect, it } from "vitest";
import { utf8 } from "./bytes.ts";
import { type ServerSentEvent, serverSentEvents } from "./server-sent-events.ts";

const maxChars = 40;

async function eventsOf(...chunks: readonly (string | Uint8Array)[]): Promise<readonly ServerSentEvent[]> {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === "string" ? utf8(chunk) : chunk;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(body(), maxChars)) events.push(event);
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
  const bytes = utf8("data: é\n\n");
  expect(await eventsOf(bytes.subarray(0, 7), bytes.subarray(7))).toEqual([{ name: "message", data: "é" }]);
});

it("is not made to hold an endless line, nor an event of endlessly many short ones", async () => {
  const line = `data: ${"x".repeat(15)}\n`;
  expect(await eventsOf(line, line, "\n", line)).toHaveLength(2);
  await expect(eventsOf(line, line, line)).rejects.toMatchObject({ code: "event_too_long" });
  await expect(eventsOf("data: ", "x".repeat(20), "x".repeat(20))).rejects.toMatchObject({ code: "line_too_long" });
});
