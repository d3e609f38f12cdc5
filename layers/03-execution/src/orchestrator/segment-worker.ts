import { create } from "@bufbuild/protobuf";
import { type Clock, hashFromBytes, hashSegment, type Logger, LpError, type Metrics } from "@livepeer-ts/kernel";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import type { ReceiptIssuer, SignedReceipt } from "../ports/receipts.ts";
import { resultsHash } from "../segments/result-signature.ts";
import {
  type TranscodeData,
  TranscodeDataSchema,
  type TranscodedSegmentData,
  TranscodedSegmentDataSchema,
} from "../wire/net_pb.gen.ts";
import { minRenditionBytes, resultErrors } from "../wire/segment-wire.ts";
import type { ObjectShelf } from "./object-shelf.ts";
import type { EngineRendition, SegmentEngine } from "./segment-engine.ts";
import type { SessionTable } from "./session-table.ts";
import type { AdmittedWork } from "./work-admission.ts";

export type SegmentWorkerDeps = {
  /** Absent on an orchestrator without transcoders. */
  readonly engine: SegmentEngine | undefined;
  readonly sessions: SessionTable;
  readonly shelf: ObjectShelf;
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  /** Absent where receipts are off. */
  readonly receipts: ReceiptIssuer | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly serviceUri: string;
};

export type FinishedWork = { readonly data: TranscodeData; readonly receipt: SignedReceipt | undefined };

/** Turns an admitted segment into stored, hashed, signed and billed renditions. */
export class SegmentWorker {
  readonly #deps: SegmentWorkerDeps;

  constructor(deps: SegmentWorkerDeps) {
    this.#deps = deps;
  }

  /** Rejects with `LpError`s whose messages peers match on. */
  async transcode(
    work: AdmittedWork,
    bytes: Uint8Array,
    wantsReceipt: boolean,
    signal: AbortSignal,
  ): Promise<FinishedWork> {
    return this.#deps.sessions.run(work.token.sessionId, async () => {
      const { engine, clock, metrics, recipient } = this.#deps;
      if (engine === undefined) throw new LpError({ code: "no_transcoder", message: resultErrors.noTranscoder });
      const started = clock.mono();
      try {
        const { sessionId } = work.token;
        const orchId = recipient.recipient ?? "offchain";
        const { renditions } = await engine.transcode(
          { sessionId, credentials: work.credentials, bytes, orchId },
          signal,
        );
        return await this.#finish(work, renditions, wantsReceipt);
      } finally {
        metrics.observe("livepeer_transcode_time_seconds", (clock.mono() - started) / 1000);
      }
    });
  }

  async #finish(
    work: AdmittedWork,
    renditions: readonly EngineRendition[],
    wantsReceipt: boolean,
  ): Promise<FinishedWork> {
    const { credentials, token } = work;
    if (renditions.length !== credentials.profiles.length) {
      throw new LpError({ code: "mismatched_segments", message: resultErrors.mismatchedSegments });
    }
    if (renditions.some((rendition) => rendition.bytes.length < minRenditionBytes)) {
      throw new LpError({ code: "zero_segments", message: resultErrors.zeroSegments });
    }
    const pixelCount = renditions.reduce((sum, rendition) => sum + BigInt(rendition.pixelCount), 0n);
    this.#deps.recipient.debit(work.sender, token.sessionId, pixelCount, work.payment.expectedPrice);
    const segments = renditions.map((rendition) => this.#shelve(token.sessionId, credentials.seqNo, rendition));
    const hashes: Uint8Array[] = [];
    for (const { bytes } of renditions) hashes.push(await hashSegment(bytes, this.#deps.clock));
    const hash = resultsHash(hashes);
    const receipt =
      wantsReceipt && this.#deps.receipts !== undefined
        ? await this.#deps.receipts.issue({
            sessionId: token.sessionId,
            manifestId: credentials.manifestId,
            gateway: work.sender,
            sourceHash: hashFromBytes(credentials.hash),
            profiles: credentials.profiles,
            resultsHash: hashFromBytes(hash),
            pixelCount,
          })
        : undefined;
    return { data: create(TranscodeDataSchema, { segments, sig: this.#deps.signer.signHash(hash) }), receipt };
  }

  #shelve(sessionId: string, seqNo: bigint, rendition: EngineRendition): TranscodedSegmentData {
    const isMp4 = rendition.profile.format === "mp4";
    const path = `${sessionId}/${rendition.profile.name}/${seqNo}.${isMp4 ? "mp4" : "ts"}`;
    const { shelf, serviceUri } = this.#deps;
    const url = `${serviceUri}${shelf.put(path, rendition.bytes, isMp4 ? "video/mp4" : "video/mp2t")}`;
    const hash = rendition.perceptualHash;
    return create(TranscodedSegmentDataSchema, {
      url: encodeURI(url),
      pixels: BigInt(rendition.pixelCount),
      perceptualHashUrl:
        hash === undefined
          ? ""
          : encodeURI(
              `${serviceUri}${shelf.put(`${path.replace(/\.\w+$/, "")}.phash`, hash, "application/octet-stream")}`,
            ),
    });
  }
}
