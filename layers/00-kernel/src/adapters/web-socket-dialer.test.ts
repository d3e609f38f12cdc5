import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { webSocketDialer } from "./web-socket-dialer.ts";

let server: Server;
let url: string;
let socket: Promise<Duplex>;
let header: Record<string, unknown>;
let isOpen: boolean;

beforeEach(async () => {
  const arrived = Promise.withResolvers<Duplex>();
  socket = arrived.promise;
  isOpen = true;
  server = createServer((_request, response) => response.writeHead(403).end("no"));
  server.on("upgrade", (request, stream: Duplex) => {
    header = request.headers;
    stream.on("error", () => {});
    if (!isOpen) return stream.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    arrived.resolve(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/x?key=secret`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const never = () => new AbortController().signal;
const frame = (opcode: number, body: string) =>
  Buffer.concat([Buffer.from([0x80 | opcode, body.length]), Buffer.from(body)]);
async function all(messages: AsyncIterable<string>): Promise<string[]> {
  const got: string[] = [];
  for await (const message of messages) got.push(message);
  return got;
}

it("carries texts both ways, with the headers that it was given, until the peer leaves", async () => {
  const dialed = await webSocketDialer().dial(url, { authorization: "Key k" }, never());
  expect(header["authorization"]).toBe("Key k");
  const peer = await socket;
  const heard = once(peer, "data");
  dialed.send("hello");
  const [first] = (await heard) as [Buffer];
  const mask = first.subarray(2, 6);
  expect(Buffer.from(first.subarray(6).map((byte, i) => byte ^ (mask[i % 4] as number))).toString()).toBe("hello");
  peer.write(frame(1, "one"));
  peer.write(frame(1, "two"));
  peer.end(frame(8, ""));
  expect(await all(dialed.messages)).toEqual(["one", "two"]);
  dialed.send("into nothing");
  dialed.close();
});

it("ends at once when it is closed, whatever the peer does", async () => {
  const dialed = await webSocketDialer().dial(url, {}, never());
  dialed.close();
  expect(await all(dialed.messages)).toEqual([]);
});

it("breaks off what is no text, too long, or too much", async () => {
  for (const [bytes, why] of [
    [frame(2, "bytes"), /no text/],
    [frame(1, "x".repeat(11)), /11 characters/],
    [Buffer.concat([frame(1, "a"), frame(1, "b"), frame(1, "c")]), /2 messages/],
  ] as const) {
    const arrived = Promise.withResolvers<Duplex>();
    server.once("upgrade", (_request, stream: Duplex) => arrived.resolve(stream));
    const dialed = await webSocketDialer({ maxMessageLength: 10, maxWaiting: 2 }).dial(url, {}, never());
    const peer = await arrived.promise;
    const gone = once(peer, "close");
    peer.write(bytes);
    await new Promise((resolve) => setImmediate(resolve));
    const reading = async () => {
      // the peer's words are all there before the first one is read
      await once(peer, "data");
      return all(dialed.messages);
    };
    await expect(reading()).rejects.toThrow(why);
    peer.destroy();
    await gone;
  }
});

it("says who refused it, without the key in the address", async () => {
  isOpen = false;
  const error = (await webSocketDialer()
    .dial(url, {}, never())
    .catch((reason: unknown) => reason)) as Error & { code: string };
  expect([error.code, error.message.includes("secret")]).toEqual(["socket_dial", false]);
  const stop = new AbortController();
  stop.abort(new Error("called off"));
  await expect(webSocketDialer().dial(url, {}, stop.signal)).rejects.toThrow("called off");
});
