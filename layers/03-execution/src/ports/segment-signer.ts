import type { SegmentClaim } from "../segments/segment-credentials.ts";

/** Signs the credentials of segments for a gateway whose key is elsewhere. */
export interface SegmentSigner {
  /** Signature over the claim's `segmentSigningBytes`. Rejects with `remote_signer_refused`, or (retryable) `remote_signer_away`. */
  signSegment(claim: SegmentClaim, signal: AbortSignal): Promise<Uint8Array>;
}
