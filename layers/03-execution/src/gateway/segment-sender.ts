import {
  type Clock,
  errorText,
  formatRational,
  hasErrorCode,
  hashFromBytes,
  hashSegment,
  type Logger,
  LpError,
  readBody,
} from "@livepeer-ts/kernel";
import {
  containerMime,
  looksLikeMedia,
  type MediaSegment,
  nonRetryableTranscoderErrors,
  type SegmentScan,
  type VideoProfile,
} from "@livepeer-ts/media";
import { authTokenNeedsRefresh } from "../auth/auth-token.ts";
import { maxRenditionBytes, type OrchestratorClient, submitTimeouts } from "../discovery/orchestrator-client.ts";
import { metricErrorCode } from "../metrics/error-code.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import { trustOf } from "../ports/orchestrator-directory.ts";
import { type OutgoingPayment, senderFaultCodes } from "../ports/payment-sender.ts";
import type { ReceiptReader } from "../ports/receipts.ts";
import { ResultRejected, type ResultVerifier } from "../ports/result-verifier.ts";
import type { SegmentSigner } from "../ports/segment-signer.ts";
import type { AttemptRecord } from "../records/segment-record.ts";
import type { CheckRecord } from "../records/verification-record.ts";
import { resultSigner, resultsHash } from "../segments/result-signature.ts";
import { createSegData, encodeSegmentHeader, signedSegData } from "../segments/segment-credentials.ts";
import { credentialsOf } from "../storage/os-info.ts";
import type { PeerStore } from "../storage/peer-store.ts";
import type { Capabilities, TranscodeData, TranscodedSegmentData } from "../wire/net_pb.gen.ts";
import { estimatePixels } from "./estimate-pixels.ts";
import { type OrchestratorSession, orchestratorAddress } from "./orchestrator-session.ts";
import type { StreamCensus } from "./stream-census.ts";
import type { StreamObjects } from "./stream-objects.ts";
import { objectName } from "./stream-output.ts";

export type SegmentJob = {
  readonly manifestId: string;
  readonly segment: MediaSegment;
  /** What was read of the segment without decoding it. */
  readonly sourceScan: SegmentScan;
  readonly hash: Uint8Array;
  readonly profiles: readonly VideoProfile[];
  readonly capabilities: Capabilities;
  readonly timeoutMultiplier: number;
  readonly forceSessionReinit: boolean;
  /** Part of the segment to transcode, ms. Absent: all of it. */
  readonly clip?: { readonly fromMs: number; readonly toMs: number };
  /** Where the stream's output goes; orchestrators put results there themselves when it is an external store. Absent: none. */
  readonly objects?: Pick<StreamObjects, "osInfo" | "external" | "externalKey" | "reportFailure">;
  /** True when the renditions' bytes are needed here, wherever they are stored: for a recording. Default false. */
  readonly needsBytes?: boolean;
  /**
   * For fast verification: all renditions get a perceptual hash, and that of the profile with this index is fetched. Results then
   * do not go into the stream's own store before they are judged.
   */
  readonly hashIndex?: number;
};

/** What is counted of one try. */
export type AttemptCensus = Pick<
  StreamCensus,
  "paid" | "notPaid" | "uploaded" | "uploadFailed" | "transcoded" | "downloaded" | "pixels" | "failed"
>;

/** Counts nothing; the default of libraries. */
const uncounted: AttemptCensus = {
  paid() {},
  notPaid() {},
  uploaded() {},
  uploadFailed() {},
  transcoded() {},
  downloaded() {},
  pixels() {},
  failed() {},
};

export type DeliveredRendition = {
  readonly profile: VideoProfile;
  readonly sizeBytes: number;
  readonly pixelCount: bigint;
  /** Undefined when it is in the stream's own store and nobody had to look into it. */
  readonly read: { readonly bytes: Uint8Array; readonly hash: Uint8Array } | undefined;
  /** Where it is in the stream's own external store; undefined when it still has to be stored. */
  readonly storedUrl: string | undefined;
};

export type Delivery = {
  readonly renditions: readonly DeliveredRendition[];
  readonly feeWei: string | null;
  readonly receiptHash: string | null;
  readonly verified: boolean;
  readonly checks: readonly CheckRecord[];
  /** Of the rendition that was asked for; undefined where none was. */
  readonly perceptualHash: Uint8Array | undefined;
};

