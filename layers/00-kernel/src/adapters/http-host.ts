import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { LpError } from "../errors/lp-error.ts";
import type { HttpHandler, HttpResponse } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";
import { bodyOf } from "../units/body.ts";
import { utf8 } from "../units/bytes.ts";
import { whenProtocolKnown } from "./clear-text-protocol.ts";
import { http1Exchange } from "./http1-exchange.ts";
import { http2Exchange } from "./http2-exchange.ts";
import type { ServedExchange } from "./served-exchange.ts";

export type HttpHostOptions = {
  /** Address to listen on; empty = every interface. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = a free port. */
  readonly port: number;
  /** PEM key and certificate; absent = clear text HTTP/1.1. With them the port speaks HTTP/1.1, HTTP/2 and gRPC. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Without `tls`: HTTP/2 and gRPC in clear text beside HTTP/1.1 (prior knowledge). Default false. */
  readonly h2c?: boolean;
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

// Default HTTP/2 windows (64 KB) halve the throughput of segment uploads.
const streamWindowBytes = 16 * 1024 * 1024;
const sessionWindowBytes = 64 * 1024 * 1024;

function internalError(): HttpResponse {
  const errors = ["internal server error: the request could not be served; see the log"];
  return {
    status: 500,
    header: new Headers({ "content-type": "application/json" }),
    body: bodyOf(utf8(JSON.stringify({ errors }))),
  };
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

  const serve = async (exchange: ServedExchange) => {
    const aborter = new AbortController();
    let isAnswered = false;
    exchange.closed(() => {
      if (!isAnswered) aborter.abort(new LpError({ code: "net_aborted", message: "the client closed the connection" }));
    });
    try {
      await exchange.answer(await handler(exchange.request(aborter.signal)), aborter.signal);
      isAnswered = true;
    } catch (error) {
      if (aborter.signal.aborted) return;
      logger.error("request failed", {
        method: exchange.method,
        path: exchange.path.split("?")[0],
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (exchange.hasAnswered()) exchange.destroy();
      else await exchange.answer(internalError(), aborter.signal);
    }
  };
  const track = (exchange: ServedExchange) => {
    const work = serve(exchange).catch(() => exchange.destroy());
    inProgress.add(work);
    void work.finally(() => inProgress.delete(work));
  };
  const onHttp1 = (raw: IncomingMessage, response: ServerResponse) => track(http1Exchange(raw, response, secure));

  const http2Options = {
    maxSessionMemory: 256,
    maxHeaderSize: maxHeaderBytes,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxFrameSize: 1024 * 1024,
      maxHeaderListSize: maxHeaderBytes,
    },
  };
  const idleTimeoutMs = options.idleTimeoutMs ?? 600_000;
  const serveHttp2 = (http2: Http2SecureServer | Http2Server) => {
    // Node's own listener would also turn HTTP/2 streams into requests of the HTTP/1.1 kind
    http2.removeAllListeners("stream");
    http2.on("stream", (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) =>
      track(http2Exchange(stream, fields, rawHeaders)),
    );
    http2.setTimeout(idleTimeoutMs);
    http2.on("sessionError", (error: Error) => logger.debug("http2 session failed", { error: error.message }));
    http2.on("session", (session: { setLocalWindowSize?: (size: number) => void }) =>
      session.setLocalWindowSize?.(sessionWindowBytes),
    );
  };

  const server: Server | Http2SecureServer = options.tls
    ? createSecureServer(
        {
          key: options.tls.key,
          cert: options.tls.cert,
          allowHTTP1: true,
          ...http2Options,
        } as Parameters<typeof createSecureServer>[0],
        onHttp1 as (raw: unknown, response: unknown) => void,
      )
    : createHttpServer({ maxHeaderSize: maxHeaderBytes }, onHttp1);
  if (secure) serveHttp2(server as Http2SecureServer);
  else server.setTimeout(idleTimeoutMs);
  if (!secure && options.h2c === true) {
    const clearHttp2 = createHttp2Server(http2Options as Parameters<typeof createHttp2Server>[0]);
    serveHttp2(clearHttp2);
    const [startHttp1] = server.listeners("connection") as ((socket: Socket) => void)[];
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) =>
      whenProtocolKnown(socket, idleTimeoutMs, (protocol) => {
        if (protocol === "h2") clearHttp2.emit("connection", socket);
        else startHttp1?.call(server, socket);
      }),
    );
  }
  server.maxConnections = options.maxConnections ?? 4096;
  const sockets = new Set<Socket>();
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (error: Error) => logger.debug("tls handshake failed", { error: error.message }));
  server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new LpError({
          code: cause.code === "EADDRINUSE" ? "port_in_use" : "listen_failed",
          message:
            cause.code === "EADDRINUSE"
              ? `port ${options.port} on ${host || "every interface"} is already in use: stop the other program or choose another port`
              : `cannot listen on ${host}:${options.port}: ${cause.message}`,
          details: { host, port: options.port },
          cause,
        }),
      ),
    );
    if (host === "") server.listen(options.port, resolve);
    else server.listen(options.port, host, resolve);
  });
  const port = (server.address() as AddressInfo).port;
  return {
    port,
    url: `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host || "localhost"}:${port}`,
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
