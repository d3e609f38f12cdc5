import type { CheckRecord, FastVerificationRecord } from "./verification-record.ts";

/** Why one orchestrator was or was not chosen. */
export type SelectionCandidate = {
  readonly uri: string;
  /** Checksummed address, or null off chain. */
  readonly orchestrator: string | null;
  readonly stakeWei: string | null;
  /** Wei per pixel as an exact fraction, or null off chain. */
  readonly pricePerPixel: string | null;
  /** Round trip ÷ segment duration of its last segment; null when unknown. */
  readonly latencyScore: number | null;
  /** Chance of being drawn, 0–1; null when it was not in the draw. */
  readonly probability: number | null;
  /** Why it was left out; null for the chosen one and for the others in the draw. */
  readonly excludedBy: string | null;
};

/** Event `segment.selection`: one decision, as data. */
export type SelectionRecord = {
  readonly selectionId: string;
  readonly manifestId: string;
  readonly seqNo: number;
  readonly attempt: number;
  /** `reuse`: the session in use was kept; `known`: best latency; `draw`: weighted draw; `only`: nobody else;
   * `hedge`: a second one, because the first was late; `verified`: the last one whose results were those of a trusted one. */
  readonly rule: "reuse" | "known" | "draw" | "only" | "hedge" | "verified" | "none";
  /** Of several that get the segment for fast verification: what it stands for in the comparison. Absent otherwise. */
  readonly copyOf?: "trusted" | "untrusted";
  readonly weights: { readonly stake: number; readonly price: number; readonly random: number };
  readonly candidates: readonly SelectionCandidate[];
  /** URI of the chosen one, or null. */
  readonly chosen: string | null;
};

/** `code` of an attempt that ended because nobody waited for its result any more. */
export const calledOffCode = "called_off";

/** Code of an attempt that was called off because another orchestrator was quicker. */
export const hedgeLostCode = "hedge_lost";

/** Code of an attempt that was called off because its orchestrator answered nobody any more. */
export const orchestratorSilentCode = "orchestrator_silent";

/** One try of a segment on one orchestrator. */
export type AttemptRecord = {
  readonly selectionId: string;
  readonly uri: string;
  readonly orchestrator: string | null;
  readonly startedAt: number;
  readonly latencyMs: number;
  readonly ticketCount: number;
  /** Σ expected value of the tickets, wei, exact fraction. */
  readonly expectedValueWei: string;
  /** What was looked at in its result; absent when nothing was. */
  readonly checks?: readonly CheckRecord[];
  /** null = success. */
  readonly error: { readonly code: string; readonly message: string } | null;
};

export type RenditionRecord = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  readonly pixelCount: string;
  /** keccak-256, hex; null when the orchestrator stored it and nobody here looked into it. */
  readonly hash: string | null;
};

/** Event `segment.done`: the whole way of one segment through the gateway. */
export type SegmentRecord = {
  readonly manifestId: string;
  readonly streamId: string | null;
  readonly seqNo: number;
  readonly durationMs: number;
  readonly container: "mpegts" | "mp4";
  readonly sourceBytes: number;
  readonly sourceHash: string;
  readonly width: number;
  readonly height: number;
  readonly receivedAt: number;
  /** From taken over to all renditions listed. */
  readonly totalMs: number;
  readonly success: boolean;
  /** Who delivered; null when lost or not transcoded. */
  readonly orchestrator: string | null;
  readonly uri: string | null;
  readonly attempts: readonly AttemptRecord[];
  readonly renditions: readonly RenditionRecord[];
  /** Fee by the reported pixels, wei, exact fraction; null off chain. */
  readonly feeWei: string | null;
  readonly receiptHash: string | null;
  /** True when what is played passed every check. */
  readonly verified: boolean;
  /** Absent when the stream has none. */
  readonly fastVerification?: FastVerificationRecord;
  /** Absent unless no result passed and the best of those that failed is played. */
  readonly acceptedAfter?: string;
};
