import { errorText, type Metrics, type Random } from "@livepeer-ts/kernel";
import {
  compareVideoSignatures,
  mediaDifference,
  parseVideoSignature,
  type SignatureMatch,
  type VideoSignature,
} from "@livepeer-ts/media";
import type { ComparisonRecord, FastVerificationRecord } from "../records/verification-record.ts";
import type { OrchestratorSession } from "./orchestrator-session.ts";
import { orchestratorAddress } from "./orchestrator-session.ts";
import type { Delivery, SegmentJob } from "./segment-sender.ts";
import type { FailedPair, VerificationEvidence } from "./verification-evidence.ts";

export type FastVerificationOptions = {
  /** About one of this many segments of a verified orchestrator goes to others too. */
  readonly frequency: number;
};

export type FastVerificationDeps = {
  readonly random: Random;
  readonly metrics: Metrics;
  /** Where pairs that differ are kept; undefined: nowhere. */
  readonly evidence: VerificationEvidence | undefined;
};

/** A result for a segment, by one of those who got it. */
export type CopyResult = { readonly session: OrchestratorSession; readonly delivery: Delivery };

export type Verdict = {
  readonly used: CopyResult;
  readonly isVerified: boolean;
  readonly record: FastVerificationRecord;
  /** Whom the stream must not use for a while. */
  readonly suspended: readonly OrchestratorSession[];
};

/** Larger hashes belong to segments of more than about ten seconds: comparing them would hold up the event loop. */
const maxComparedHashBytes = 64 * 1024;
/** An untrusted orchestrator is suspended when so many of its results in a row were not the trusted one's. */
const maxMismatches = 3;

/** What fast verification knows of one stream: whose results were found to be those of a trusted orchestrator. */
export class FastVerification {
  readonly #options: FastVerificationOptions;
  readonly #deps: FastVerificationDeps;
  #verifiedUri: string | undefined;

