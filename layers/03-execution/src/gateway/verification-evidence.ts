import {
  type Clock,
  errorText,
  type Logger,
  type Metrics,
  type ObjectStore,
  type Random,
  type Tasks,
  toHex,
} from "@livepeer-ts/kernel";
import { containerExtension, containerMime, type MediaSegment } from "@livepeer-ts/media";

/** What one side of a comparison delivered. */
type Side = { readonly uri: string; readonly hash: Uint8Array | undefined; readonly media: Uint8Array | undefined };

/** Two results for one rendition that are not the same. */
export type FailedPair = {
  readonly manifestId: string;
  readonly segment: MediaSegment;
  /** Step in which they differed. */
  readonly what: "hash" | "media";
  readonly trusted: Side;
  readonly untrusted: Side;
};

export type VerificationEvidenceOptions = {
  /** Pairs kept in an hour; further ones are counted and dropped. Default 60. */
  readonly maxPerHour?: number;
  /** Pairs on their way to the store; further ones are dropped. Default 4. */
  readonly maxWaiting?: number;
  /** Ms for one object. Default 30000. */
  readonly uploadMs?: number;
};

export type VerificationEvidenceDeps = {
  readonly store: ObjectStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

const hourMs = 3_600_000;

/**
 * Keeps pairs that failed fast verification for their operator to look at: `<random>-<host>-trust-phase1.hash`,
 * `…-untrust-phase1.hash`, the media beside them, and the source. Names as in the protocol's gateways.
 */
export class VerificationEvidence {
  readonly #options: Required<VerificationEvidenceOptions>;
  readonly #deps: VerificationEvidenceDeps;
  #keptAt: number[] = [];
  #waiting = 0;

  constructor(options: VerificationEvidenceOptions, deps: VerificationEvidenceDeps) {
    this.#options = { maxPerHour: 60, maxWaiting: 4, uploadMs: 30_000, ...options };
    this.#deps = deps;
  }

  /** Takes a pair over; it is stored in the background, or dropped when there are too many. */
  keep(pair: FailedPair): void {
    const { clock, tasks } = this.#deps;
    const now = clock.mono();
    this.#keptAt = this.#keptAt.filter((at) => at > now - hourMs);
    const { maxPerHour, maxWaiting } = this.#options;
    if (this.#keptAt.length >= maxPerHour || this.#waiting >= maxWaiting || tasks.signal.aborted) {
      this.#count("dropped");
      return;
    }
    this.#keptAt.push(now);
    this.#waiting++;
    tasks.spawn("keep a failed pair", async (signal) => {
      try {
        for (const { name, bytes, contentType } of this.#objects(pair))
          await this.#put(name, bytes, contentType, signal);
        this.#count("stored");
      } catch (error) {
        this.#count("failed");
        this.#deps.logger.warn("results that failed verification were not kept", { error: errorText(error) });
      } finally {
        this.#waiting--;
      }
    });
  }

  #objects({ what, trusted, untrusted, segment }: FailedPair) {
    const stem = toHex(this.#deps.random.bytes(8)).slice(2);
    const extension = containerExtension(segment.container);
    const sides = [
      [trusted, "trust"],
      [untrusted, "untrust"],
    ] as const;
    const suffix = what === "hash" ? "phase1" : "phase2";
    const objects = sides.flatMap(([side, role]) => {
      const name = `${stem}-${hostOf(side.uri)}-${role}-${suffix}`;
      const media = { name: `${name}${extension}`, bytes: side.media, contentType: containerMime(segment.container) };
      if (what === "media") return [media];
      return [{ name: `${name}.hash`, bytes: side.hash, contentType: "application/octet-stream" }, media];
    });
    const source = {
      name: `${stem}-source${extension}`,
      bytes: segment.bytes,
      contentType: containerMime(segment.container),
    };
    return [...objects, source].flatMap(({ bytes, ...rest }) => (bytes === undefined ? [] : [{ ...rest, bytes }]));
  }

  async #put(name: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<void> {
    const deadline = this.#deps.clock.deadline(this.#options.uploadMs, signal);
    try {
      await this.#deps.store.put(name, bytes, { contentType, signal: deadline.signal });
    } finally {
      deadline.clear();
    }
  }

  #count(result: "stored" | "failed" | "dropped"): void {
    this.#deps.metrics.count("livepeer_verification_evidence_total", { result });
  }
}

/** Host and port in a form that every store takes as part of a name. */
function hostOf(uri: string): string {
  return (URL.canParse(uri) ? new URL(uri).host : uri).replace(/[^\w.-]/g, "_").slice(0, 100);
}
