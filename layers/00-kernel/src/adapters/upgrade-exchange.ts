import { type IncomingMessage, ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";
import { http1Exchange } from "./http1-exchange.ts";
import { RequestBody } from "./request-body.ts";
import { type BodyLimits, endAnswer, type ServedExchange, writeBody } from "./served-exchange.ts";

/**
 * A request that wants to go on with another protocol on its connection. Answered with 101, the rest of the connection is the body of
 * both sides; any other answer is one of HTTP/1.1, and the connection ends with it.
 */
export function upgradeExchange(
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  secure: boolean,
  limits: BodyLimits & { readonly quietMs: number },
): ServedExchange {
  if (head.length > 0) socket.unshift(head);
  // what is relayed is not held: it counts only while it is on its way
  const body = new RequestBody(socket, { lease: { take: () => {} }, idleMs: limits.quietMs });
  const response = new ServerResponse(raw);
  response.shouldKeepAlive = false;
  const plain = http1Exchange(raw, response, secure, limits);
  let hasSwitched = false;
  let isWhole = false;
  return {
    ...plain,
    closed: (listener) => {
      const onGone = () => {
        if (!isWhole) listener();
      };
      socket.once("close", onGone);
      socket.on("error", onGone);
    },
    hasAnswered: () => hasSwitched || response.headersSent,
    request: (signal): HttpRequest => {
      const { patience: _none, ...request } = plain.request(signal);
      return { ...request, body };
    },
    async answer(answer: HttpResponse, signal) {
      if (answer.status !== 101) {
        // Node types the sockets of HTTP servers as plain ones
        response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
        await plain.answer(answer, signal);
        isWhole = true;
        socket.end();
        return;
      }
      hasSwitched = true;
      const lines = [`HTTP/1.1 101 ${STATUS_CODES[101]}`];
      for (const [name, value] of answer.header) lines.push(`${name}: ${value}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      if (!(await writeBody(socket, answer.body, signal))) return;
      await endAnswer(socket, signal, () => {
        isWhole = true;
      });
    },
    destroy: () => socket.destroy(),
  };
}

/** True for upgrades that have a body of their own; others are served as the plain requests that they are too. */
export function isUpgrade(raw: Pick<IncomingMessage, "headers">): boolean {
  return raw.headers.upgrade?.toLowerCase() === "websocket";
}
