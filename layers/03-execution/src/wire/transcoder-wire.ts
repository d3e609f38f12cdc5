/** Paths, headers and content types between an orchestrator and its remote transcoders. */
export const transcoderWire = {
  resultsPath: "/transcodeResults",
  /** Value of `Authorization` on results. */
  scheme: "Livepeer-Transcoder-1.0",
  credentialsHeader: "Credentials",
  taskIdHeader: "TaskId",
  /** On the request: decoded pixels of the input; on a part: encoded pixels. */
  pixelsHeader: "Pixels",
  errorType: "livepeer/transcoding-error",
  perceptualHashType: "application/octet-stream",
} as const;

/** Refusals of a registration (gRPC status UNKNOWN). A transcoder gives up on both. */
export const registrationErrors = { secret: "invalid secret", capacity: "zero capacity" } as const;

/** Why a segment found no transcoder, or came to nothing there. */
export const remoteTranscoderErrors = {
  noneFree: "no transcoders available",
  noneCompatible: "no transcoders can provide requested capabilities",
  tooLong: "Remote transcoder took too long",
  gone: "the transcoder's connection ended",
  incompatible: "incompatible segment capabilities",
  countMismatch: "segment / profile mismatch",
  unknownHash: "Unknown perceptual hash",
} as const;

/** Largest part of a result. */
export const maxResultPartBytes = 300_000_000;
/** Largest result: all renditions of one segment together. */
export const maxResultBytes = 1_200_000_000;
/** Parts of a result: as many renditions and hashes as one segment may have. */
export const maxResultParts = 64;
