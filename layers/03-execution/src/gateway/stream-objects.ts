import {
  type Clock,
  errorText,
  hasErrorCode,
  LatestWrites,
  type Logger,
  type Metrics,
  type ObjectStore,
  type OpenObject,
  outlasts,
  type Tasks,
  utf8,
} from "@livepeer-ts/kernel";
import { playlistMime } from "@livepeer-ts/media";
import type { JobStorage } from "../capabilities/job-capabilities.ts";
import { StoreGrants } from "../storage/store-grants.ts";
import type { OSInfo } from "../wire/net_pb.gen.ts";

export type StreamObjectsOptions = {
  readonly manifestId: string;
  /** Tells streams of one name apart in memory and in directories: a new publisher never overwrites what is still played. */
  readonly storeId: string;
  /** Ms a segment waits for the operator's store before it is listed from memory. Default 2000. */
  readonly waitMs?: number;
  /** Ms one object may be on its way to that store, listed from memory or not. Default 15000. */
  readonly uploadMs?: number;
  /** Objects of the stream on their way to that store; further ones stay in memory only. Default 16. */
  readonly maxUploads?: number;
};

export type StreamObjectsDeps = {
  /** In this process: every object is here first. */
  readonly memory: ObjectStore;
  /** The operator's store; undefined: memory alone. */
  readonly store: ObjectStore | undefined;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** An object that is in memory. */
export type HeldObject = {
  /** Resolves with the URI to list, once the operator's store has it or is late. Never rejects. */
  readonly uri: Promise<string>;
  /** True when `uri` is resolved already: there is no other store to wait for. */
  readonly isPlaced: boolean;
};

/** Tries of one playlist in the store; the next segment brings a newer one anyway. */
const playlistTries = 3;

/**
 * Segments and playlists of one live stream: in memory at once, and in the operator's store as soon as it takes them. A store that
 * is slow or fails never holds video up: what it does not take in time is played from memory.
 */
export class StreamObjects {
  readonly manifestId: string;
  readonly #deps: StreamObjectsDeps;
  readonly #waitMs: number;
  readonly #uploadMs: number;
  readonly #maxUploads: number;
  readonly #memoryPrefix: string;
  readonly #grants: StoreGrants | undefined;
  readonly #playlists: LatestWrites | undefined;
  readonly #uploads = new Set<Promise<boolean>>();
  #isUp = true;
  /** False when the bucket has one rule for all objects: then the protocol's upload form, which asks for its own, is refused. */
  #takesRules = true;

  constructor(options: StreamObjectsOptions, deps: StreamObjectsDeps) {
    const { store, clock, tasks } = deps;
    this.manifestId = options.manifestId;
    this.#deps = deps;
    this.#waitMs = options.waitMs ?? 2000;
    this.#uploadMs = options.uploadMs ?? 15_000;
    this.#maxUploads = options.maxUploads ?? 16;
    this.#memoryPrefix = `${options.manifestId}/${options.storeId}`;
    if (store?.isExternal !== true) return;
    this.#grants = new StoreGrants(store, clock);
    const write = (key: string, bytes: Uint8Array, signal: AbortSignal) =>
      this.#put(store, key, bytes, playlistMime, signal);
    const onLost = (key: string, error: Error) =>
      deps.logger.warn("a live playlist is not in the object store", { key, error: error.message });
    this.#playlists = new LatestWrites({ maxTries: playlistTries }, { clock, tasks, write, onLost });
  }

  /** The operator's store when others reach it by themselves. */
  get external(): ObjectStore | undefined {
    return this.#deps.store?.isExternal === true ? this.#deps.store : undefined;
  }

  /** What orchestrators must be able to do for this stream's storage. */
  get capability(): JobStorage {
    const kind = this.external?.kind;
    return kind === "s3" || kind === "gcs" ? kind : "direct";
  }

  /** What an orchestrator needs to put results there; undefined while the store does not work. */
  get osInfo(): OSInfo | undefined {
    return this.#isUp && this.#takesRules ? this.#grants?.for(this.manifestId) : undefined;
  }

  /** Where the external store has an object of the stream, `<track>/<file>`. */
  externalKey(name: string): string {
    return `${this.manifestId}/${name}`;
  }

  /** Takes an object `<track>/<file>` over. Resolves when it is in memory; rejects with `store_full`. */
  async hold(name: string, bytes: Uint8Array, contentType: string): Promise<HeldObject> {
    const { memory, store } = this.#deps;
    await memory.put(`${this.#memoryPrefix}/${name}`, bytes, { contentType });
    if (store === undefined) return { uri: Promise.resolve(this.#localUri(name)), isPlaced: true };
    return { uri: this.#place(store, name, bytes, contentType), isPlaced: false };
  }

  /** An object that is played from here: not for those that players fetch from an external store. */
  async read(name: string): Promise<OpenObject | undefined> {
    const { memory, store } = this.#deps;
    const held = await memory.get(`${this.#memoryPrefix}/${name}`);
    return held ?? (store === undefined || store.isExternal ? undefined : store.get(`${this.#memoryPrefix}/${name}`));
  }

  /** Forgets an object here. External stores keep theirs: how long is a rule of the bucket. */
  async delete(name: string): Promise<void> {
    const { memory, store } = this.#deps;
    await memory.delete(`${this.#memoryPrefix}/${name}`);
    if (store?.isExternal === false) await store.delete(`${this.#memoryPrefix}/${name}`);
  }

  /** Puts a playlist into an external store, its newest form only: `name` is empty for the master list, else the track's. */
  savePlaylist(name: string, text: () => string | undefined): void {
    const key = name === "" ? `${this.manifestId}.m3u8` : `${this.manifestId}/${name}.m3u8`;
    this.#playlists?.put(key, () => utf8(text() ?? ""));
  }

  /** Resolves when nothing is on its way to the store any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#uploads);
    await this.#playlists?.flushed();
  }

  /** Reports the failure of work that goes on in the background. */
  watch(name: string, work: Promise<void>): void {
    const { tasks } = this.#deps;
    if (tasks.signal.aborted)
      work.catch(() => {}); // the node stops: nobody is left to be told
    else tasks.spawn(name, () => work);
  }

  /** The store did not give or take what it should. */
  reportFailure(error: unknown): void {
    this.#fell(errorText(error));
  }

  async #place(store: ObjectStore, name: string, bytes: Uint8Array, contentType: string): Promise<string> {
    const { memory, clock, tasks } = this.#deps;
    const started = clock.mono();
    const key = store.isExternal ? this.externalKey(name) : `${this.#memoryPrefix}/${name}`;
    const stored = this.#upload(store, key, bytes, contentType).then((isStored) => {
      if (isStored && clock.mono() - started <= this.#waitMs) this.#rose();
      return isStored;
    });
    // after a failure nobody waits until the store has shown that it is back
    const isLate = !this.#isUp || (await outlasts(stored, this.#waitMs, clock, tasks.signal));
    if (isLate && this.#isUp) this.#fell(`an object was not stored within ${this.#waitMs} ms`);
    if (isLate || !(await stored)) return this.#localUri(name);
    await memory.delete(`${this.#memoryPrefix}/${name}`);
    return store.isExternal ? store.publicUrl(key) : this.#localUri(name);
  }

  /** True when the store has the object. Never rejects. */
  #upload(store: ObjectStore, key: string, bytes: Uint8Array, contentType: string): Promise<boolean> {
    const { tasks } = this.#deps;
    if (this.#uploads.size >= this.#maxUploads || tasks.signal.aborted) {
      this.#count("skipped");
      return Promise.resolve(false);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#uploads.add(promise);
    tasks.spawn("store a live object", async (signal) => {
      const deadline = this.#deps.clock.deadline(this.#uploadMs, signal);
      try {
        await this.#put(store, key, bytes, contentType, deadline.signal);
        this.#count("stored");
        resolve(true);
      } catch (error) {
        this.#count("failed");
        this.#fell(errorText(error));
        resolve(false);
      } finally {
        deadline.clear();
        this.#uploads.delete(promise);
      }
    });
    return promise;
  }

  /** Players read the object themselves: it is made public where single objects can be, else the bucket must be. */
  async #put(
    store: ObjectStore,
    key: string,
    bytes: Uint8Array,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const isPublic = store.isExternal && this.#takesRules;
    try {
      await store.put(key, bytes, { contentType, isPublic, signal });
    } catch (error) {
      const isAboutRules = hasErrorCode(error, "object_acl_refused") || hasErrorCode(error, "object_store_refused");
      if (!isPublic || !isAboutRules) throw error;
      await store.put(key, bytes, { contentType, signal });
      if (!this.#takesRules) return;
      this.#takesRules = false;
      this.#deps.logger.warn("the bucket lets no single object be public: players can read only if the bucket is", {
        store: store.description,
        error: errorText(error),
      });
    }
  }

  #count(result: "stored" | "failed" | "skipped"): void {
    this.#deps.metrics.count("livepeer_object_uploads_total", { store: "live", result });
  }

  #fell(error: string): void {
    if (!this.#isUp || this.#deps.tasks.signal.aborted) return;
    this.#isUp = false;
    const { store, logger } = this.#deps;
    logger.warn("the object store is slow or fails: the stream is played from memory", {
      manifestId: this.manifestId,
      store: store?.description,
      error,
    });
  }

  #rose(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    const { store, logger } = this.#deps;
    logger.info("the object store works again", { manifestId: this.manifestId, store: store?.description });
  }

  #localUri(name: string): string {
    return `/stream/${this.manifestId}/${name}`;
  }
}
