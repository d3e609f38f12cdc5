import type { OrchestratorInfo, TranscodeData } from "../wire/net_pb.gen.ts";

export type WorkResult = {
  readonly info: OrchestratorInfo;
  readonly data: TranscodeData;
  /** Downloaded renditions in profile order, each with its keccak-256. */
  readonly renditions: readonly { readonly bytes: Uint8Array; readonly hash: Uint8Array }[];
  /** Containers in profile order. */
  readonly containers: readonly ("mpegts" | "mp4")[];
};

/** Judges what came back. Throws `PM Check Failed`, `PixelMismatch`, `PixelsAbsent`. Off chain: accepts all. */
export interface ResultVerifier {
  verify(result: WorkResult): Promise<void>;
}
