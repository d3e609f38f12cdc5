import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { type Duplex, Readable } from "node:stream";
import type { HttpResponse } from "../ports/http.ts";
import type { NetRequest } from "../ports/net.ts";
import { headersOf } from "./served-exchange.ts";

export type HttpUpgradeOptions = {
  /** Ms for TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** Check certificates and names of peers. */
  readonly verifyTls: boolean;
  /** Resolves peers' names. Default: the system's way. */
  readonly lookup?: LookupFunction;
};

/**
 * Asks a peer to go on with another protocol, on a connection of its own. Resolves at the answer's head. With 101, the request's body
 * is what is sent from then on, and the answer's body what comes back; with another status the request's body is not sent.
 */
export function requestUpgrade(request: NetRequest, options: HttpUpgradeOptions): Promise<HttpResponse> {
  const url = new URL(request.url);
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      method: request.method,
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(request.header),
      agent: false,
      signal: request.signal,
      ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      ...(options.verifyTls ? {} : { rejectUnauthorized: false, checkServerIdentity: () => undefined }),
    });
    const late = Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" });
    const timer = setTimeout(() => outgoing.destroy(late), options.connectTimeoutMs);
    outgoing.once("socket", (socket) => {
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => clearTimeout(timer));
    });
    outgoing.once("close", () => clearTimeout(timer));
    outgoing.on("error", reject);
    outgoing.once("response", (answer: IncomingMessage) =>
      resolve({ status: answer.statusCode ?? 0, header: headersOf(answer.rawHeaders), body: answer }),
    );
    outgoing.once("upgrade", (answer: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      const onAbort = () => socket.destroy();
      request.signal.addEventListener("abort", onAbort, { once: true });
      socket.once("close", () => request.signal.removeEventListener("abort", onAbort));
      socket.on("error", () => {}); // readers see it through the body
      resolve({ status: 101, header: headersOf(answer.rawHeaders), body: socket });
      const body = request.body;
      if (body === undefined) return;
      const source = body instanceof Uint8Array ? Readable.from([body]) : Readable.from(body, { objectMode: false });
      source.once("error", () => socket.destroy());
      source.pipe(socket);
    });
    outgoing.end();
  });
}