  constructor(options: FastVerificationOptions, deps: FastVerificationDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** The orchestrator whose last compared result passed. */
  get verifiedUri(): string | undefined {
    return this.#verifiedUri;
  }

  /** Drawn for each segment that the verified orchestrator could get alone: true about once in `frequency`. */
  isDue(): boolean {
    return this.#deps.random.unit() < 1 / this.#options.frequency;
  }

  /** Which rendition of a segment will be compared. */
  drawRendition(count: number): number {
    return Math.floor(this.#deps.random.unit() * count);
  }

  /** What a segment that went to one orchestrator alone leaves behind. */
  alone(uri: string, isTrusted: boolean): FastVerificationRecord {
    const outcome = uri === this.#verifiedUri ? "alone" : isTrusted ? "no-untrusted" : "no-trusted";
    const trusted = isTrusted ? uri : null;
    return { outcome, rendition: null, trusted, compared: [], used: uri, suspended: [] };
  }

  /** Compares what came in, `untrusted` in order of arrival. One of both must be there. */
  judge(job: SegmentJob, trusted: CopyResult | undefined, untrusted: readonly CopyResult[]): Verdict {
    const [first] = untrusted;
    if (trusted === undefined) {
      const used = first as CopyResult;
      const record = { ...this.alone(used.session.uri, false), outcome: "no-trusted" as const };
      return { used, isVerified: false, record, suspended: [] };
    }
    if (first === undefined) {
      return { used: trusted, isVerified: true, record: this.alone(trusted.session.uri, true), suspended: [] };
    }
    const profile = job.profiles[job.hashIndex ?? 0];
    const about = { rendition: profile?.name ?? null, trusted: trusted.session.uri };
    const known = readHash(trusted.delivery.perceptualHash);
    if (known === undefined) {
      const used = trusted.session.uri;
      const record = { ...about, outcome: "not-comparable" as const, compared: [], used, suspended: [] };
      return { used: trusted, isVerified: true, record, suspended: [] };
    }
    const isKnown = (copy: CopyResult) => copy.session.uri === this.#verifiedUri;
    const ordered = [...untrusted.filter(isKnown), ...untrusted.filter((copy) => !isKnown(copy))];
    // all of them, also after one has passed: who lies and is slow is found too
    const compared = ordered.map((copy) => this.#compare(job, trusted, known, copy));
    const isPassed = (_copy: CopyResult, i: number) => compared[i]?.passed === true;
    const failed = ordered.filter((copy, i) => !isPassed(copy, i)).map(({ session }) => session);
    for (const { session } of ordered.filter(isPassed)) session.mismatches = 0;
    for (const session of failed) session.mismatches++;
    const passed = ordered.find(isPassed);
    if (passed !== undefined) this.#verifiedUri = passed.session.uri;
    else if (failed.some(({ uri }) => uri === this.#verifiedUri)) this.#verifiedUri = undefined;
    const used = passed ?? trusted;
    // where nobody passes it may be the trusted one who errs: who differs is suspended when it happens again and again
    const suspended = failed.filter(({ mismatches }) => passed !== undefined || mismatches >= maxMismatches);
    return { used, isVerified: true, record: this.#record(about, compared, used, suspended), suspended };
  }

  #record(
    about: { readonly rendition: string | null; readonly trusted: string },
    compared: readonly ComparisonRecord[],
    used: CopyResult,
    suspended: readonly OrchestratorSession[],
  ): FastVerificationRecord {
    const uris = suspended.map(({ uri }) => uri);
    return { ...about, outcome: "compared", compared, used: used.session.uri, suspended: uris };
  }

  #compare(job: SegmentJob, trusted: CopyResult, known: KnownHash, copy: CopyResult): ComparisonRecord {
    const { session, delivery } = copy;
    const { metrics } = this.#deps;
    const about = { uri: session.uri, orchestrator: orchestratorAddress(session) };
    const labels = { orchestrator_uri: session.uri, manifest_id: job.manifestId };
    const signature = matchOf(known, delivery.perceptualHash);
    metrics.count("livepeer_fast_verification_done", labels);
    if (signature === "none" || signature === "unreadable") {
      metrics.count("livepeer_fast_verification_failed", { ...labels, fverror_type: "1" });
      this.#keep(job, trusted, copy, "hash");
      return { ...about, signature, difference: null, passed: false };
    }
    const [mine, theirs] = [bytesOf(job, trusted), bytesOf(job, copy)];
    const format = job.profiles[job.hashIndex ?? 0]?.format ?? "mpegts";
    const difference =
      mine === undefined || theirs === undefined ? "no media came" : mediaDifference(mine, theirs, format);
    if (difference !== undefined) {
      metrics.count("livepeer_fast_verification_failed", { ...labels, fverror_type: "2" });
      this.#keep(job, trusted, copy, "media");
    }
    return { ...about, signature, difference: difference ?? null, passed: difference === undefined };
  }

  #keep(job: SegmentJob, trusted: CopyResult, untrusted: CopyResult, what: "hash" | "media"): void {
    const side = (copy: CopyResult): FailedPair["trusted"] => ({
      uri: copy.session.uri,
      hash: copy.delivery.perceptualHash,
      media: bytesOf(job, copy),
    });
    const { manifestId, segment } = job;
    this.#deps.evidence?.keep({ manifestId, segment, what, trusted: side(trusted), untrusted: side(untrusted) });
  }
}

type KnownHash = { readonly sizeBytes: number; readonly signature: VideoSignature };

function bytesOf(job: SegmentJob, { delivery }: CopyResult): Uint8Array | undefined {
  return delivery.renditions[job.hashIndex ?? 0]?.read?.bytes;
}

/** Undefined when it cannot be compared with. */
function readHash(bytes: Uint8Array | undefined): KnownHash | undefined {
  if (bytes === undefined || bytes.length > maxComparedHashBytes) return undefined;
  try {
    return { sizeBytes: bytes.length, signature: parseVideoSignature(bytes) };
  } catch {
    return undefined; // whoever made it, the untrusted ones are not to blame
  }
}

/** A hash that is much larger than the trusted one's is not read: comparing takes time by its size. */
function matchOf(known: KnownHash, bytes: Uint8Array | undefined): SignatureMatch | "unreadable" {
  if (bytes === undefined || bytes.length > 1.5 * known.sizeBytes + 1024) return "unreadable";
  try {
    const signature = parseVideoSignature(bytes);
    if (signature.coarseStarts.length > known.signature.coarseStarts.length + 2) return "unreadable";
    return compareVideoSignatures(known.signature, signature);
  } catch (error) {
    if (errorText(error).startsWith("InvalidSignData")) return "unreadable";
    throw error;
  }
}
