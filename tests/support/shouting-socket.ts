import { createHash } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Makes a server answer WebSockets: every short message comes back in capitals. `fields`: more of the handshake's head. */
export function addShoutingSocket(server: Server, fields: (request: IncomingMessage) => string = () => ""): void {
  server.on("upgrade", (request, socket: Duplex) => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n${fields(request)}\r\n`,
    );
    socket.on("data", (frame: Buffer) => {
      if (frame[0] !== 0x81) return socket.end();
      const length = (frame[1] as number) & 0x7f;
      const mask = frame.subarray(2, 6);
      const words = Buffer.from(frame.subarray(6, 6 + length).map((byte, i) => byte ^ (mask[i % 4] as number)));
      socket.write(Buffer.concat([Buffer.from([0x81, length]), Buffer.from(words.toString().toUpperCase())]));
    });
    socket.on("error", () => {});
  });
}
