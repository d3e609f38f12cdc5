import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { LpError } from "../errors/lp-error.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";

export type HttpHostOptions = {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = a free port. */
  readonly port: number;
  /** PEM key and certificate; absent = clear text HTTP/1.1. With them the port speaks HTTP/1.1, HTTP/2 and gRPC. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Bytes of all request headers together. Default 262144 (600 tickets are about 45 KB). */
  readonly maxHeaderBytes?: number;
  /** Ms an idle connection is kept. Default 600000. */
  readonly idleTimeoutMs?: number;
  /** Open connections. Default 4096. */
  readonly maxConnections?: number;
};

export type HttpHost = {
  readonly port: number;
  /** `https://host:port` or `http://host:port`. */
  readonly url: string;
  /** Stops listening, lets answers in progress end for `graceMs`, then closes what is left. */
  stop(graceMs?: number): Promise<void>;
};

type AnyRequest = IncomingMessage | Http2ServerRequest;
type AnyResponse = ServerResponse | Http2ServerResponse;

// Default HTTP/2 windows (64 KB) halve the throughput of segment uploads.
const streamWindowBytes = 16 * 1024 * 1024;
const sessionWindowBytes = 64 * 1024 * 1024;
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"]);

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!name.startsWith(":")) headers.append(name, raw[i + 1] as string);
  }
  return headers;
}

function requestOf(raw: AnyRequest, secure: boolean, signal: AbortSignal): HttpRequest {
  const isHttp2 = raw.httpVersionMajor === 2;
  const authority = isHttp2 ? (raw as Http2ServerRequest).authority : raw.headers.host;
  return {
    method: raw.method ?? "GET",
    url: `${secure ? "https" : "http"}://${authority ?? "unknown"}${raw.url ?? "/"}`,
    header: headersOf(raw.rawHeaders),
    body: raw as AsyncIterable<Uint8Array>,
    signal,
    peer: { address: raw.socket.remoteAddress ?? "", protocol: isHttp2 ? "h2" : "h1" },
  };
}

async function drain(response: AnyResponse, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      response.removeListener("drain", done);
      response.removeListener("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

async function writeResponse(
  raw: AnyRequest,
  response: AnyResponse,
  answer: HttpResponse,
  signal: AbortSignal,
): Promise<void> {
  const isHttp2 = raw.httpVersionMajor === 2;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of answer.header) {
    if (isHttp2 && hopByHop.has(name)) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  (response as ServerResponse).writeHead(answer.status, headers);
  if (!isHttp2) (response as ServerResponse).flushHeaders(); // HTTP/2 sends the head at once
  for await (const chunk of answer.body) {
    if (signal.aborted) return;
    if (chunk.length > 0 && !(response as ServerResponse).write(chunk)) await drain(response, signal);
  }
  if (signal.aborted) return;
  if (answer.trailer !== undefined) {
    const trailers: Record<string, string> = {};
    for (const [name, value] of answer.trailer()) trailers[name] = value;
    response.addTrailers(trailers);
  }
  await new Promise<void>((resolve) => response.end(resolve));
}

/**
 * Listens and hands every request to the handler. The only place of the project that opens HTTP ports.
 * Throws `port_in_use` with the port and what to do.
 */
export async function startHttpHost(options: HttpHostOptions, handler: HttpHandler, logger: Logger): Promise<HttpHost> {
  const host = options.host ?? "127.0.0.1";
  const secure = options.tls !== undefined;
  const maxHeaderBytes = options.maxHeaderBytes ?? 262_144;
  const inProgress = new Set<Promise<void>>();

  const serve = async (raw: AnyRequest, response: AnyResponse) => {
    const aborter = new AbortController();
    response.once("close", () =>
      aborter.abort(new LpError({ code: "net_aborted", message: "the client closed the connection" })),
    );
    raw.on("error", () => {}); // a reset body surfaces through the body iterator
    response.on("error", (error: Error) => aborter.abort(error));
    try {
      const answer = await handler(requestOf(raw, secure, aborter.signal));
      await writeResponse(raw, response, answer, aborter.signal);
    } catch (error) {
      if (aborter.signal.aborted) return;
      logger.error("request failed", {
        method: raw.method,
        path: raw.url?.split("?")[0],
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (response.headersSent) {
        response.destroy();
        return;
      }
      (response as ServerResponse).writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: ["internal server error: the request could not be served; see the log"] }));
    }
  };
  const listener = (raw: AnyRequest, response: AnyResponse) => {
    const work = serve(raw, response);
    inProgress.add(work);
    void work.finally(() => inProgress.delete(work));
  };

  const server: Server | Http2SecureServer = options.tls
    ? createSecureServer(
        {
          key: options.tls.key,
          cert: options.tls.cert,
          allowHTTP1: true,
          maxSessionMemory: 256,
          maxHeaderSize: maxHeaderBytes,
          settings: {
            initialWindowSize: streamWindowBytes,
            maxFrameSize: 1024 * 1024,
            maxHeaderListSize: maxHeaderBytes,
          },
        } as Parameters<typeof createSecureServer>[0],
        listener,
      )
    : createHttpServer({ maxHeaderSize: maxHeaderBytes }, listener);
  server.maxConnections = options.maxConnections ?? 4096;
  server.setTimeout(options.idleTimeoutMs ?? 600_000);
  const sockets = new Set<Socket>();
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("sessionError", (error: Error) => logger.debug("http2 session failed", { error: error.message }));
  server.on("tlsClientError", (error: Error) => logger.debug("tls handshake failed", { error: error.message }));
  server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());
  server.on("session", (session: { setLocalWindowSize?: (size: number) => void }) =>
    session.setLocalWindowSize?.(sessionWindowBytes),
  );

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new LpError({
          code: cause.code === "EADDRINUSE" ? "port_in_use" : "listen_failed",
          message:
            cause.code === "EADDRINUSE"
              ? `port ${options.port} on ${host} is already in use: stop the other program or choose another port`
              : `cannot listen on ${host}:${options.port}: ${cause.message}`,
          details: { host, port: options.port },
          cause,
        }),
      ),
    );
    server.listen(options.port, host, resolve);
  });
  const port = (server.address() as AddressInfo).port;
  return {
    port,
    url: `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async stop(graceMs = 1000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (!secure) (server as Server).closeIdleConnections();
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        Promise.all([...inProgress]),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, graceMs);
        }),
      ]);
      clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
