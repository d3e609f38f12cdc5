import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { concatBytes, type Random, utf8 } from "@livepeer-ts/kernel";
import { mutatedBytes, mutatedText, oneOf } from "./mutate.ts";

const heads = (path: string): readonly string[] => [
  `POST ${path} HTTP/1.1\r\nHost: a b\r\nContent-Length: 1\r\n\r\nx`,
  `GET //// HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET http://x/y HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: [::\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: x:99999\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx`,
  `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\nx`,
  `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  `CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  `OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
];

/** Bytes that look little like a request; resolves with the first status, or `closed`. The client ends its side after them. */
export async function spoiledHttp(port: number, isTls: boolean, path: string, random: Random): Promise<string> {
  const text = oneOf(random, heads(path));
  const bytes = random.unit() < 0.5 ? utf8(text) : concatBytes(mutatedBytes(utf8(mutatedText(text, random)), random));
  const at = { host: "127.0.0.1", port };
  const socket = isTls ? connectTls({ ...at, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }) : connectTcp(at);
  return new Promise((resolve) => {
    let seen = "";
    socket.on("error", () => {});
    socket.once(isTls ? "secureConnect" : "connect", () => socket.end(bytes));
    socket.on("data", (chunk: Buffer) => {
      seen += chunk.toString("latin1");
      const [, status] = /^HTTP\/1\.1 (\d{3}) [\s\S]*\r\n\r\n/.exec(seen) ?? [];
      if (status === undefined || status === "100") return;
      resolve(status === "500" && seen.includes("internal server error: the request") ? "500 from the host" : status);
      socket.destroy();
    });
    socket.once("close", () => resolve("closed"));
  });
}
