import {
  type Clock,
  errorText,
  type Logger,
  type Metrics,
  type PostCredentials,
  type PostUpload,
} from "@livepeer-ts/kernel";

export type PeerStoreOptions = {
  /** Ms an upload to a peer's store may take; what is late goes the direct way. Default 3000. */
  readonly uploadMs?: number;
  /** Ms a peer's store is left alone after it failed or was late. Default 30000. */
  readonly restMs?: number;
};

export type PeerStoreDeps = {
  /** Goes through the egress guard: the address is the peer's word. */
  readonly post: PostUpload;
  readonly clock: Pick<Clock, "mono" | "deadline">;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

const maxHosts = 256;

/** Uploads into stores that peers name. One that fails or is late costs one wait, then nothing for a while. */
export class PeerStore {
  readonly #uploadMs: number;
  readonly #restMs: number;
  readonly #deps: PeerStoreDeps;
  /** Host → monotonic time until which it is left alone. */
  readonly #resting = new Map<string, number>();

  constructor(deps: PeerStoreDeps, options: PeerStoreOptions = {}) {
    this.#uploadMs = options.uploadMs ?? 3000;
    this.#restMs = options.restMs ?? 30_000;
    this.#deps = deps;
  }

  /**
   * Puts all objects below the credentials' prefix. Resolves with their URLs in order; undefined when one could not be put,
   * which is logged and counted. Never rejects unless `signal` aborts.
   */
  async putAll(
    credentials: PostCredentials,
    objects: readonly { readonly name: string; readonly bytes: Uint8Array; readonly contentType: string }[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const { clock, metrics, logger, post } = this.#deps;
    const { host } = credentials;
    if ((this.#resting.get(host) ?? 0) > clock.mono()) {
      metrics.count("livepeer_object_uploads_total", { store: "peer", result: "skipped" });
      return undefined;
    }
    const deadline = clock.deadline(this.#uploadMs, signal);
    try {
      const put = objects.map(({ name, bytes, contentType }) =>
        post(credentials, name, bytes, { contentType, signal: deadline.signal }),
      );
      const urls = (await Promise.all(put)).map(({ url }) => url);
      this.#resting.delete(host);
      metrics.count("livepeer_object_uploads_total", { store: "peer", result: "stored" });
      return urls;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#rest(host);
      metrics.count("livepeer_object_uploads_total", { store: "peer", result: "failed" });
      logger.warn("a peer's object store does not take objects; they go the direct way", {
        host: host.slice(0, 200),
        error: deadline.signal.aborted ? `nothing within ${this.#uploadMs} ms` : errorText(error),
      });
      return undefined;
    } finally {
      deadline.clear();
    }
  }

  #rest(host: string): void {
    if (this.#resting.size >= maxHosts) this.#resting.clear();
    this.#resting.set(host, this.#deps.clock.mono() + this.#restMs);
  }
}
