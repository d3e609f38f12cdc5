import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";
import { RequestBody } from "./request-body.ts";
import { type BodyLimits, endAnswer, headersOf, type ServedExchange, writeBody } from "./served-exchange.ts";

/** What is still sent of a body that nobody reads is dropped this long, and so far: a client that only writes must come to read the answer. */
const lingerMs = 2000;
const lingerBytes = 64 * 1024 * 1024;

/** One HTTP/1.1 request and its answer. */
export function http1Exchange(
  raw: IncomingMessage,
  response: ServerResponse,
  secure: boolean,
  limits: BodyLimits,
): ServedExchange {
  const body = new RequestBody(raw, limits);
  let isWhole = false;
  return {
    method: raw.method ?? "GET",
    path: raw.url ?? "/",
    lease: limits.lease,
    closed: (listener) => {
      response.once("close", () => {
        if (!isWhole) listener();
      });
      response.on("error", listener);
    },
    hasAnswered: () => response.headersSent,
    request: (signal): HttpRequest => ({
      method: raw.method ?? "GET",
      url: `${secure ? "https" : "http"}://${raw.headers.host ?? "unknown"}${raw.url ?? "/"}`,
      header: headersOf(raw.rawHeaders),
      body,
      signal,
      patience: {
        extend: () => body.extend(),
        sayContinue: () => {
          if (!response.headersSent && !response.destroyed) response.writeContinue();
        },
      },
      peer: { address: raw.socket.remoteAddress ?? "", protocol: "h1" },
    }),
    async answer(answer: HttpResponse, signal) {
      const headers: Record<string, string | string[]> = {};
      for (const [name, value] of answer.header) {
        const before = headers[name];
        headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
      }
      // the rest of a body that nobody reads would be taken for the next request
      if (body.isAbandoned) response.shouldKeepAlive = false;
      response.writeHead(answer.status, headers);
      sendHead(response);
      if (!(await writeBody(response, answer.body, signal))) return;
      if (answer.trailer !== undefined) response.addTrailers([...answer.trailer()]);
      // a connection that is closed with bytes unread is reset, and the answer may be lost with it
      if (body.isAbandoned) await dropRest(raw);
      await endAnswer(response, signal, () => {
        isWhole = true;
      });
    },
    destroy: () => {
      response.socket?.uncork();
      response.destroy();
    },
  };
}

/** Sends the head now, in one write with what is there of the body. */
function sendHead(response: ServerResponse): void {
  const { socket } = response;
  socket?.cork();
  response.flushHeaders();
  process.nextTick(() => socket?.uncork());
}

/** Takes the rest of a body off the connection until it ends, within bounds. */
function dropRest(raw: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(stop, lingerMs);
    function take(chunk: Uint8Array) {
      bytes += chunk.length;
      if (bytes > lingerBytes) stop();
    }
    function stop() {
      clearTimeout(timer);
      raw.pause();
      raw.removeListener("data", take);
      raw.removeListener("end", stop);
      raw.removeListener("close", stop);
      resolve();
    }
    raw.on("data", take).once("end", stop).once("close", stop);
    if (raw.destroyed || raw.readableEnded) stop();
    else raw.resume();
  });
}
