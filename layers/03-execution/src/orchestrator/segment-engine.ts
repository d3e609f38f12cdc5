import type { Rendition } from "@livepeer-ts/media";
import type { SegmentCredentials } from "../segments/segment-credentials.ts";

/** A segment whose credentials, payment and hash hold. */
export type EngineJob = {
  readonly sessionId: string;
  readonly credentials: SegmentCredentials;
  readonly bytes: Uint8Array;
  /** Who asked for it, written into the renditions' metadata. */
  readonly orchId: string;
};

/** A rendition as it is billed and handed out. */
export type EngineRendition = Pick<Rendition, "profile" | "bytes" | "pixelCount" | "perceptualHash">;

export type EngineOutcome = {
  /** Σ over decoded frames of width × height of the source. */
  readonly decodedPixelCount: number;
  /** In the order of the profiles. */
  readonly renditions: readonly EngineRendition[];
};

/** Where an orchestrator has segments transcoded. Rejects with `LpError`s whose messages are the protocol's texts. */
export interface SegmentEngine {
  transcode(job: EngineJob, signal: AbortSignal): Promise<EngineOutcome>;
  /** Frees what is kept for the session. */
  endSession(sessionId: string): Promise<void>;
}

/** Metadata tag of renditions, as peers know it. */
export function renditionMetadata(version: string, orchId: string): string {
  return `Livepeer Transcoder ${version} (${orchId})`;
}
