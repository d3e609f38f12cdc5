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
import type { Duplex } from "node:stream";
import { LpError } from "../errors/lp-error.ts";
import type { HttpHandler, HttpResponse } from "../ports/http.ts";
import type { Logger } from "../ports/logger.ts";
import { bodyOf } from "../units/body.ts";
import { BodyBudget, type BodyBudgetOptions } from "../units/body-budget.ts";
import { utf8 } from "../units/bytes.ts";
import { whenProtocolKnown } from "./clear-text-protocol.ts";
import { ConnectionCensus } from "./connection-census.ts";
import { http1Exchange } from "./http1-exchange.ts";
import { http2Exchange } from "./http2-exchange.ts";
import { listening } from "./listening.ts";
import type { ServedExchange } from "./served-exchange.ts";
import { isUpgrade, upgradeExchange } from "./upgrade-exchange.ts";

export type HttpHostOptions = {
  /** Address to listen on; empty = every interface. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = a free port. */
  readonly port: number;
  /** Listens on this Unix socket instead of a port. */
  readonly socketPath?: string;
  /** Takes connections that another process has accepted on `port` instead of listening. */
  readonly handedOver?: (take: (socket: Socket) => void) => void;
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
  /** Open connections of one address; further ones are closed. Default half of `maxConnections`. */
  readonly maxConnectionsPerPeer?: number;
  /** Ms without a byte of a request body that somebody reads; then it is cut. Default 60000. */
  readonly bodyIdleMs?: number;
  /** Ms for a whole request body over HTTP/1.1, unless its handler has patience. Default 300000. */
  readonly bodyWholeMs?: number;
  /** Ms until a connection has said what it wants: its TLS handshake, its first request's head. Default 30000. */
  readonly helloMs?: number;
  /** Request bodies that are held at once. */
  readonly bodies?: BodyBudgetOptions;
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
/** Requests at once on one HTTP/2 connection; a redeemer is asked for this many floats over one. */
const maxConcurrentStreams = 2048;
/** What a request costs beside its head and body. */
const exchangeBytes = 8192;

function headBytes(header: Headers): number {
  let sum = 0;
  for (const [name, value] of header) sum += name.length + value.length;
  return sum;
}

function refusal(status: number, error: string): HttpResponse {
  return {
    status,
    header: new Headers({ "content-type": "application/json" }),
    body: bodyOf(utf8(JSON.stringify({ errors: [error] }))),
  };
}
const internalError = () => refusal(500, "internal server error: the request could not be served; see the log");
const badTarget = () => refusal(400, "bad request: the host or the path is no part of a URL");
/** A few bytes could become gigabytes: nothing here inflates. */
const encodedBody = () =>
  refusal(415, "the body is encoded, and only plain ones are read: send it without Content-Encoding");
/** True for bodies that somebody compressed. Protocols that compress messages say so in fields of their own. */
function isEncoded(header: Headers): boolean {
  const encoding = header.get("content-encoding");
  return encoding !== null && encoding.toLowerCase() !== "identity";
}
/** Whatever the handler made of a body that was cut for lack of room. */
const tooBusy = () =>
  refusal(503, "too many bytes are on their way to this node: try again when earlier requests are answered");

/**
 * Listens and hands every request to the handler. The only place of the project that opens HTTP ports.
 * Throws `port_in_use` with the port and what to do.
 */
export async function startHttpHost(options: HttpHostOptions, handler: HttpHandler, logger: Logger): Promise<HttpHost> {
  const host = options.host ?? "127.0.0.1";
  const secure = options.tls !== undefined;
  const maxHeaderBytes = options.maxHeaderBytes ?? 262_144;
  const bodyIdleMs = options.bodyIdleMs ?? 60_000;
  const bodyWholeMs = options.bodyWholeMs ?? 300_000;
  const helloMs = options.helloMs ?? 30_000;
  const budget = new BodyBudget(options.bodies);
  const inProgress = new Set<Promise<void>>();

  const serve = async (exchange: ServedExchange) => {
    const aborter = new AbortController();
    let isAnswered = false;
    exchange.closed(() => {
      if (!isAnswered) aborter.abort(new LpError({ code: "net_aborted", message: "the client closed the connection" }));
    });
    try {
      const request = exchange.request(aborter.signal);
      exchange.lease.take(exchangeBytes + headBytes(request.header));
      const isReadable = URL.canParse(request.url);
      if (!isReadable || isEncoded(request.header)) {
        await exchange.answer(isReadable ? encodedBody() : badTarget(), aborter.signal);
        isAnswered = true;
        return;
      }
      const answer = await handler(request);
      await exchange.answer(exchange.lease.isExceeded && answer.status >= 400 ? tooBusy() : answer, aborter.signal);
      isAnswered = true;
    } catch (error) {
      if (aborter.signal.aborted) return;
      if (exchange.lease.isExceeded && !exchange.hasAnswered()) {
        await exchange.answer(tooBusy(), aborter.signal);
        return;
      }
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
    const work = serve(exchange)
      .catch(() => exchange.destroy())
      .finally(() => exchange.lease.end());
    inProgress.add(work);
    void work.finally(() => inProgress.delete(work));
  };
  const limitsFor = (peer: string | undefined) => ({
    lease: budget.lease(peer ?? ""),
    idleMs: bodyIdleMs,
    wholeMs: bodyWholeMs,
  });
  const onHttp1 = (raw: IncomingMessage, response: ServerResponse) =>
    track(http1Exchange(raw, response, secure, limitsFor(raw.socket.remoteAddress)));

  const http2Options = {
    maxSessionMemory: 256,
    maxHeaderSize: maxHeaderBytes,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxFrameSize: 1024 * 1024,
      maxHeaderListSize: maxHeaderBytes,
      maxConcurrentStreams,
    },
  };
  const http1Options = { headersTimeout: helloMs, connectionsCheckingInterval: Math.min(helloMs, 5000) };
  const idleTimeoutMs = options.idleTimeoutMs ?? 600_000;
  const serveHttp2 = (http2: Http2SecureServer | Http2Server) => {
    // Node's own listener would also turn HTTP/2 streams into requests of the HTTP/1.1 kind
    http2.removeAllListeners("stream");
    http2.on("stream", (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) =>
      track(http2Exchange(stream, fields, rawHeaders, limitsFor(stream.session?.socket.remoteAddress))),
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
          handshakeTimeout: helloMs,
          ...http1Options,
          ...http2Options,
        } as Parameters<typeof createSecureServer>[0],
        onHttp1 as (raw: unknown, response: unknown) => void,
      )
    : createHttpServer({ maxHeaderSize: maxHeaderBytes, ...http1Options }, onHttp1);
  const onUpgrade = (raw: IncomingMessage, socket: Duplex, head: Buffer) =>
    track(
      upgradeExchange(raw, socket, head, secure, {
        ...limitsFor(raw.socket.remoteAddress),
        quietMs: idleTimeoutMs,
      }),
    );
  server.on("upgrade", onUpgrade as (raw: unknown, socket: unknown, head: unknown) => void);
  (server as { shouldUpgradeCallback?: typeof isUpgrade }).shouldUpgradeCallback = isUpgrade;
  // Node's own limit knows no exception; bodies have theirs
  (server as Server).requestTimeout = 0;
  if (secure) serveHttp2(server as Http2SecureServer);
  else server.setTimeout(idleTimeoutMs);
  if (!secure && options.h2c === true) {
    const clearHttp2 = createHttp2Server(http2Options as Parameters<typeof createHttp2Server>[0]);
    serveHttp2(clearHttp2);
    const [startHttp1] = server.listeners("connection") as ((socket: Socket) => void)[];
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) =>
      whenProtocolKnown(socket, helloMs, (protocol) => {
        if (protocol === "h1") return startHttp1?.call(server, socket);
        // servers of HTTP/1.1 let a client end its side only; here that means that it is gone
        socket.allowHalfOpen = false;
        clearHttp2.emit("connection", socket);
      }),
    );
  }
  const maxConnections = options.maxConnections ?? 4096;
  server.maxConnections = maxConnections;
  const maxConnectionsPerPeer = options.maxConnectionsPerPeer ?? Math.ceil(maxConnections / 2);
  const connections = new ConnectionCensus(() => maxConnectionsPerPeer);
  // before the handshake: who never begins one counts too
  server.prependListener("connection", (socket: Socket) => {
    // an answer's last bytes would wait up to 40 ms for the peer to confirm the ones before
    socket.setNoDelay(true);
    connections.add(socket);
  });
  server.on("tlsClientError", (error: Error) => logger.debug("tls handshake failed", { error: error.message }));
  server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());

  const { handedOver, socketPath } = options;
  if (handedOver === undefined) {
    await listening(server, socketPath ?? { host, port: options.port });
  } else {
    // what the server sets up when it listens
    server.emit("listening");
    handedOver((socket) => {
      if (connections.count < maxConnections) server.emit("connection", socket);
      else socket.destroy();
    });
  }
  const port =
    handedOver === undefined && socketPath === undefined ? (server.address() as AddressInfo).port : options.port;
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
      connections.closeAll();
      await closed;
    },
  };
}
