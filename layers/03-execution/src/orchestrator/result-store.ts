import {
  type Clock,
  errorText,
  type Logger,
  type Metrics,
  type ObjectStore,
  type PostUpload,
} from "@livepeer-ts/kernel";
import { credentialsOf } from "../storage/os-info.ts";
import { PeerStore } from "../storage/peer-store.ts";
import type { OSInfo } from "../wire/net_pb.gen.ts";

export type ResultStoreDeps = {
  /** The node's own external store. */
  readonly store?: ObjectStore;
  readonly post?: PostUpload;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** A result, `<profile>/<seq>.ts` or the like. */
export type ResultObject = { readonly name: string; readonly bytes: Uint8Array; readonly contentType: string };

/** Ms that putting the results of a segment into our own store may take; what is late is fetched from memory. */
const ownMs = 3000;
/** Ms our own store is left alone after it failed or was late. */
const ownRestMs = 30_000;

/** Brings results into the gateway's store, else into the node's own. Where neither takes them they stay in memory. */
export class ResultStore {
  readonly #deps: ResultStoreDeps;
  readonly #peers: PeerStore | undefined;
  #restsUntil = 0;

  constructor(deps: ResultStoreDeps) {
    this.#deps = deps;
    this.#peers = deps.post === undefined ? undefined : new PeerStore({ ...deps, post: deps.post });
  }

  /** URLs of the stored results in order; undefined: they are only in memory. `storage` is what the gateway said of its store. */
  async put(
    storage: readonly OSInfo[] | undefined,
    sessionId: string,
    objects: readonly ResultObject[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const credentials = credentialsOf(storage);
    if (credentials !== undefined) return this.#peers?.putAll(credentials, objects, signal);
    return this.#deps.store === undefined ? undefined : this.#putOwn(this.#deps.store, sessionId, objects, signal);
  }

  async #putOwn(
    store: ObjectStore,
    sessionId: string,
    objects: readonly ResultObject[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const { clock, metrics, logger } = this.#deps;
    if (clock.mono() < this.#restsUntil) return undefined;
    const deadline = clock.deadline(ownMs, signal);
    try {
      const put = objects.map(({ name, bytes, contentType }) =>
        store.put(`${sessionId}/${name}`, bytes, { contentType, isPublic: true, signal: deadline.signal }),
      );
      const urls = (await Promise.all(put)).map(({ url }) => url);
      metrics.count("livepeer_object_uploads_total", { store: "own", result: "stored" });
      return urls;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#restsUntil = clock.mono() + ownRestMs;
      metrics.count("livepeer_object_uploads_total", { store: "own", result: "failed" });
      logger.warn("the object store is slow or fails: results are handed over from memory", {
        store: store.description,
        error: errorText(error),
      });
      return undefined;
    } finally {
      deadline.clear();
    }
  }
}
