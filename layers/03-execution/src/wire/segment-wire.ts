/** Header names, paths and content types of the segment exchange. */
export const segmentWire = {
  segmentPath: "/segment",
  paymentPath: "/payment",
  refreshPaymentPath: "/refresh-payment",
  segmentHeader: "Livepeer-Segment",
  paymentHeader: "Livepeer-Payment",
  receiptHeader: "Livepeer-Receipt",
  receiptSignatureHeader: "Livepeer-Receipt-Sig",
  /** Body is the media bytes, also for MP4. */
  mediaType: "video/MP2T",
  /** Body is the URL of the segment; matched exactly. */
  uriType: "application/vnd+livepeer.uri",
} as const;

/** Refusals of `/segment` and `/payment`: status and exact body (a newline follows). */
export const segmentRefusals = {
  segmentEncoding: { status: 403, text: "ErrorSegEncoding" },
  signature: { status: 403, text: "ErrSegSig" },
  capabilities: { status: 403, text: "incompatible capabilities" },
  missingToken: { status: 403, text: "missing auth token" },
  invalidToken: { status: 403, text: "invalid auth token" },
  expiredToken: { status: 403, text: "expired auth token" },
  capped: { status: 403, text: "OrchestratorCapped" },
  internal: { status: 500, text: "Internal Server Error" },
  balance: { status: 400, text: "Insufficient balance" },
  download: { status: 400, text: "BadRequest" },
  hash: { status: 403, text: "Forbidden" },
  invalidDuration: { status: 403, text: "invalid duration" },
} as const;

/** Errors that travel in the body of a 200 answer (`TranscodeResult.error`). */
export const resultErrors = {
  busy: "OrchestratorBusy",
  capped: "OrchestratorCapped",
  noTranscoder: "ErrTranscoderUnavailable",
  mismatchedSegments: "MismatchedSegments",
  zeroSegments: "ZeroSegments",
} as const;

/** Errors of GetOrchestrator and EndTranscodingSession (gRPC status UNKNOWN). */
export const orchestratorErrors = {
  signature: "Invalid orchestrator request: orchestrator req sig check failed",
  capped: "Invalid orchestrator request: OrchestratorCapped",
  senderReserve: "insufficient sender reserve",
  authToken: "Invalid auth token",
} as const;

/** Longest segment an orchestrator takes, ms. */
export const maxSegmentDurationMs = 300_000;
/** Largest segment body: 300 s at 8 Mbit/s. */
export const maxSegmentBytes = 300_000_000;
/** Longest URL of a segment that is sent as one. */
export const maxInputUrlBytes = 16 * 1024;
/** A rendition below this is no media. */
export const minRenditionBytes = 25;
