import type { VideoProfile } from "../profiles/video-profile.ts";
import type { MediaSegment } from "../segments/media-segment.ts";

export type TranscodeRequest = {
  /** Session the segment belongs to; back ends may keep state per session. */
  readonly sessionId: string;
  readonly segment: MediaSegment;
  readonly profiles: readonly VideoProfile[];
  /** Part of the segment to encode, ms from its start. */
  readonly clip?: { readonly fromMs: number; readonly toMs: number };
  /** Also compute the MPEG-7 video signature of each rendition. */
  readonly calcPerceptualHash?: boolean;
  /** Container metadata (`service_provider` in MPEG-TS, `comment` in MP4). */
  readonly metadata?: string;
};

export type Rendition = {
  readonly profile: VideoProfile;
  readonly bytes: Uint8Array;
  readonly frameCount: number;
  /** Σ over encoded frames of the real width × height; what is billed. */
  readonly pixelCount: number;
  readonly perceptualHash?: Uint8Array;
};

export type TranscodeOutcome = {
  readonly decodedFrameCount: number;
  readonly decodedPixelCount: number;
  /** In the order of the requested profiles. */
  readonly renditions: readonly Rendition[];
};

/**
 * Turns one segment into its renditions, decode once, timestamps kept.
 * Rejects with `LpError` whose message is the exact protocol text (`wire/transcoder-errors.ts`).
 */
export interface TranscoderBackend {
  readonly name: string;
  transcode(request: TranscodeRequest, signal: AbortSignal): Promise<TranscodeOutcome>;
  /** Frees what is kept for the session. */
  endSession(sessionId: string): Promise<void>;
  close(): Promise<void>;
}
