import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { Readable } from "node:stream";
import { Agent, request as undiciRequest } from "undici";
import { errorText, LpError } from "../errors/lp-error.ts";
import type { HttpResponse } from "../ports/http.ts";
import type { Net, NetRequest } from "../ports/net.ts";

export type NodeNetOptions = {
  /** Ms for TCP and TLS together. Default 2000. */
  readonly connectTimeoutMs?: number;
  /** Ms an idle connection is kept. Default 60000. */
  readonly keepAliveMs?: number;
  /** Connections per peer for HTTP/1.1. Default 16. */
  readonly connectionsPerPeer?: number;
};

const dialCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const windowBytes = 16 * 1024 * 1024;

function netError(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason ?? error;
  if (error instanceof LpError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  const host = new URL(url).host;
  return dialCodes.has(code)
    ? new LpError({
        code: "net_dial",
        message: `dial tcp ${host}: ${errorText(error)}`,
        details: { host },
        retryable: true,
        cause: error,
      })
    : new LpError({
        code: "net_reset",
        message: `unexpected EOF: the connection to ${host} broke (${errorText(error)})`,
        details: { host },
        retryable: true,
        cause: error,
      });
}

async function* guarded(body: AsyncIterable<Uint8Array>, url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw netError(error, url, signal);
  }
}

/** Outgoing traffic on real sockets: HTTP/1.1 from pools, HTTP/2 over one session per peer. */
export class NodeNet implements Net {
  private readonly agent: Agent;
  private readonly sessions = new Map<string, ClientHttp2Session>();
  private readonly connectTimeoutMs: number;
  private readonly keepAliveMs: number;

  constructor(options: NodeNetOptions = {}) {
    this.connectTimeoutMs = options.connectTimeoutMs ?? 2000;
    this.keepAliveMs = options.keepAliveMs ?? 60_000;
    this.agent = new Agent({
      connect: { rejectUnauthorized: false, timeout: this.connectTimeoutMs, checkServerIdentity: () => undefined },
      connections: options.connectionsPerPeer ?? 16,
      keepAliveTimeout: this.keepAliveMs,
      headersTimeout: 0, // deadlines come from the caller's signal
      bodyTimeout: 0,
      allowH2: false,
      maxHeaderSize: 262_144,
    });
  }

  async request(request: NetRequest): Promise<HttpResponse> {
    request.signal.throwIfAborted();
    return request.protocol === "h2" ? this.http2(request) : this.http1(request);
  }

  /** Closes all connections. */
  async stop(): Promise<void> {
    for (const session of this.sessions.values()) session.destroy();
    this.sessions.clear();
    await this.agent.destroy();
  }

  private async http1(request: NetRequest): Promise<HttpResponse> {
    try {
      const body = request.body;
      const answer = await undiciRequest(request.url, {
        method: request.method as "GET",
        headers: Object.fromEntries(request.header),
        body:
          body === undefined ? null : body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }),
        signal: request.signal,
        dispatcher: this.agent,
      });
      const header = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value === undefined) continue;
        for (const item of Array.isArray(value) ? value : [value]) header.append(name, item);
      }
      return {
        status: answer.statusCode,
        header,
        body: guarded(answer.body as AsyncIterable<Uint8Array>, request.url, request.signal),
        trailer: () => new Headers(answer.trailers as Record<string, string>),
      };
    } catch (error) {
      throw netError(error, request.url, request.signal);
    }
  }

  private async http2(request: NetRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    try {
      const session = await this.session(url);
      const stream = session.request(
        {
          ":method": request.method,
          ":path": `${url.pathname}${url.search}`,
          ":scheme": url.protocol.slice(0, -1),
          ":authority": url.host,
          ...Object.fromEntries(request.header),
        },
        { endStream: request.body === undefined, signal: request.signal },
      );
      return await this.exchange(stream, request);
    } catch (error) {
      throw netError(error, request.url, request.signal);
    }
  }

  private exchange(stream: ClientHttp2Stream, request: NetRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const trailer = new Headers();
      const fail = (error: unknown) => reject(error);
      stream.once("error", fail);
      stream.once("close", () => fail(new Error("the stream closed before an answer")));
      stream.on("trailers", (fields) => {
        for (const [name, value] of Object.entries(fields)) {
          if (!name.startsWith(":") && typeof value === "string") trailer.append(name, value);
        }
      });
      stream.once("response", (fields) => {
        const header = new Headers();
        for (const [name, value] of Object.entries(fields)) {
          if (name.startsWith(":") || value === undefined) continue;
          for (const item of Array.isArray(value) ? value : [value]) header.append(name, String(item));
        }
        stream.on("error", () => {}); // later failures surface through the body
        resolve({
          status: Number(fields[":status"]),
          header,
          body: guarded(stream as AsyncIterable<Uint8Array>, request.url, request.signal),
          trailer: () => trailer,
        });
      });
      const body = request.body;
      if (body === undefined) return;
      if (body instanceof Uint8Array) stream.end(body);
      else {
        const source = Readable.from(body, { objectMode: false });
        source.once("error", (error) => stream.destroy(error));
        source.pipe(stream);
      }
    });
  }

  private session(url: URL): Promise<ClientHttp2Session> {
    const known = this.sessions.get(url.origin);
    if (known !== undefined && !known.closed && !known.destroyed) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const session = connectHttp2(url.origin, {
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        settings: { initialWindowSize: windowBytes, enablePush: false },
        maxSessionMemory: 256,
        // an IP address must not be sent as the server name
        ...(/^[\d.]+$|^\[/.test(url.hostname) ? { servername: "" } : {}),
      } as Parameters<typeof connectHttp2>[1]);
      const timer = setTimeout(
        () => session.destroy(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" })),
        this.connectTimeoutMs,
      );
      const forget = () => {
        clearTimeout(timer);
        if (this.sessions.get(url.origin) === session) this.sessions.delete(url.origin);
      };
      session.once("connect", () => {
        clearTimeout(timer);
        session.setLocalWindowSize(windowBytes * 4);
        this.sessions.set(url.origin, session);
        resolve(session);
      });
      session.once("error", (error) => {
        forget();
        reject(error);
      });
      session.once("close", () => {
        forget();
        reject(new Error("the session closed"));
      });
      session.once("goaway", forget);
      session.setTimeout(this.keepAliveMs, () => session.close());
    });
  }
}
