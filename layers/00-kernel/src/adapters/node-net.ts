import { type LookupAddress, lookup } from "node:dns";
import { type ClientHttp2Stream, constants } from "node:http2";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { Agent } from "undici";
import { errorText, LpError } from "../errors/lp-error.ts";
import type { HttpResponse } from "../ports/http.ts";
import type { Net, NetRequest } from "../ports/net.ts";
import { orAborted } from "../tasks/or-aborted.ts";
import { egressRefused } from "./egress-rules.ts";
import { createHttpAgent, requestWith } from "./http-agent.ts";
import { requestUpgrade } from "./http-upgrade.ts";
import { Http2Sessions } from "./http2-sessions.ts";

export type NodeNetOptions = {
  /** Ms for TCP and TLS together. Default 2000. */
  readonly connectTimeoutMs?: number;
  /** Ms an idle connection is kept. Default 60000. */
  readonly keepAliveMs?: number;
  /** Connections per peer, for each HTTP version: as many exchanges at once. Default 256. */
  readonly connectionsPerPeer?: number;
  /** Asked for every address a name leads to; connections are made to allowed ones only. Default: any. */
  readonly mayConnect?: (address: string) => boolean;
  /** Looks names up; asked once for every new connection. Default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Check certificates and names of TLS peers: for services whose answers carry no signature of their own. Default false. */
  readonly verifyTls?: boolean;
  /** Unix sockets of hosts, for exchanges over HTTP/2. Default: TCP. */
  readonly socketPathOf?: (host: string) => string;
};

/** A name lookup that gives only allowed addresses, and `egress_refused` when there is none. */
function checkedLookup(mayConnect: (address: string) => boolean, resolve: NodeNetOptions["resolve"]): LookupFunction {
  return (host, options, callback) => {
    const use = (found: readonly LookupAddress[]) => {
      const allowed = found.filter((entry) => mayConnect(entry.address));
      const [first] = allowed;
      if (first === undefined) callback(egressRefused(host, found[0]?.address ?? "no address"), "");
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    };
    if (resolve === undefined)
      lookup(host, { ...options, all: true }, (error, found) => (error === null ? use(found) : callback(error, "")));
    else void resolve(host).then(use, (error: NodeJS.ErrnoException) => callback(error, ""));
  };
}

const dialCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

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

/** The body of a stream; a connection that is gone ends it like a complete one. */
async function* wholeBody(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  yield* stream as AsyncIterable<Uint8Array>;
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error("the stream was cut");
}

/** Outgoing traffic on real sockets: pools of connections per peer, one exchange at a time on each. */
export class NodeNet implements Net {
  private readonly agent: Agent;
  private readonly sessions: Http2Sessions;
  private readonly upgrades: Parameters<typeof requestUpgrade>[1];

  constructor(options: NodeNetOptions = {}) {
    const connectTimeoutMs = options.connectTimeoutMs ?? 2000;
    const keepAliveMs = options.keepAliveMs ?? 60_000;
    const connectionsPerPeer = options.connectionsPerPeer ?? 256;
    const guard =
      options.mayConnect === undefined ? {} : { lookup: checkedLookup(options.mayConnect, options.resolve) };
    const verifyTls = options.verifyTls ?? false;
    const trust = verifyTls ? {} : { rejectUnauthorized: false, checkServerIdentity: () => undefined };
    this.upgrades = { connectTimeoutMs, verifyTls, ...guard };
    this.sessions = new Http2Sessions({
      connectTimeoutMs,
      keepAliveMs,
      sessionsPerPeer: connectionsPerPeer,
      verifyTls,
      ...guard,
      ...(options.socketPathOf === undefined ? {} : { socketPathOf: options.socketPathOf }),
    });
    this.agent = createHttpAgent({
      connect: { timeout: connectTimeoutMs, noDelay: true, ...trust, ...guard },
      connections: connectionsPerPeer,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: 0, // deadlines come from the caller's signal
      bodyTimeout: 0,
      allowH2: false,
      maxHeaderSize: 262_144,
    });
  }

  async request(request: NetRequest): Promise<HttpResponse> {
    request.signal.throwIfAborted();
    if (request.header.get("upgrade")?.toLowerCase() === "websocket") return this.upgrade(request);
    return request.protocol === "h2" ? this.http2(request) : this.http1(request);
  }

  /** Closes all connections. */
  async stop(): Promise<void> {
    this.sessions.stop();
    await this.agent.destroy();
  }

  private async upgrade(request: NetRequest): Promise<HttpResponse> {
    try {
      const answer = await requestUpgrade(request, this.upgrades);
      return { ...answer, body: guarded(answer.body, request.url, request.signal) };
    } catch (error) {
      throw netError(error, request.url, request.signal);
    }
  }

  private async http1(request: NetRequest): Promise<HttpResponse> {
    try {
      const body = request.body;
      const sent = requestWith(this.agent, request.url, {
        method: request.method as "GET",
        headers: Object.fromEntries(request.header),
        body:
          body === undefined ? null : body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }),
        signal: request.signal,
      });
      // the library looks at its signal only once it is connected
      const answer = await orAborted(sent, request.signal);
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
      const { session, release } = await this.sessions.lend(url, request.signal);
      let stream: ClientHttp2Stream;
      try {
        stream = session.request(
          {
            ":method": request.method,
            ":path": `${url.pathname}${url.search}`,
            ":scheme": url.protocol.slice(0, -1),
            ":authority": url.host,
            ...Object.fromEntries(request.header),
          },
          { endStream: request.body === undefined, signal: request.signal },
        );
      } catch (error) {
        release();
        throw error;
      }
      stream.once("close", release);
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
          body: guarded(wholeBody(stream), request.url, request.signal),
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
}
