import {
  type Clock,
  errorText,
  formatRational,
  hashFromBytes,
  hashSegment,
  type Logger,
  LpError,
} from "@livepeer-ts/kernel";
import { looksLikeMedia, type MediaSegment, nonRetryableTranscoderErrors, type VideoProfile } from "@livepeer-ts/media";
import { authTokenNeedsRefresh } from "../auth/auth-token.ts";
import { type OrchestratorClient, submitTimeouts } from "../discovery/orchestrator-client.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import { type OutgoingPayment, senderFaultCodes } from "../ports/payment-sender.ts";
import type { ReceiptReader } from "../ports/receipts.ts";
import type { ResultVerifier } from "../ports/result-verifier.ts";
import type { AttemptRecord } from "../records/segment-record.ts";
import { resultSigner, resultsHash } from "../segments/result-signature.ts";
import { createSegData, encodeSegmentHeader } from "../segments/segment-credentials.ts";
import type { Capabilities, TranscodeData } from "../wire/net_pb.gen.ts";
import { estimatePixels } from "./estimate-pixels.ts";
import { type OrchestratorSession, orchestratorAddress } from "./orchestrator-session.ts";

export type SegmentJob = {
  readonly manifestId: string;
  readonly segment: MediaSegment;
  readonly hash: Uint8Array;
  readonly profiles: readonly VideoProfile[];
  readonly capabilities: Capabilities;
  readonly timeoutMultiplier: number;
  readonly forceSessionReinit: boolean;
};

export type DeliveredRendition = {
  readonly profile: VideoProfile;
  readonly bytes: Uint8Array;
  readonly pixelCount: bigint;
  readonly hash: Uint8Array;
};

export type Delivery = {
  readonly renditions: readonly DeliveredRendition[];
  readonly feeWei: string | null;
  readonly receiptHash: string | null;
  readonly verified: boolean;
};

/** How one try ended. `blame: "media"` means that the segment itself cannot be transcoded: trying elsewhere is useless. */
export type SendOutcome =
  | {
      readonly ok: true;
      readonly delivery: Delivery;
      readonly attempt: AttemptRecord;
      readonly payment: OutgoingPayment;
    }
  | {
      readonly ok: false;
      readonly blame: "orchestrator" | "media" | "sender";
      readonly error: LpError;
      readonly attempt: AttemptRecord;
      readonly payment: OutgoingPayment | undefined;
    };

export type SegmentSenderDeps = {
  readonly client: OrchestratorClient;
  readonly signer: NodeSigner;
  readonly verifier: ResultVerifier;
  readonly receipts: ReceiptReader | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** False leaves results unverified (`-localVerify=false`). */
  readonly localVerify: boolean;
  /** Ms to refresh a session. Default 2500. */
  readonly refreshMs: number;
  /** Ms to download one rendition. Default 4000. */
  readonly downloadMs: number;
};

const senderFaults: ReadonlySet<string> = new Set(senderFaultCodes);

/** Sends one segment to one orchestrator: refresh, pay, submit, download, verify, settle. Never rejects. */
export class SegmentSender {
  readonly #deps: SegmentSenderDeps;

  constructor(deps: SegmentSenderDeps) {
    this.#deps = deps;
  }

