import {
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type ObjectStore,
  outlasts,
  type Random,
  sameSecret,
  type Tasks,
  toHex,
} from "@livepeer-ts/kernel";
import {
  type ContainerFormat,
  type IngestSink,
  type IngestStream,
  type PublishRequest,
  type PullRequest,
  parseStreamPath,
  type VideoProfile,
} from "@livepeer-ts/media";
import type { AccessCheck, AccessGrant } from "../ports/access-check.ts";
import type { StoreNamedBy, StreamRecording, StreamStores } from "../ports/stream-stores.ts";
import { configuredGrant } from "./access/configured-grant.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { LiveStream, StreamIdentity } from "./live-stream.ts";
import type { StreamOutput } from "./stream-output.ts";

/** Where a new stream's media goes. */
export type StreamMedia = { readonly store: ObjectStore | undefined; readonly recording: StreamRecording | undefined };

export type StreamRegistryDeps = {
  readonly access: AccessCheck;
  readonly stores: StreamStores;
  readonly createStream: (
    identity: StreamIdentity,
    media: StreamMedia,
    onEnd: (stream: LiveStream) => void,
  ) => LiveStream;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly clock: Pick<Clock, "sleep" | "deadline" | "mono">;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** What a pushing publisher says about its new stream. */
export type PushedStreamWishes = {
  /** Of the first segment: renditions come in the same. */
  readonly container: ContainerFormat;
  /** `Livepeer-Transcode-Configuration`: stands in for what the access check granted. */
  readonly configuration?: Readonly<Record<string, unknown>>;
};

/** A running stream and the URL that its publisher was let in with. */
export type AdmittedStream = { readonly stream: LiveStream; readonly url: string; askedAt: number };

/** Every stream of the gateway by manifest id: who publishes, what is played. */
export class StreamRegistry implements IngestSink {
  /** While true, no stream is taken; those that run go on. */
  refusesNew = false;
  /** Renditions of new streams whose access grant names none. */
  profiles: readonly VideoProfile[];
  /** Live streams at once; those that run go on when it is less. */
  maxStreams: number;
  readonly #options: GatewayOptions;
  readonly #deps: StreamRegistryDeps;
  readonly #live = new Map<string, LiveStream>();
  /** Keys with which running streams are pulled; empty: none is needed. */
  readonly #keys = new Map<string, string>();
  /** Names being checked, so that two publishers cannot slip in together. */
  readonly #opening = new Set<string>();
  readonly #outputs = new Map<string, StreamOutput>();
  /** Pushed name → manifest id, where the access check gave another one. */
  readonly #pushedNames = new Map<string, string>();
  /** Ended streams whose last segments are still on their way. */
  readonly #draining = new Set<LiveStream>();
  readonly #pushOpening = new Map<string, Promise<LiveStream>>();
  /** What running streams were let in with: they are asked about again. */
  readonly #admitted = new Map<LiveStream, AdmittedStream>();
  #isStopping = false;
  #newest: string | undefined;

  constructor(options: GatewayOptions, deps: StreamRegistryDeps) {
    this.#options = options;
    this.#deps = deps;
    this.profiles = options.profiles;
    this.maxStreams = options.maxStreams;
  }

  get streams(): readonly LiveStream[] {
    return [...this.#live.values()];
  }

  get(manifestId: string): LiveStream | undefined {
    return this.#live.get(manifestId);
  }

  /** What can be played under this name; an ended stream stays for a while. */
  output(manifestId: string): StreamOutput | undefined {
    return this.#outputs.get(manifestId);
  }

  /** Pushed name → manifest id, of the streams that run. */
  get pushedNames(): ReadonlyMap<string, string> {
    return this.#pushedNames;
  }

  /** Manifest id of the stream that was registered last. */
  get newest(): string | undefined {
    return this.#newest;
  }

  /** Accepts a publisher. Rejects with `access_denied`, `stream_exists`, `too_many_streams`, `bad_stream_name`, `draining`. */
  async publish(request: PublishRequest): Promise<IngestStream> {
    return this.open(request);
  }

  /** As `publish`, with the stream itself for callers inside the gateway. */
  async open(request: PublishRequest, wishes?: PushedStreamWishes): Promise<LiveStream> {
    if (this.#isStopping) {
      throw new LpError({
        code: "stopping",
        message: "this gateway is stopping: publish to another one",
        retryable: true,
      });
    }
    if (this.refusesNew) {
      throw new LpError({
        code: "draining",
        message:
          "this gateway takes no new streams: publish to another one, or end the drain (/undrain of the admin port)",
        retryable: true,
      });
    }
    const named = parseStreamPath(new URL(request.url.replace(/^rtmps?:/, "http:")).pathname);
    const granted = await this.#deps.access.check(request.url, this.#deps.tasks.signal);
    const grant = wishes?.configuration === undefined ? granted : configuredGrant(granted, wishes.configuration);
    // "live/name/key" from the access check names the stream as it does in a URL
    const given = grant.manifestId === undefined ? "" : parseStreamPath(grant.manifestId).manifestId;
    const manifestId = given || named.manifestId || toHex(this.#deps.random.bytes(4)).slice(2);
    if (!/^[\w.~+-]{1,200}$/.test(manifestId)) {
      throw new LpError({
        code: "bad_stream_name",
        message: `"${manifestId.slice(0, 80)}" cannot be a stream name: use letters, digits and - _ . ~ +`,
      });
    }
    const older = this.#live.get(manifestId);
    // the access check gives the name of a pushed stream to another one: the publisher goes on under a new name
    if (older?.identity.protocol === "http" && request.protocol === "http" && granted.manifestId === grant.manifestId) {
      if (granted.manifestId !== undefined) await older.end("its name was given to another pushed stream");
    }
    if (this.#live.has(manifestId) || this.#opening.has(manifestId)) {
      throw new LpError({
        code: "stream_exists",
        message: `StreamAlreadyExists: "${manifestId}" is being published already; stop the other publisher or use another name`,
        details: { manifestId },
      });
    }
    if (this.#live.size + this.#opening.size >= this.maxStreams) {
      throw new LpError({
        code: "too_many_streams",
        message: `this gateway already carries ${this.maxStreams} streams: try again later, or raise -maxSessions`,
        retryable: true,
      });
    }
    this.#opening.add(manifestId);
    try {
      const namedBy = grant === granted ? "access" : "publisher";
      const media = await this.#openStores(named.manifestId || manifestId, grant, namedBy);
      const profiles = grant.profiles ?? this.profiles;
      const stream = this.#deps.createStream(
        {
          manifestId,
          streamId: grant.streamId ?? null,
          sessionId: grant.sessionId ?? null,
          protocol: request.protocol,
          clientAddress: request.clientAddress === "" ? null : request.clientAddress,
          profiles: wishes === undefined ? profiles : profiles.map((one) => ({ ...one, format: wishes.container })),
          verificationFreq: grant.verificationFreq,
          timeoutMultiplier: grant.timeoutMultiplier,
        },
        media,
        (ended) => this.#onEnd(ended),
      );
      this.#admitted.set(stream, { stream, url: request.url, askedAt: this.#deps.clock.mono() });
      this.#live.set(manifestId, stream);
      // a key in the URL belongs to the name in the URL; a name without any key is as open as its playlists
      const urlKey = given === "" ? named.rest : toHex(this.#deps.random.bytes(6)).slice(2);
      this.#keys.set(manifestId, grant.streamKey ?? urlKey);
      this.#outputs.set(manifestId, stream.output);
      this.#newest = manifestId;
      this.#countStreams();
      await stream.start();
      this.#deps.logger.info("stream started", {
        manifestId,
        sessionId: grant.sessionId,
        protocol: request.protocol,
        clientAddress: request.clientAddress,
      });
      return stream;
    } finally {
      this.#opening.delete(manifestId);
    }
  }

  /** Which stream a player may pull over RTMP: one that was published under a key is played with that key. */
  async pull(request: PullRequest): Promise<string> {
    const { manifestId, rest } = parseStreamPath(new URL(request.url.replace(/^rtmps?:/, "http:")).pathname);
    const key = this.#keys.get(manifestId);
    if (this.#live.has(manifestId) && key !== undefined && (key === "" || sameSecret(key, rest))) return manifestId;
    throw new LpError({
      code: "no_such_stream",
      message: "there is no such stream, or its key is another one: play rtmp://<gateway>/<stream>/<key>",
    });
  }

  /** Running streams, with what is needed to ask about them again. */
  get admitted(): readonly AdmittedStream[] {
    return [...this.#admitted.values()];
  }

  /** The running stream that was opened under this pushed name. */
  pushed(externalId: string): LiveStream | undefined {
    return this.#live.get(this.#pushedNames.get(externalId) ?? externalId);
  }

  /** Opens a pushed stream once: segments that arrive while it is being opened join it. */
  openPushed(externalId: string, request: PublishRequest, wishes: PushedStreamWishes): Promise<LiveStream> {
    let opening = this.#pushOpening.get(externalId);
    if (opening === undefined) {
      opening = this.open(request, wishes).finally(() => this.#pushOpening.delete(externalId));
      this.#pushOpening.set(externalId, opening);
      void opening.then(
        (stream) => this.#pushedNames.set(externalId, stream.manifestId),
        () => {},
      );
    }
    return opening;
  }

  /** Ends pushed streams that got no segment for `idleMs`. */
  async sweep(idleMs: number): Promise<void> {
    for (const stream of this.streams) {
      if (stream.identity.protocol === "http" && stream.idleMs > idleMs) {
        await stream.end(`no segment for ${Math.round(idleMs / 1000)} s`);
      }
    }
  }

  /** Takes no more streams, ends those there are, and waits until what they had taken over is delivered, for `graceMs` at most. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.streams.map((stream) => stream.end("the gateway is stopping")));
    const drained = Promise.all([...this.#draining].map((stream) => stream.drained));
    await outlasts(drained, graceMs, this.#deps.clock, this.#deps.tasks.signal);
  }

  async #openStores(externalId: string, grant: AccessGrant, namedBy: StoreNamedBy): Promise<StreamMedia> {
    const { stores } = this.#deps;
    const store = await stores.live(grant.objectStoreUrl, namedBy);
    return { store, recording: await stores.recording(externalId, grant.recordStoreUrl, namedBy) };
  }

  #countStreams(): void {
    this.#deps.metrics.gauge("livepeer_current_sessions_total", this.#live.size);
  }

  #onEnd(stream: LiveStream): void {
    const { manifestId } = stream;
    if (this.#live.get(manifestId) === stream) {
      this.#live.delete(manifestId);
      this.#keys.delete(manifestId);
    }
    this.#admitted.delete(stream);
    this.#countStreams();
    this.#draining.add(stream);
    void stream.drained.then(() => this.#draining.delete(stream));
    for (const [name, id] of this.#pushedNames) if (id === manifestId) this.#pushedNames.delete(name);
    this.#deps.logger.info("stream ended", { manifestId });
    this.#deps.tasks.spawn("linger", async (signal) => {
      try {
        await this.#deps.clock.sleep(this.#options.lingerMs, signal);
      } finally {
        if (this.#outputs.get(manifestId) === stream.output) {
          this.#outputs.delete(manifestId);
          await stream.output
            .drop()
            .catch((error: unknown) =>
              this.#deps.logger.warn("stored segments not deleted", { manifestId, error: errorText(error) }),
            );
        }
      }
    });
  }
}
