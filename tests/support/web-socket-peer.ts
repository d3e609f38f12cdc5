import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** One connection of a WebSocket server, as the server sees it. Frames are written out: no library is on both sides. */
export class WebSocketPeer {
  readonly headers: IncomingHttpHeaders;
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #got: string[] = [];
  #wake = () => {};
  #held = Buffer.alloc(0);

  constructor(headers: IncomingHttpHeaders, socket: Duplex) {
    this.headers = headers;
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => {});
    this.closed = once(socket, "close").then(() => {});
  }

  /** The next message as JSON. */
  async next(): Promise<Record<string, unknown>> {
    while (this.#got.length === 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return JSON.parse(this.#got.shift() as string) as Record<string, unknown>;
  }

  /** The next message of a type; others are passed over. */
  async nextOf(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const message = await this.next();
      if (message["type"] === type) return message;
    }
  }

  send(message: object): void {
    const body = Buffer.from(JSON.stringify(message));
    const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 255];
    this.#socket.write(Buffer.concat([Buffer.from([0x81, ...length]), body]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const held = this.#held;
      if (held.length < 2) return;
      const short = (held[1] as number) & 0x7f;
      const start = short === 126 ? 4 : 2;
      if (held.length < start) return;
      const length = short === 126 ? held.readUInt16BE(2) : short;
      if (held.length < start + 4 + length) return;
      const mask = held.subarray(start, start + 4);
      const body = Buffer.from(
        held.subarray(start + 4, start + 4 + length).map((byte, i) => byte ^ (mask[i % 4] as number)),
      );
      this.#held = held.subarray(start + 4 + length);
      if (((held[0] as number) & 15) === 8) this.#socket.end();
      else this.#got.push(body.toString());
      this.#wake();
    }
  }
}

/** A WebSocket server; `onPeer` gets each connection. */
export async function startWebSocketServer(
  onPeer: (peer: WebSocketPeer, path: string) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer();
  server.on("upgrade", (request, socket: Duplex) => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade"];
    socket.write(`${[...head, `sec-websocket-accept: ${accept}`].join("\r\n")}\r\n\r\n`);
    onPeer(new WebSocketPeer(request.headers, socket), request.url ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
