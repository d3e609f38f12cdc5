import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { HttpRequest, HttpResponse } from "../ports/http.ts";
import { RequestBody } from "./request-body.ts";
import { type BodyLimits, endAnswer, headersOf, type ServedExchange, writeBody } from "./served-exchange.ts";

const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection", "host"]);
const withoutBody = new Set([204, 205, 304]);

/** What is still sent of a body that nobody reads is dropped this long when the answer has trailers; then the stream is reset. */
const trailersMs = 1000;

/** One HTTP/2 request and its answer, on the stream itself: the compatibility objects of Node would carry every chunk twice. */
export function http2Exchange(
  stream: ServerHttp2Stream,
  fields: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  { lease, idleMs }: BodyLimits,
): ServedExchange {
  // a stream that the client cancels ends like a complete one
  const body = new RequestBody(stream, { wasCut: () => stream.aborted, lease, idleMs });
  const method = String(fields[":method"] ?? "GET");
  const path = String(fields[":path"] ?? "/");
  let isWhole = false;
  return {
    method,
    path,
    lease,
    closed: (listener) => {
      stream.once("close", () => {
        if (!isWhole) listener();
      });
    },
    hasAnswered: () => stream.headersSent,
    request: (signal): HttpRequest => ({
      method,
      url: `${fields[":scheme"] ?? "https"}://${fields[":authority"] ?? fields.host ?? "unknown"}${path}`,
      header: headersOf(rawHeaders),
      body,
      signal,
      patience: {
        extend: () => body.extend(),
        sayContinue: () => {
          if (!stream.headersSent && !stream.destroyed) stream.additionalHeaders({ ":status": 100 });
        },
      },
      peer: { address: stream.session?.socket.remoteAddress ?? "", protocol: "h2" },
    }),
    async answer(answer: HttpResponse, signal) {
      if (stream.destroyed) return letGo(answer.body);
      const headers: Record<string, string | string[] | number> = { ":status": answer.status };
      for (const [name, value] of answer.header) {
        if (hopByHop.has(name)) continue;
        const before = headers[name];
        headers[name] = before === undefined ? value : ([before, value].flat() as string[]);
      }
      const endStream = method === "HEAD" || withoutBody.has(answer.status);
      const { trailer } = answer;
      if (trailer !== undefined)
        stream.once("wantTrailers", () => stream.sendTrailers(Object.fromEntries(trailer()) as Record<string, string>));
      stream.respond(headers, { endStream, waitForTrailers: trailer !== undefined });
      isWhole = endStream;
      if (endStream) return letGo(answer.body);
      if (!(await writeBody(stream, answer.body, signal))) return;
      await endAnswer(stream, signal, () => {
        isWhole = true;
      });
      if (!body.isAbandoned) return;
      const close = () => stream.close(constants.NGHTTP2_NO_ERROR);
      if (trailer === undefined) return close();
      // a reset overtakes trailers, and with them a gRPC status: the peer has a moment to take them
      stream.resume();
      const timer = setTimeout(close, trailersMs);
      stream.once("close", () => clearTimeout(timer));
    },
    // `close` would end the body properly first
    destroy: () => stream.destroy(new Error("the answer broke off")),
  };
}

/** Nobody reads the body: whoever gives it hears so, and ends what belongs to it. */
async function letGo(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}