/**
 * How one try ended. `blame: "media"` means that the segment itself cannot be transcoded: trying elsewhere is useless.
 * `blame: "store"` means that the orchestrator did its part, and the stream's own store or this gateway's memory did not.
 */
export type SendOutcome =
  | {
      readonly ok: true;
      readonly delivery: Delivery;
      readonly attempt: AttemptRecord;
      readonly payment: OutgoingPayment;
    }
  | {
      readonly ok: false;
      readonly blame: "orchestrator" | "media" | "sender" | "store";
      readonly error: LpError;
      readonly attempt: AttemptRecord;
      readonly payment: OutgoingPayment | undefined;
      /** A result that did not pass, and how good it is all the same. */
      readonly kept?: { readonly delivery: Delivery; readonly score: number } | undefined;
    };

export type SegmentSenderDeps = {
  readonly client: OrchestratorClient;
  readonly signer: NodeSigner;
  /** Signs segments in the signer's place. */
  readonly segmentSigner?: SegmentSigner | undefined;
  readonly verifier: ResultVerifier;
  readonly receipts: ReceiptReader | undefined;
  /** Puts segments into stores that orchestrators name. Absent: they always go in the request. */
  readonly peerStore?: Pick<PeerStore, "putAll">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False leaves results unverified (`-localVerify=false`). */
  readonly localVerify: boolean;
  /** Ms to refresh a session. Default 2500. */
  readonly refreshMs: number;
  /** Ms to download one rendition. Default 4000. */
  readonly downloadMs: number;
};

/** Offers that are asked for in a row for one segment. */
const maxRefreshes = 4;
/** A hash of five minutes at 60 frames a second is smaller. */
const maxHashBytes = 2 * 1024 * 1024;

export type SendOptions = {
  /** Take a new offer from the orchestrator first. */
  readonly anew?: boolean;
  readonly census?: AttemptCensus;
  /** Called when the orchestrator has taken the segment over. */
  readonly onTaken?: () => void;
};

const senderFaults: ReadonlySet<string> = new Set(senderFaultCodes);
const ownStoreFailed = "own_store_failed";

/** Sends one segment to one orchestrator: refresh, pay, submit, download, verify, settle. Never rejects. */
export class SegmentSender {
  readonly #deps: SegmentSenderDeps;

  constructor(deps: SegmentSenderDeps) {
    this.#deps = deps;
  }

