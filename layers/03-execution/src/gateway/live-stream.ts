import { equals } from "@bufbuild/protobuf";
import {
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  hashSegment,
  type Logger,
  LpError,
  type Metrics,
  outlasts,
  type Tasks,
  toHex,
} from "@livepeer-ts/kernel";
import {
  containerExtension,
  type IngestStream,
  type IngestVideoInfo,
  type LivePart,
  type LiveTrack,
  type MediaSegment,
  probeOfScan,
  type SegmentProbe,
  type SegmentScan,
  scanSegment,
  type VideoProfile,
} from "@livepeer-ts/media";
import { type JobNeeds, jobCapabilities } from "../capabilities/index.ts";
import type { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { StreamRecording } from "../ports/stream-stores.ts";
import type { RenditionRecord, SegmentRecord } from "../records/segment-record.ts";
import type { SourceSegment, StreamEnded, StreamStarted } from "../records/stream-record.ts";
import type { HedgeBudget } from "../segments/hedge-budget.ts";
import type { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { type Capabilities, CapabilitiesSchema } from "../wire/net_pb.gen.ts";
import type { FastVerification } from "./fast-verification.ts";
import { type Delivered, type Running, SegmentDelivery } from "./segment-delivery.ts";
import type { DeliveredRendition, Delivery, SegmentJob, SegmentSender } from "./segment-sender.ts";
import type { SessionPool } from "./session-pool.ts";
import { type SegmentCensus, StreamCensus } from "./stream-census.ts";
import { renditionTrackOf, type StreamOutput, sourceTrackOf } from "./stream-output.ts";
import type { SuccessRates } from "./success-rates.ts";

export type LiveStreamOptions = {
  /** Tries of one segment on different orchestrators (`-maxAttempts`). 0 = never transcode. Default 3. */
  readonly maxAttempts: number;
  /** Ms a segment waits for an orchestrator when nobody is there. Default 6000. */
  readonly waitMs: number;
  /** Segments of one stream on their way or waiting; more are lost with a reason. Default 16. */
  readonly maxInFlight: number;
  /** Ms that the segments of an ended stream may still take. Default 60000. */
  readonly drainMs: number;
  /** Lowest version an orchestrator must announce (`-orchMinLivepeerVersion`). Default: any. */
  readonly minVersion: string;
  /**
   * A second orchestrator gets a segment too when this share of its duration has passed without a result (`-hedgeAfter`);
   * 0 = never. Default 0.75.
   */
  readonly hedgeAfter: number;
};

export const defaultLiveStreamOptions: LiveStreamOptions = {
  maxAttempts: 3,
  waitMs: 6000,
  maxInFlight: 16,
  drainMs: 60_000,
  minVersion: "",
  hedgeAfter: 0.75,
};

export type StreamIdentity = {
  readonly manifestId: string;
  readonly streamId: string | null;
  readonly sessionId: string | null;
  readonly protocol: StreamStarted["protocol"];
  /** Of the publisher; null when it is not known. */
  readonly clientAddress: string | null;
  readonly profiles: readonly VideoProfile[];
  readonly verificationFreq: number;
  readonly timeoutMultiplier: number;
};

export type LiveStreamDeps = {
  readonly output: StreamOutput;
  /** Undefined: the stream is not recorded. */
  readonly recording: StreamRecording | undefined;
  /** Makes the pool once the first segment told what the job needs. */
  readonly createPool: (capabilities: Capabilities) => SessionPool;
  readonly sender: SegmentSender;
  readonly client: Pick<OrchestratorClient, "endSession">;
  /** Shared by all streams of the gateway. */
  readonly hedges: HedgeBudget;
  /** Undefined: the results of the stream are compared with nobody's. */
  readonly verification: FastVerification | undefined;
  readonly pulse: OrchestratorPulse;
  readonly rates: SuccessRates;
  readonly signer: Pick<NodeSigner, "address">;
  readonly events: EventSink;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly onEnd: (stream: LiveStream) => void;
};

/** What a publisher wants for one segment. */
export type SegmentWishes = {
  /** Only this part of the segment is transcoded, ms from its start. */
  readonly clip?: { readonly fromMs: number; readonly toMs: number };
  /** The orchestrator begins anew with its decoder and encoders. */
  readonly forceSessionReinit?: boolean;
  /** Aborts when nobody wants the renditions any more. */
  readonly unwanted?: AbortSignal;
};

/** How one segment came out, for push answers. */
export type SegmentOutcome =
  | { readonly kind: "delivered"; readonly renditions: readonly ListedRendition[] }
  | { readonly kind: "passed-through"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly error: LpError };

/** A rendition that players can get; `url` when that is from an external store. */
export type ListedRendition = { readonly bytes: Uint8Array | undefined; readonly url: string | undefined };

/** A source segment as it was read, once. */
type ReadSource = { readonly scan: SegmentScan; readonly probe: SegmentProbe };

type Transcoded = {
  readonly outcome: SegmentOutcome;
  readonly delivery?: Delivery;
  readonly deliverer?: Delivered;
};

function sameNeeds(a: Capabilities, b: Capabilities): boolean {
  return equals(CapabilitiesSchema, a, b);
}

/** One live stream through the gateway: source in, renditions out, every segment accounted for. */
export class LiveStream implements IngestStream {
  readonly identity: StreamIdentity;
  readonly startedAt: number;
  readonly census: StreamCensus;
  readonly #options: LiveStreamOptions;
  readonly #deps: LiveStreamDeps;
  readonly #tasks: Tasks;
  readonly #sending: SegmentDelivery;
  readonly #closer = new AbortController();
  #pool: SessionPool | undefined;
  #capabilities: Capabilities | undefined;
  /** What the sessions of the pool were asked for. */
  #lookedFor: Capabilities | undefined;
  #hasSent = false;
  #lastProbe: SegmentProbe | undefined;
  #inFlight = 0;
  #sourceBytes = 0;
  #transcodedBytes = 0;
  #lastSegmentAt: number;
  #ended = false;
  readonly #drained = Promise.withResolvers<void>();

  constructor(identity: StreamIdentity, options: LiveStreamOptions, deps: LiveStreamDeps) {
    this.identity = identity;
    this.#options = options;
    this.#deps = deps;
    this.#tasks = deps.tasks.child(`stream ${identity.manifestId}`);
    this.census = new StreamCensus(identity, deps);
    this.#sending = new SegmentDelivery(
      {
        manifestId: identity.manifestId,
        maxAttempts: options.maxAttempts,
        // a pushing client retries by itself and wants to know at once
        waitMs: identity.protocol === "http" ? 0 : options.waitMs,
        hedgeAfter: options.hedgeAfter,
      },
      {
        ...deps,
        tasks: this.#tasks,
        census: this.census,
        emit: (type, data) => this.#emit(type, data),
        closeStream: (reason) => this.end(reason),
      },
    );
    this.startedAt = deps.clock.now();
    this.#lastSegmentAt = deps.clock.mono();
  }

  get manifestId(): string {
    return this.identity.manifestId;
  }

  get closed(): AbortSignal {
    return this.#closer.signal;
  }

  /** Resolves when the stream has ended and the segments it had taken over are delivered or lost. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  get output(): StreamOutput {
    return this.#deps.output;
  }

  /** True while fast verification has found an orchestrator good. */
  get hasVerified(): boolean {
    return this.#deps.verification?.verifiedUri !== undefined;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** True when renditions are stored where they outlast the stream: a recording, an object store outside. */
  get isStored(): boolean {
    return this.#deps.recording !== undefined || this.#deps.output.objects.external !== undefined;
  }

  /** Media that came in, and renditions that came back, bytes. */
  get bytes(): { readonly source: number; readonly transcoded: number } {
    return { source: this.#sourceBytes, transcoded: this.#transcodedBytes };
  }

  /** Ms since a segment came in or finished. */
  get idleMs(): number {
    return this.#inFlight > 0 ? 0 : this.#deps.clock.mono() - this.#lastSegmentAt;
  }

  async start(): Promise<void> {
    const { identity } = this;
    // a pushed stream opens with its first segment, which tells what is needed
    if (identity.protocol !== "http") this.#lookAhead();
    await this.#emit("stream.started", {
      manifestId: identity.manifestId,
      streamId: identity.streamId,
      sessionId: identity.sessionId,
      protocol: identity.protocol,
      gateway: this.#deps.signer.address === undefined ? null : checksumAddress(this.#deps.signer.address),
      profiles: identity.profiles.map((profile) => ({
        name: profile.name,
        width: profile.width,
        height: profile.height,
        bitrateBps: profile.bitrateBps,
        fps: profile.fps / Math.max(1, profile.fpsDen),
      })),
    } satisfies StreamStarted);
  }

  /** A part of the segment that is coming in: for players that ask for parts. */
  part(part: LivePart): void {
    if (!this.#ended) this.#deps.output.part(part);
  }

  /** Takes a source segment over: stored and listed when it resolves; the renditions follow in the background. */
  async segment(segment: MediaSegment, info: IngestVideoInfo): Promise<void> {
    const work = await this.accept(segment, info);
    this.#tasks.spawn("segment", async () => {
      await work();
    });
  }

  /** As `segment`, for callers that wait for the outcome. Returns the work to be run. */
  async accept(
    segment: MediaSegment,
    info: IngestVideoInfo,
    wishes: SegmentWishes = {},
  ): Promise<() => Promise<SegmentOutcome>> {
    if (this.#ended) {
      throw new LpError({ code: "stream_ended", message: `the stream ${this.manifestId} has ended: publish again` });
    }
    const receivedAt = this.#deps.clock.now();
    this.#lastSegmentAt = this.#deps.clock.mono();
    const scan = scanSegment(segment.bytes, segment.container);
    const probe = probeOfScan(scan);
    const width = info.width || probe.width;
    const height = info.height || probe.height;
    await this.#deps.output.source(segment, { width, height });
    this.#record(sourceTrackOf({ width, height }), segment, segment);
    const census = this.census.segment(segment, { width, height });
    census.appeared(this.#deps.recording !== undefined);
    this.#sourceBytes += segment.bytes.length;
    await this.#emit("stream.segment", {
      manifestId: this.manifestId,
      streamId: this.identity.streamId,
      seqNo: segment.seqNo,
      durationMs: segment.durationMs,
      sizeBytes: segment.bytes.length,
      width,
      height,
      frameCount: probe.videoFrameCount,
    } satisfies SourceSegment);
    return async () => {
      this.#inFlight++;
      try {
        return await this.#process(segment, { scan, probe }, receivedAt, { width, height }, census, wishes);
      } finally {
        this.#inFlight--;
        this.#lastSegmentAt = this.#deps.clock.mono();
      }
    };
  }

  /** The publisher is gone, or the stream is closed for another reason. Idempotent. */
  async end(reason: string): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#closer.abort(new LpError({ code: "stream_closed", message: reason }));
    this.#deps.output.endSource();
    this.#deps.onEnd(this);
    this.#deps.tasks.spawn("end stream", async (signal) => {
      signal.addEventListener("abort", () => this.#drained.resolve(), { once: true });
      // segments under way still finish: what was taken over is not dropped
      const giveUp = this.#deps.clock.mono() + this.#options.drainMs;
      while (this.#inFlight > 0 && this.#deps.clock.mono() < giveUp)
        await this.#deps.clock.sleep(50, this.#deps.tasks.signal);
      const sessions = this.#pool?.sessions ?? [];
      await Promise.all(sessions.map((session) => this.#sending.leave(session, this.#deps.tasks.signal)));
      this.census.ended();
      await this.#emit("stream.ended", {
        manifestId: this.manifestId,
        streamId: this.identity.streamId,
        reason,
      } satisfies StreamEnded);
      this.#deps.output.close();
      // uploads go on in the background; the stream is over when they are, or when its time is up
      const stored = Promise.all([this.#deps.output.objects.settled(), this.#deps.recording?.finished()]);
      const leftMs = Math.max(0, giveUp - this.#deps.clock.mono());
      if (await outlasts(stored, leftMs, this.#deps.clock, this.#deps.tasks.signal)) {
        this.#deps.logger.warn("a stream ended before everything of it was stored", { manifestId: this.manifestId });
      }
      this.#drained.resolve();
      await this.#tasks.stop();
    });
  }

  async #process(
    segment: MediaSegment,
    read: ReadSource,
    receivedAt: number,
    size: IngestVideoInfo,
    census: SegmentCensus,
    wishes: SegmentWishes,
  ): Promise<SegmentOutcome> {
    const { unwanted } = wishes;
    const running: Running = {
      attempts: [],
      tried: new Set(),
      kept: [],
      ...(unwanted === undefined ? {} : { unwanted }),
    };
    const hash = await hashSegment(segment.bytes, this.#deps.clock);
    const { outcome, delivery, deliverer } = await this.#transcode(segment, hash, read, wishes, running).finally(() =>
      this.#deps.output.done(segment.seqNo),
    );
    const success = outcome.kind !== "failed";
    const totalMs = this.#deps.clock.now() - receivedAt;
    if (outcome.kind === "failed") census.failed(outcome.error);
    else census.delivered(deliverer === undefined ? undefined : { session: deliverer.session, totalMs });
    this.#deps.metrics.count("livepeer_segments_total", { result: success ? "delivered" : "lost" });
    const record: SegmentRecord = {
      manifestId: this.manifestId,
      streamId: this.identity.streamId,
      seqNo: segment.seqNo,
      durationMs: segment.durationMs,
      container: segment.container,
      sourceBytes: segment.bytes.length,
      sourceHash: toHex(hash),
      width: size.width,
      height: size.height,
      receivedAt,
      totalMs,
      success,
      orchestrator: deliverer?.orchestrator ?? null,
      uri: deliverer?.session.uri ?? null,
      attempts: running.attempts,
      renditions: (delivery?.renditions ?? []).map(
        (rendition): RenditionRecord => ({
          name: rendition.profile.name,
          width: rendition.profile.width,
          height: rendition.profile.height,
          sizeBytes: rendition.sizeBytes,
          pixelCount: rendition.pixelCount.toString(),
          hash: rendition.read === undefined ? null : toHex(rendition.read.hash),
        }),
      ),
      feeWei: delivery?.feeWei ?? null,
      receiptHash: delivery?.receiptHash ?? null,
      verified: delivery?.verified ?? false,
      ...(deliverer?.fastVerification === undefined ? {} : { fastVerification: deliverer.fastVerification }),
      ...(deliverer?.acceptedAfter === undefined ? {} : { acceptedAfter: deliverer.acceptedAfter }),
    };
    await this.#emit("segment.done", record);
    return outcome;
  }

  /** Brings the renditions of a segment into the output; never rejects for an orchestrator's fault. */
  async #transcode(
    segment: MediaSegment,
    hash: Uint8Array,
    read: ReadSource,
    wishes: SegmentWishes,
    running: Running,
  ): Promise<Transcoded> {
    const { identity } = this;
    if (identity.profiles.length === 0 || this.#options.maxAttempts <= 0) {
      return { outcome: { kind: "delivered", renditions: [] } };
    }
    if (read.probe.status === "needs-bypass") {
      const content = { bytes: segment.bytes };
      await Promise.all(identity.profiles.map((profile) => this.#deps.output.rendition(segment, profile, content)));
      return { outcome: { kind: "passed-through", bytes: segment.bytes } };
    }
    try {
      if (this.#inFlight > this.#options.maxInFlight) {
        throw new LpError({
          code: "stream_backlog",
          message: `${this.#options.maxInFlight} segments of this stream are still on their way: the orchestrators are too slow for it`,
          retryable: true,
        });
      }
      const job = this.#job(segment, hash, read, wishes);
      const sent = await this.#sending.deliver(await this.#ensurePool(job.capabilities), job, running);
      const { delivery } = sent;
      for (const rendition of delivery.renditions) this.#transcodedBytes += rendition.sizeBytes;
      const renditions = await Promise.all(delivery.renditions.map((rendition) => this.#place(segment, rendition)));
      return { outcome: { kind: "delivered", renditions }, delivery, deliverer: sent };
    } catch (cause) {
      const error =
        cause instanceof LpError ? cause : new LpError({ code: "segment_failed", message: errorText(cause), cause });
      this.#deps.logger.warn("segment lost", {
        manifestId: this.manifestId,
        seqNo: segment.seqNo,
        error: error.message,
        ...(error.details["why"] === undefined ? {} : { why: error.details["why"] }),
      });
      return { outcome: { kind: "failed", error } };
    }
  }

  /** Brings a rendition to players and into the recording. */
  async #place(segment: MediaSegment, rendition: DeliveredRendition): Promise<ListedRendition> {
    const { profile, read, storedUrl } = rendition;
    const { output } = this.#deps;
    const bytes = read?.bytes;
    if (bytes !== undefined) this.#record(renditionTrackOf(profile), segment, { bytes, container: profile.format });
    const content = storedUrl !== undefined ? { storedUrl } : { bytes: bytes ?? new Uint8Array(0) };
    const uri = await output.rendition(segment, profile, content);
    return { bytes, url: output.objects.external?.isOwn(uri) === true ? uri : undefined };
  }

  #record(track: LiveTrack, segment: MediaSegment, media: Pick<MediaSegment, "bytes" | "container">): void {
    const { seqNo, durationMs } = segment;
    const extension = containerExtension(media.container);
    this.#deps.recording?.record(track, { seqNo, durationMs, bytes: media.bytes, extension });
  }

  #job(segment: MediaSegment, hash: Uint8Array, { scan, probe }: ReadSource, wishes: SegmentWishes): SegmentJob {
    const last = this.#lastProbe;
    const hasChanged =
      last !== undefined &&
      (last.videoCodec !== probe.videoCodec ||
        last.audioCodec !== probe.audioCodec ||
        last.width !== probe.width ||
        last.height !== probe.height ||
        last.chroma !== probe.chroma ||
        last.colorDepthMinus8 !== probe.colorDepthMinus8);
    this.#lastProbe = probe;
    this.#capabilities ??= this.#needs({
      inputCodec: probe.videoCodec === "" || probe.videoCodec === "other" ? "h264" : probe.videoCodec,
      pixelFormat: { chroma: probe.chroma, colorDepthMinus8: probe.colorDepthMinus8 },
    });
    const { verification } = this.#deps;
    return {
      manifestId: this.manifestId,
      segment,
      sourceScan: scan,
      hash,
      profiles: this.identity.profiles,
      capabilities: this.#capabilities,
      timeoutMultiplier: this.identity.timeoutMultiplier,
      forceSessionReinit: hasChanged || wishes.forceSessionReinit === true,
      ...(wishes.clip === undefined ? {} : { clip: wishes.clip }),
      objects: this.#deps.output.objects,
      needsBytes: this.#deps.recording !== undefined,
      ...(verification === undefined ? {} : { hashIndex: verification.drawRendition(this.identity.profiles.length) }),
    };
  }

  #needs(input: Pick<JobNeeds, "inputCodec" | "pixelFormat">): Capabilities {
    return jobCapabilities({
      ...input,
      profiles: this.identity.profiles,
      verificationFreq: this.identity.verificationFreq,
      hasSegmentParameters: this.identity.protocol === "http",
      storage: this.#deps.output.objects.capability,
      minVersion: this.#options.minVersion,
    });
  }

  /** Looks for orchestrators while the first segment is still coming in: nearly all publishers send H.264 in 4:2:0 with 8 bits. */
  #lookAhead(): void {
    if (this.identity.profiles.length === 0 || this.#options.maxAttempts <= 0) return;
    const usual = { inputCodec: "h264", pixelFormat: { chroma: 0, colorDepthMinus8: 0 } } as const;
    try {
      const pool = this.#openPool(this.#needs(usual));
      this.#tasks.spawn("look for orchestrators", (signal) => this.#lookAround(pool, signal));
    } catch (error) {
      // renditions that nobody can be asked for: every segment is lost with this reason
      this.#deps.logger.warn("discovery failed", { manifestId: this.manifestId, error: errorText(error) });
    }
  }

  async #ensurePool(capabilities: Capabilities): Promise<SessionPool> {
    const isFirst = !this.#hasSent;
    this.#hasSent = true;
    const guessed = this.#pool;
    if (guessed !== undefined && this.#lookedFor !== undefined && !sameNeeds(this.#lookedFor, capabilities)) {
      this.#pool = undefined;
      this.#tasks.spawn("leave unneeded sessions", async (signal) => {
        await Promise.all(guessed.sessions.map((session) => this.#sending.leave(session, signal)));
      });
    }
    const pool = this.#openPool(capabilities);
    // the first segment waits for discovery; others join the same round
    if (isFirst && pool.size === 0) await this.#lookAround(pool, this.#tasks.signal);
    else if (pool.wantsRefresh) this.#tasks.spawn("refresh pool", (signal) => pool.refresh(signal));
    return pool;
  }

  #openPool(capabilities: Capabilities): SessionPool {
    if (this.#pool === undefined) {
      this.#lookedFor = capabilities;
      this.#pool = this.#deps.createPool(capabilities);
    }
    return this.#pool;
  }

  async #lookAround(pool: SessionPool, signal: AbortSignal): Promise<void> {
    try {
      await pool.refresh(signal);
    } catch (error) {
      this.#deps.logger.warn("discovery failed", { manifestId: this.manifestId, error: errorText(error) });
    }
  }

  /** Records must never stop the video: a failure is logged and counted. */
  async #emit(type: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await this.#deps.events.emit({ type, subject: this.manifestId, data });
    } catch (error) {
      this.#deps.metrics.count("livepeer_records_lost_total", { type });
      this.#deps.logger.error("record not stored", { type, manifestId: this.manifestId, error: errorText(error) });
    }
  }
}
