import { createServer } from "node:net";
import { LpError, type Tasks } from "@livepeer-ts/kernel";
import { ConnectionCensus } from "@livepeer-ts/kernel/adapters";
import { defaultRtmpLimits, type RtmpLimits } from "../rtmp/rtmp-limits.ts";
import type { RtmpRelay } from "../rtmp/rtmp-relay.ts";
import { defaultSegmenterOptions } from "../segmenter/segmenter.ts";
import { RtmpConnection, type RtmpConnectionDeps, type RtmpConnectionOptions } from "./rtmp-connection.ts";

/** Options of the RTMP ingest server. */
export type RtmpServerOptions = {
  readonly host: string;
  /** 0 takes a free port. The protocol's own is 1935. */
  readonly port: number;
  /** Target length of segments, ms. Default 2,000. */
  readonly segmentMs?: number;
  /** Connections at once, asked for each; more are closed at once. Default 256. */
  readonly maxConnections?: () => number;
  /** Open connections of one address; further ones are closed. Default half of `maxConnections`. */
  readonly maxConnectionsPerPeer?: () => number;
  /** Default 10,000 ms. */
  readonly handshakeTimeoutMs?: number;
  /** Default 15,000 ms from the connection's start. */
  readonly publishTimeoutMs?: number;
  /** Default 20,000 ms. */
  readonly idleTimeoutMs?: number;
  /** Media time without a keyframe after which a stream ends. Default 20,000 ms. */
  readonly keyframeTimeoutMs?: number;
  /** Segments of one stream handed over and not yet taken. Default 4. */
  readonly maxPendingSegments?: number;
  /** Largest segment, bytes. Default 128 MiB. */
  readonly maxSegmentBytes?: number;
  readonly limits?: Partial<RtmpLimits>;
};

/** What the server needs from outside. */
export type RtmpServerDeps = Omit<RtmpConnectionDeps, "relays"> & { readonly tasks: Tasks };

/** A running RTMP server. */
export type RtmpServer = {
  readonly port: number;
  readonly connectionCount: () => number;
  /** Disconnects every publisher, ends their streams and closes the port. */
  readonly stop: () => Promise<void>;
};

/** Connections that were closed are told of at most once in this time, ms. */
const warnEveryMs = 10_000;

function connectionOptions(options: RtmpServerOptions): RtmpConnectionOptions {
  return {
    limits: { ...defaultRtmpLimits, ...options.limits },
    segmenter: {
      ...defaultSegmenterOptions,
      segmentMs: options.segmentMs ?? defaultSegmenterOptions.segmentMs,
      keyframeTimeoutMs: options.keyframeTimeoutMs ?? defaultSegmenterOptions.keyframeTimeoutMs,
      maxSegmentBytes: options.maxSegmentBytes ?? defaultSegmenterOptions.maxSegmentBytes,
    },
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
    publishTimeoutMs: options.publishTimeoutMs ?? 15_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 20_000,
    maxPendingSegments: options.maxPendingSegments ?? 4,
  };
}

function listenError(options: RtmpServerOptions, cause: NodeJS.ErrnoException): LpError {
  const place = `${options.host}:${options.port}`;
  const message =
    cause.code === "EADDRINUSE"
      ? `RTMP cannot listen on ${place}: another program uses that port; stop it or choose another address`
      : `RTMP cannot listen on ${place}: ${cause.message}`;
  return new LpError({ code: "rtmp_listen", message, details: { host: options.host, port: options.port }, cause });
}

/** Starts the RTMP ingest. Rejects with `rtmp_listen` when the address cannot be had. */
export async function startRtmpServer(options: RtmpServerOptions, deps: RtmpServerDeps): Promise<RtmpServer> {
  const perConnection = connectionOptions(options);
  const tasks = deps.tasks.child("rtmp");
  const maxConnections = options.maxConnections ?? (() => 256);
  const connections = new ConnectionCensus(options.maxConnectionsPerPeer ?? (() => Math.ceil(maxConnections() / 2)));
  let warnedAt = Number.NEGATIVE_INFINITY;
  const warn = (peer: string | undefined) => {
    const now = deps.clock.mono();
    if (now - warnedAt < warnEveryMs) return;
    warnedAt = now;
    deps.logger.warn("RTMP connection closed: too many are open", { peer, open: connections.count });
  };
  const relays = new Map<string, RtmpRelay>();
  // Half-open sockets would be ended before we have said why.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = socket.remoteAddress;
    if (connections.count >= maxConnections()) socket.destroy();
    if (socket.destroyed || !connections.add(socket)) return warn(peer);
    const connection = new RtmpConnection(socket, perConnection, { ...deps, relays });
    tasks.spawn("rtmp-connection", (signal) => connection.run(signal));
  });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(options, error));
    server.once("error", failed);
    server.listen(options.port, options.host, () => {
      server.off("error", failed);
      resolve();
    });
  });
  server.on("error", (error) => deps.logger.error("RTMP server error", { error: error.message }));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    connectionCount: () => connections.count,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await tasks.stop();
      connections.closeAll();
      await closed;
    },
  };
}