  /** `anew` takes a new offer from the orchestrator first. */
  async send(
    job: SegmentJob,
    session: OrchestratorSession,
    selectionId: string,
    signal: AbortSignal,
    { anew = false }: { readonly anew?: boolean } = {},
  ): Promise<SendOutcome> {
    const { clock } = this.#deps;
    const startedAt = clock.now();
    const started = clock.mono();
    let payment: OutgoingPayment | undefined;
    const attempt = (error: LpError | undefined): AttemptRecord => ({
      selectionId,
      uri: session.uri,
      orchestrator: orchestratorAddress(session),
      startedAt,
      latencyMs: clock.mono() - started,
      ticketCount: payment?.tickets.length ?? 0,
      expectedValueWei: payment === undefined ? "0" : formatRational(payment.expectedValue),
      error: error === undefined ? null : { code: error.code, message: error.message },
    });
    try {
      if (anew || this.#isStale(session)) await this.#renew(job, session, signal);
      payment = await session.payment.pay(estimatePixels(job.profiles, job.segment.durationMs));
      const delivery = await this.#exchange(job, session, payment, signal);
      return { ok: true, delivery, attempt: attempt(undefined), payment };
    } catch (cause) {
      const error =
        cause instanceof LpError
          ? cause
          : new LpError({ code: "send_failed", message: errorText(cause), cause, retryable: true });
      const blame = nonRetryableTranscoderErrors.has(error.message)
        ? "media"
        : senderFaults.has(error.code)
          ? "sender"
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
  ): Promise<Delivery> {
    const segData = createSegData(
      {
        manifestId: job.manifestId,
        seqNo: BigInt(job.segment.seqNo),
        hash: job.hash,
        durationMs: job.segment.durationMs,
        profiles: job.profiles,
        capabilities: job.capabilities,
        authToken: session.authToken,
        forceSessionReinit: job.forceSessionReinit,
      },
      this.#deps.signer,
    );
    try {
      const answer = await this.#deps.client.submit({
        baseUrl: session.uri,
        segmentHeader: encodeSegmentHeader(segData),
        paymentHeader: payment.header,
        bytes: job.segment.bytes,
        wantsReceipt: this.#deps.receipts !== undefined,
        timeouts: submitTimeouts(job.segment.durationMs, job.timeoutMultiplier),
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
      const renditions = await this.#fetch(job, data, signal);
      if (this.#deps.localVerify) {
        await this.#deps.verifier.verify({
          info: session.info,
          data,
          renditions,
          containers: job.profiles.map((profile) => profile.format),
        });
      }
      const receiptHash = this.#readReceipt(job, session, renditions, answer.receipt);
      const pixels = renditions.reduce((sum, rendition) => sum + rendition.pixelCount, 0n);
      payment.settle(pixels);
      const price = session.payment.price();
      return {
        renditions,
        feeWei: price === undefined ? null : formatRational({ num: price.num * pixels, den: price.den }),
        receiptHash,
        verified: this.#deps.localVerify,
      };
    } catch (error) {
      if (error instanceof LpError && error.code === "net_dial") payment.notSent();
      else payment.spent();
      throw error;
    }
  }

  async #fetch(job: SegmentJob, data: TranscodeData, signal: AbortSignal): Promise<DeliveredRendition[]> {
    if (data.segments.length !== job.profiles.length) {
      throw new LpError({
        code: "rendition_count",
        message: `the orchestrator returned ${data.segments.length} renditions for ${job.profiles.length} profiles`,
        retryable: true,
      });
    }
    const isMedia = looksLikeMedia(job.segment.bytes);
    return Promise.all(
      data.segments.map(async (result, i) => {
        const profile = job.profiles[i] as VideoProfile;
        const bytes = await this.#deps.client.download(result.url, this.#deps.downloadMs, signal);
        if (isMedia && !looksLikeMedia(bytes)) {
          throw new LpError({
            code: "rendition_not_media",
            message: `the orchestrator returned ${bytes.length} bytes for ${profile.name} that are neither MPEG-TS nor MP4`,
            retryable: true,
          });
        }
        return { profile, bytes, pixelCount: result.pixels, hash: await hashSegment(bytes, this.#deps.clock) };
      }),
    );
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
    if (
      receipt === undefined ||
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
        resultsHash: hashFromBytes(resultsHash(renditions.map((rendition) => rendition.hash))),
        orchestrator,
      }).hash;
    } catch (error) {
      this.#deps.logger.warn("receipt does not fit the work", { uri: session.uri, error: errorText(error) });
      return null;
    }
  }
}
