import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectSocket, type LookupFunction } from "node:net";
import { LpError } from "../errors/lp-error.ts";

export type Http2SessionsOptions = {
  /** Ms for TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** Ms an idle session is kept. */
  readonly keepAliveMs: number;
  /** Sessions per peer; further exchanges wait for one of them. */
  readonly sessionsPerPeer: number;
  /** Check certificates and names of peers. */
  readonly verifyTls: boolean;
  /** Resolves peers' names. Default: the system's way. */
  readonly lookup?: LookupFunction;
  /** Unix socket of a peer. Default: peers are reached over TCP. */
  readonly socketPathOf?: (host: string) => string;
};

/** A session lent for one exchange; `release` must be called once it has ended. */
export type LentSession = { readonly session: ClientHttp2Session; release(): void };

type Waiter = { readonly resolve: (session: ClientHttp2Session) => void; readonly reject: (error: unknown) => void };
type Peer = { readonly idle: ClientHttp2Session[]; readonly waiting: Set<Waiter>; open: number };

const windowBytes = 16 * 1024 * 1024;

/**
 * HTTP/2 sessions, one exchange at a time on each. Node stops reading a session while a write to it is under way, so two Node
 * peers that send each other large bodies on one session wait for each other without end.
 */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #sessions = new Set<ClientHttp2Session>();
  #stopped = false;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /** A session of its own for one exchange. Rejects with the signal's reason, or the error of connecting. */
  lend(url: URL, signal: AbortSignal): Promise<LentSession> {
    const peer = this.#peers.get(url.origin) ?? { idle: [], waiting: new Set(), open: 0 };
    this.#peers.set(url.origin, peer);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        peer.waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        resolve: (session) => {
          signal.removeEventListener("abort", onAbort);
          const release = () => this.#giveBack(url, peer, session);
          if (signal.aborted) release();
          else resolve({ session, release });
        },
        reject(error) {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      peer.waiting.add(waiter);
      this.#serve(url, peer);
    });
  }

  /** Closes all sessions; whoever waits for one is refused. */
  stop(): void {
    this.#stopped = true;
    for (const peer of this.#peers.values()) {
      for (const waiter of peer.waiting)
        waiter.reject(new LpError({ code: "stopped", message: "the network stopped" }));
      peer.waiting.clear();
    }
    for (const session of this.#sessions) session.destroy();
  }

  /** Gives the first who waits an idle session, or a new one while the peer has room. */
  #serve(url: URL, peer: Peer): void {
    const [waiter] = peer.waiting;
    if (waiter === undefined) {
      if (peer.open === 0) this.#peers.delete(url.origin);
      return;
    }
    const session = peer.idle.pop();
    if (session !== undefined) {
      peer.waiting.delete(waiter);
      waiter.resolve(session);
      return;
    }
    if (peer.open >= this.#options.sessionsPerPeer) return;
    peer.waiting.delete(waiter);
    peer.open++;
    this.#connect(url, peer).then(waiter.resolve, waiter.reject);
  }

  #giveBack(url: URL, peer: Peer, session: ClientHttp2Session): void {
    if (!session.closed && !session.destroyed) peer.idle.push(session);
    this.#serve(url, peer);
  }

  #connect(url: URL, peer: Peer): Promise<ClientHttp2Session> {
    const { socketPathOf } = this.#options;
    return new Promise((resolve, reject) => {
      const session = connect(url.origin, {
        ...(socketPathOf === undefined ? {} : { createConnection: () => connectSocket(socketPathOf(url.hostname)) }),
        ...(this.#options.verifyTls ? {} : { rejectUnauthorized: false, checkServerIdentity: () => undefined }),
        settings: { initialWindowSize: windowBytes, enablePush: false },
        maxSessionMemory: 256,
        noDelay: true,
        ...(this.#options.lookup === undefined ? {} : { lookup: this.#options.lookup }),
        // an IP address must not be sent as the server name
        ...(/^[\d.]+$|^\[/.test(url.hostname) ? { servername: "" } : {}),
      } as Parameters<typeof connect>[1]);
      this.#sessions.add(session);
      const timer = setTimeout(
        () => session.destroy(Object.assign(new Error("connect timed out"), { code: "ETIMEDOUT" })),
        this.#options.connectTimeoutMs,
      );
      const leaveIdle = () => {
        const index = peer.idle.indexOf(session);
        if (index >= 0) peer.idle.splice(index, 1);
      };
      session.once("connect", () => {
        clearTimeout(timer);
        if (session.destroyed) return; // it came when the time was over
        session.setLocalWindowSize(windowBytes * 4);
        resolve(session);
      });
      session.on("error", reject);
      session.once("close", () => {
        clearTimeout(timer);
        leaveIdle();
        this.#sessions.delete(session);
        peer.open--;
        reject(new Error("the session closed"));
        if (!this.#stopped) this.#serve(url, peer);
      });
      session.setTimeout(this.#options.keepAliveMs, () => {
        leaveIdle();
        session.close();
      });
    });
  }
}
