import { create } from "@bufbuild/protobuf";
import { type Clock, hashFromBytes, hashSegment, type Logger, LpError, type Metrics } from "@livepeer-ts/kernel";
import { containerExtension, containerMime } from "@livepeer-ts/media";
import { metricErrorCode } from "../metrics/error-code.ts";
import { profileNames } from "../metrics/profile-names.ts";
import type { SignedReceipt } from "../ports/receipts.ts";
import type { SegmentBooks, SettledWork } from "../ports/segment-books.ts";
import { resultsHash } from "../segments/result-signature.ts";
import { type TranscodeData, TranscodeDataSchema, TranscodedSegmentDataSchema } from "../wire/net_pb.gen.ts";
import { minRenditionBytes, resultErrors } from "../wire/segment-wire.ts";
import type { ObjectShelf } from "./object-shelf.ts";
import type { ResultObject, ResultStore } from "./result-store.ts";
import type { EngineRendition, SegmentEngine } from "./segment-engine.ts";
import type { AdmittedWork } from "./work-admission.ts";

export type SegmentWorkerDeps = {
  /** Absent on an orchestrator without transcoders. */
  readonly engine: SegmentEngine | undefined;
  readonly books: Pick<SegmentBooks, "run" | "settle">;
  readonly shelf: ObjectShelf;
  readonly results: Pick<ResultStore, "put">;
  /** Who works here, for the renditions' metadata. */
  readonly orchId: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly serviceUri: string;
};

export type FinishedWork = { readonly data: TranscodeData; readonly receipt: SignedReceipt | undefined };

/** A rendition that waits on the shelf. */
type ShelvedResult = {
  readonly media: ResultObject;
  readonly perceptualHash: ResultObject | undefined;
  readonly pixelCount: number;
};

/** Everything of a segment but where its results are fetched. */
type ShelvedWork = SettledWork & { readonly results: readonly ShelvedResult[] };

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
    const finished = await this.#deps.books.run(work.token.sessionId, signal, async () => {
      const { engine, clock, metrics, orchId } = this.#deps;
      if (engine === undefined) throw new LpError({ code: "no_transcoder", message: resultErrors.noTranscoder });
      const started = clock.mono();
      try {
        const { sessionId } = work.token;
        const { renditions } = await engine.transcode(
          { sessionId, credentials: work.credentials, bytes, orchId },
          signal,
        );
        const done = await this.#finish(work, renditions, wantsReceipt);
        this.#count(work, renditions, clock.mono() - started);
        return done;
      } catch (error) {
        const code = metricErrorCode(error);
        const stream = { manifest_id: work.credentials.manifestId };
        if (code !== undefined) {
          metrics.count("livepeer_segment_transcode_failed_total", { ...stream, error_code: code });
        }
        throw error;
      }
    });
    // apart from the session's queue: a slow store holds up no transcoding
    return this.#hand(work, finished, signal);
  }

  /** The answer: results in an object store where there is one that takes them, else on the shelf. */
  async #hand(work: AdmittedWork, shelved: ShelvedWork, signal: AbortSignal): Promise<FinishedWork> {
    const { shelf, serviceUri, results } = this.#deps;
    const { sessionId } = work.token;
    const objects = shelved.results.flatMap(({ media, perceptualHash }) =>
      perceptualHash === undefined ? [media] : [media, perceptualHash],
    );
    const stored = await results.put(work.credentials.storage, sessionId, objects, signal);
    const urls = new Map(objects.map((object, i) => [object, stored?.[i]]));
    const urlOf = (object: ResultObject): string => {
      const url = urls.get(object);
      const path = `${sessionId}/${object.name}`;
      if (url === undefined) return encodeURI(`${serviceUri}${shelf.pathOf(path)}`);
      shelf.drop(path);
      return url;
    };
    const segments = shelved.results.map(({ media, perceptualHash, pixelCount }) =>
      create(TranscodedSegmentDataSchema, {
        url: urlOf(media),
        pixels: BigInt(pixelCount),
        perceptualHashUrl: perceptualHash === undefined ? "" : urlOf(perceptualHash),
      }),
    );
    return { data: create(TranscodeDataSchema, { segments, sig: shelved.signature }), receipt: shelved.receipt };
  }

  #count(work: AdmittedWork, renditions: readonly EngineRendition[], tookMs: number): void {
    const { metrics } = this.#deps;
    const { manifestId, durationMs, profiles } = work.credentials;
    // the orchestrator's own transcoders are trusted, and what they make is not verified again
    const labels = { profiles: profileNames(profiles), trusted: "trusted", verified: "verified" };
    metrics.count("livepeer_segment_transcoded_total", labels);
    metrics.observe("livepeer_transcode_time_seconds", tookMs / 1000, labels);
    if (tookMs > 0) metrics.observe("livepeer_transcode_score", durationMs / tookMs, labels);
    const pixelCount = renditions.reduce((sum, rendition) => sum + rendition.pixelCount, 0);
    metrics.count(
      "livepeer_mil_pixels_processed",
      { manifest_id: manifestId, client_ip: "not_tracked" },
      pixelCount / 1e6,
    );
  }

  async #finish(
    work: AdmittedWork,
    renditions: readonly EngineRendition[],
    wantsReceipt: boolean,
  ): Promise<ShelvedWork> {
    const { credentials, token } = work;
    if (renditions.length !== credentials.profiles.length) {
      throw new LpError({ code: "mismatched_segments", message: resultErrors.mismatchedSegments });
    }
    if (renditions.some((rendition) => rendition.bytes.length < minRenditionBytes)) {
      throw new LpError({ code: "zero_segments", message: resultErrors.zeroSegments });
    }
    const pixelCount = renditions.reduce((sum, rendition) => sum + BigInt(rendition.pixelCount), 0n);
    const results = renditions.map((rendition) => this.#shelve(token.sessionId, credentials.seqNo, rendition));
    const hashes: Uint8Array[] = [];
    for (const { bytes } of renditions) hashes.push(await hashSegment(bytes, this.#deps.clock));
    const settled = await this.#deps.books.settle({
      sessionId: token.sessionId,
      manifestId: credentials.manifestId,
      gateway: work.sender,
      sourceHash: hashFromBytes(credentials.hash),
      profiles: credentials.profiles,
      resultsHash: hashFromBytes(resultsHash(hashes)),
      pixelCount,
      wantsReceipt,
    });
    return { results, ...settled };
  }

  #shelve(sessionId: string, seqNo: bigint, rendition: EngineRendition): ShelvedResult {
    const { shelf } = this.#deps;
    const { profile, bytes, pixelCount, perceptualHash } = rendition;
    const stem = `${profile.name}/${seqNo}`;
    const name = `${stem}${containerExtension(profile.format)}`;
    const media = { name, bytes, contentType: containerMime(profile.format) };
    const hash =
      perceptualHash === undefined
        ? undefined
        : { name: `${stem}.phash`, bytes: perceptualHash, contentType: "application/octet-stream" };
    for (const object of hash === undefined ? [media] : [media, hash]) {
      shelf.put(`${sessionId}/${object.name}`, object.bytes, object.contentType);
    }
    return { media, perceptualHash: hash, pixelCount };
  }
}
