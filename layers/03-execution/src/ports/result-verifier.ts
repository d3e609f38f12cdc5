import { LpError, type LpErrorInit } from "@livepeer-ts/kernel";
import type { ClipRange, MediaSegment, SegmentScan, VideoProfile } from "@livepeer-ts/media";
import type { CheckRecord } from "../records/verification-record.ts";
import type { OrchestratorInfo, TranscodeData } from "../wire/net_pb.gen.ts";

export type WorkResult = {
  readonly manifestId: string;
  /** What was sent. */
  readonly source: MediaSegment;
  readonly sourceScan: SegmentScan;
  /** The part of it that was asked for. Default: all of it. */
  readonly clip?: ClipRange;
  readonly profiles: readonly VideoProfile[];
  /** Base URL of the orchestrator. */
  readonly uri: string;
  readonly info: OrchestratorInfo;
  readonly data: TranscodeData;
  /** Downloaded renditions in profile order, each with its keccak-256. */
  readonly renditions: readonly { readonly bytes: Uint8Array; readonly hash: Uint8Array }[];
};

/** A result that did not pass; the message is the protocol's text. */
export class ResultRejected extends LpError {
  readonly checks: readonly CheckRecord[];
  /** How good it is all the same, for the case that nothing better comes; undefined: never good enough to be played. */
  readonly score: number | undefined;

  constructor(init: LpErrorInit & { readonly checks: readonly CheckRecord[]; readonly score?: number | undefined }) {
    super(init);
    this.checks = init.checks;
    this.score = init.score;
  }
}

/** Judges what came back. */
export interface ResultVerifier {
  /** Resolves with what was checked. Rejects with `ResultRejected`, or with the signal's reason. */
  verify(result: WorkResult, signal: AbortSignal): Promise<readonly CheckRecord[]>;
}

/** One after the other; the first that rejects ends it. */
export function verifyInTurn(verifiers: readonly ResultVerifier[]): ResultVerifier {
  return {
    async verify(result, signal) {
      const checks: CheckRecord[] = [];
      for (const verifier of verifiers) {
        try {
          checks.push(...(await verifier.verify(result, signal)));
        } catch (error) {
          if (!(error instanceof ResultRejected)) throw error;
          const { code, message, details, retryable, score } = error;
          throw new ResultRejected({
            ...{ code, message, details, retryable, score, cause: error },
            checks: [...checks, ...error.checks],
          });
        }
      }
      return checks;
    },
  };
}