  async send(
    job: SegmentJob,
    session: OrchestratorSession,
    selectionId: string,
    signal: AbortSignal,
    { anew = false, census = uncounted, onTaken = () => {} }: SendOptions = {},
  ): Promise<SendOutcome> {
    const { clock } = this.#deps;
    const startedAt = clock.now();
    const started = clock.mono();
    let payment: OutgoingPayment | undefined;
    const attempt = (error: LpError | undefined, checks: readonly CheckRecord[] = []): AttemptRecord => ({
      selectionId,
      uri: session.uri,
      orchestrator: orchestratorAddress(session),
      startedAt,
      latencyMs: clock.mono() - started,
      ticketCount: payment?.tickets.length ?? 0,
      expectedValueWei: payment === undefined ? "0" : formatRational(payment.expectedValue),
      ...(checks.length === 0 ? {} : { checks }),
      error: error === undefined ? null : { code: error.code, message: error.message },
    });
    try {
      if (anew || this.#isStale(session)) {
        await this.#renew(job, session, signal).catch((error: unknown) => {
          census.uploadFailed(session.uri, error);
          throw error;
        });
      }
      payment = await this.#pay(job, session, signal, census);
      const { delivery, rejected } = await this.#exchange(job, session, payment, signal, census, onTaken);
      const { checks } = delivery;
      if (rejected === undefined) return { ok: true, delivery, attempt: attempt(undefined, checks), payment };
      const kept = rejected.score === undefined ? undefined : { delivery, score: rejected.score };
      return { ok: false, blame: "orchestrator", error: rejected, attempt: attempt(rejected, checks), payment, kept };
    } catch (cause) {
      const error =
        cause instanceof LpError
          ? cause
          : new LpError({ code: "send_failed", message: errorText(cause), cause, retryable: true });
      const blame = nonRetryableTranscoderErrors.has(error.message)
        ? "media"
        : senderFaults.has(error.code)
          ? "sender"
          : hasErrorCode(error, ownStoreFailed) || error.code === "download_budget"
            ? "store"
            : "orchestrator";
      return { ok: false, blame, error, attempt: attempt(error), payment };
    }
  }

  /** True when the token is about to expire or the ticket parameters no longer hold. */
  #isStale(session: OrchestratorSession): boolean {
    try {
      session.payment.check();
    } catch (error) {
      if (!(error instanceof LpError) || error.code !== "ticket_params_expired") throw error;
      return true;
    }
    return authTokenNeedsRefresh(session.authToken, this.#deps.clock.now());
  }

  /** Pays; an offer that turns out to be too old is replaced, a few times at most. */
  async #pay(
    job: SegmentJob,
    session: OrchestratorSession,
    signal: AbortSignal,
    census: AttemptCensus,
  ): Promise<OutgoingPayment> {
    try {
      const payment = await this.#payFresh(job, session, signal);
      census.paid(session, payment);
      return payment;
    } catch (error) {
      census.notPaid();
      throw error;
    }
  }

  async #payFresh(job: SegmentJob, session: OrchestratorSession, signal: AbortSignal): Promise<OutgoingPayment> {
    const pixels = estimatePixels(job.profiles, job.segment.durationMs);
    for (let refreshes = 0; ; refreshes++) {
      try {
        return await session.payment.pay(pixels);
      } catch (error) {
        if (!(error instanceof LpError) || error.code !== "ticket_params_expired") throw error;
        if (refreshes >= maxRefreshes)
          throw new LpError({
            code: "too_many_refreshes",
            message: "too many consecutive session refreshes",
            retryable: true,
            cause: error,
          });
        await this.#renew(job, session, signal);
      }
    }
  }

  /** Takes a new offer. */
  async #renew(job: SegmentJob, session: OrchestratorSession, signal: AbortSignal): Promise<void> {
    const info = await this.#deps.client.getInfo(session.uri, job.capabilities, {
      ignoreCapacityCheck: true,
      timeoutMs: this.#deps.refreshMs,
      signal,
    });
    if (info.authToken === undefined)
      throw new LpError({ code: "missing_auth_token", message: "Missing auth token", retryable: true });
    session.info = info;
    session.authToken = info.authToken;
    session.payment.update(info);
  }

  async #exchange(
    job: SegmentJob,
    session: OrchestratorSession,
    payment: OutgoingPayment,
    signal: AbortSignal,
    census: AttemptCensus,
    onTaken: () => void,
  ): Promise<{ readonly delivery: Delivery; readonly rejected?: ResultRejected }> {
    // several orchestrators would write the same objects
    const storage = job.hashIndex === undefined ? job.objects?.osInfo : undefined;
    const claim = {
      manifestId: job.manifestId,
      seqNo: BigInt(job.segment.seqNo),
      hash: job.hash,
      durationMs: job.segment.durationMs,
      profiles: job.profiles,
      capabilities: job.capabilities,
      authToken: session.authToken,
      forceSessionReinit: job.forceSessionReinit,
      ...(job.clip === undefined ? {} : { clip: job.clip }),
      calcPerceptualHash: job.hashIndex !== undefined,
      storage: storage === undefined ? [] : [storage],
    };
    const inputUrl = await this.#offerInput(job, session, signal);
    const { clock } = this.#deps;
    let sentAt: number | undefined;
    let takenAt: number | undefined;
    try {
      const { signer, segmentSigner } = this.#deps;
      const segData =
        segmentSigner === undefined
          ? createSegData(claim, signer)
          : signedSegData(claim, await segmentSigner.signSegment(claim, signal));
      sentAt = clock.mono();
      const leftAt = sentAt;
      const answer = await this.#deps.client.submit({
        baseUrl: session.uri,
        segmentHeader: encodeSegmentHeader(segData),
        paymentHeader: payment.header,
        input: inputUrl === undefined ? { bytes: job.segment.bytes } : { url: inputUrl },
        wantsReceipt: this.#deps.receipts !== undefined,
        timeouts: submitTimeouts(job.segment.durationMs, job.timeoutMultiplier),
        onTaken: () => {
          takenAt = clock.mono();
          onTaken();
          census.uploaded(session.uri, takenAt - leftAt);
        },
        signal,
      });
      const info = answer.result.info;
      if (info !== undefined) {
        session.info = info;
        if (info.authToken !== undefined) session.authToken = info.authToken;
        session.payment.update(info);
      }
      const outcome = answer.result.result;
      if (outcome.case === undefined) {
        throw new LpError({ code: "unknown_response", message: "UnknownResponse", retryable: true });
      }
      if (outcome.case === "error") {
        throw new LpError({ code: "orchestrator_error", message: outcome.value, retryable: true });
      }
      const data = outcome.value;
      const workedMs = clock.mono() - (takenAt ?? leftAt);
      const [renditions, perceptualHash] = await Promise.all([
        this.#fetch(job, data, signal, census),
        this.#fetchHash(job, data, signal),
      ]);
      const { checks, rejected } = await this.#verify(job, session, data, renditions, signal);
      const pixels = renditions.reduce((sum, rendition) => sum + rendition.pixelCount, 0n);
      const price = session.payment.price();
      const delivery: Delivery = {
        renditions,
        feeWei: price === undefined ? null : formatRational({ num: price.num * pixels, den: price.den }),
        receiptHash: this.#readReceipt(job, session, renditions, answer.receipt),
        verified: this.#deps.localVerify && rejected === undefined,
        checks,
        perceptualHash,
      };
      if (rejected !== undefined) {
        census.failed(metricErrorCode(rejected));
        payment.spent();
        return { delivery, rejected };
      }
      census.transcoded(job.segment.durationMs, workedMs, trustOf(session.entry) === "trusted", delivery.verified);
      census.pixels(pixels);
      payment.settle(pixels);
      return { delivery };
    } catch (error) {
      if (takenAt === undefined) census.uploadFailed(session.uri, error);
      else census.failed(metricErrorCode(error));
      if (sentAt === undefined || (error instanceof LpError && error.code === "net_dial")) payment.notSent();
      else payment.spent();
      throw error;
    }
  }

  async #verify(
    job: SegmentJob,
    session: OrchestratorSession,
    data: TranscodeData,
    renditions: readonly DeliveredRendition[],
    signal: AbortSignal,
  ): Promise<{ readonly checks: readonly CheckRecord[]; readonly rejected?: ResultRejected }> {
    if (!this.#deps.localVerify) return { checks: [] };
    const { manifestId, segment: source, sourceScan, profiles } = job;
    const read = renditions.flatMap((rendition) => rendition.read ?? []);
    const { uri, info } = session;
    try {
      const part = job.clip === undefined ? {} : { clip: job.clip };
      const result = { manifestId, source, sourceScan, ...part, profiles, uri, info, data, renditions: read };
      return { checks: await this.#deps.verifier.verify(result, signal) };
    } catch (error) {
      if (!(error instanceof ResultRejected)) throw error;
      return { checks: error.checks, rejected: error };
    }
  }

  /** The perceptual hash that the job asks for. Rejects with `perceptual_hash_missing`. */
  async #fetchHash(job: SegmentJob, data: TranscodeData, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (job.hashIndex === undefined) return undefined;
    const url = data.segments[job.hashIndex]?.perceptualHashUrl ?? "";
    const { client, downloadMs } = this.#deps;
    const bytes = url === "" ? undefined : await client.download(url, downloadMs, signal, maxHashBytes);
    if (bytes !== undefined && bytes.length > 0) return bytes;
    throw new LpError({
      code: "perceptual_hash_missing",
      message: "the orchestrator returned no perceptual hash for a rendition although the stream is to be verified",
      retryable: true,
    });
  }

  async #fetch(
    job: SegmentJob,
    data: TranscodeData,
    signal: AbortSignal,
    census: AttemptCensus,
  ): Promise<DeliveredRendition[]> {
    if (data.segments.length !== job.profiles.length) {
      throw new LpError({
        code: "rendition_count",
        message: `the orchestrator returned ${data.segments.length} renditions for ${job.profiles.length} profiles`,
        retryable: true,
      });
    }
    return Promise.all(
      data.segments.map((result, i) => this.#fetchOne(job, result, job.profiles[i] as VideoProfile, signal, census)),
    );
  }

  async #fetchOne(
    job: SegmentJob,
    result: TranscodedSegmentData,
    profile: VideoProfile,
    signal: AbortSignal,
    census: AttemptCensus,
  ): Promise<DeliveredRendition> {
    const { clock, client, downloadMs, localVerify } = this.#deps;
    const started = clock.mono();
    const about = { profile, pixelCount: result.pixels };
    const name = objectName(profile.name, job.segment, profile.format);
    const store = job.hashIndex === undefined ? job.objects?.external : undefined;
    const key = job.objects?.externalKey(name) ?? name;
    // only the very place that belongs to this rendition counts as our own: anything else is a stranger's address
    const storedUrl = store?.isOwn(result.url) && result.url === store.publicUrl(key) ? result.url : undefined;
    if (store !== undefined && storedUrl !== undefined && !localVerify && job.needsBytes !== true) {
      const head = await this.#fromOwnStore(job, profile, (limit) => store.head(key, { signal: limit }), signal);
      return { ...about, sizeBytes: head.sizeBytes, read: undefined, storedUrl };
    }
    const bytes =
      store === undefined || storedUrl === undefined
        ? await client.download(result.url, downloadMs, signal)
        : await this.#fromOwnStore(
            job,
            profile,
            async (limit) => {
              const object = await store.get(key, { signal: limit });
              return object === undefined ? undefined : readBody(object.body, maxRenditionBytes);
            },
            signal,
          );
    census.downloaded(profile.name, bytes.length, clock.mono() - started);
    if (looksLikeMedia(job.segment.bytes) && !looksLikeMedia(bytes)) {
      throw new LpError({
        code: "rendition_not_media",
        message: `the orchestrator returned ${bytes.length} bytes for ${profile.name} that are neither MPEG-TS nor MP4`,
        retryable: true,
      });
    }
    const read = { bytes, hash: await hashSegment(bytes, clock) };
    return { ...about, sizeBytes: bytes.length, read, storedUrl };
  }

  /** What our own store has for a rendition. A store that does not answer is nobody's fault but its own. */
  async #fromOwnStore<T>(
    job: SegmentJob,
    profile: VideoProfile,
    ask: (signal: AbortSignal) => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T> {
    const deadline = this.#deps.clock.deadline(this.#deps.downloadMs, signal);
    let found: T | undefined;
    try {
      found = await ask(deadline.signal);
    } catch (cause) {
      if (signal.aborted) throw cause;
      job.objects?.reportFailure(cause);
      throw new LpError({
        code: ownStoreFailed,
        message: `the stream's object store did not give back ${profile.name}: ${errorText(cause)}`,
        retryable: true,
        cause,
      });
    } finally {
      deadline.clear();
    }
    if (found !== undefined) return found;
    throw new LpError({
      code: "rendition_missing",
      message: `the orchestrator says that it stored ${profile.name}, and the object store does not have it`,
      retryable: true,
    });
  }

  /** Puts the source into the orchestrator's own store when it names one; undefined: the bytes go in the request. */
  async #offerInput(job: SegmentJob, session: OrchestratorSession, signal: AbortSignal): Promise<string | undefined> {
    const credentials = credentialsOf(session.info.storage);
    const { peerStore } = this.#deps;
    if (credentials === undefined || peerStore === undefined) return undefined;
    const { segment } = job;
    const name = objectName("source", segment, segment.container);
    const object = { name, bytes: segment.bytes, contentType: containerMime(segment.container) };
    return (await peerStore.putAll(credentials, [object], signal))?.[0];
  }

  /** Hash of a valid receipt; null when none came. An invalid one is logged and not counted. */
  #readReceipt(
    job: SegmentJob,
    session: OrchestratorSession,
    renditions: readonly DeliveredRendition[],
    receipt: { header: string; signatureHeader: string } | undefined,
  ): string | null {
    const orchestrator = resultSigner(session.info);
    const gateway = this.#deps.signer.address;
    const hashes = renditions.flatMap(({ read }) => read?.hash ?? []);
    if (
      receipt === undefined ||
      hashes.length !== renditions.length || // nobody looked into the results: there is nothing to hold the receipt against
      this.#deps.receipts === undefined ||
      orchestrator === undefined ||
      gateway === undefined
    )
      return null;
    try {
      return this.#deps.receipts.read(receipt.header, receipt.signatureHeader, {
        sessionId: session.authToken.sessionId,
        manifestId: job.manifestId,
        gateway,
        sourceHash: hashFromBytes(job.hash),
        profiles: job.profiles,
        resultsHash: hashFromBytes(resultsHash(hashes)),
        orchestrator,
      }).hash;
    } catch (error) {
      this.#deps.logger.warn("receipt does not fit the work", { uri: session.uri, error: errorText(error) });
      return null;
    }
  }
}
