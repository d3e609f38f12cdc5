import { expect, it } from "vitest";
import { type ServerEvent, serverEvents } from "./server-events.ts";

async function eventsOf(...chunks: readonly string[]): Promise<readonly ServerEvent[]> {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  async function* body() {
    yield* bytes;
  }
  return Array.fromAsync(serverEvents(body()));
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
  const bytes = new TextEncoder().encode("data: é\n\n");
  async function* body() {
    yield bytes.subarray(0, 7);
    yield bytes.subarray(7);
  }
  expect(await Array.fromAsync(serverEvents(body()))).toEqual([{ name: "message", data: "é" }]);
});
