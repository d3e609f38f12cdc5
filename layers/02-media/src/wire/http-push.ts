/** Header names and answer texts of HTTP push ingest; clients match on them. */
export const httpPushWire = {
  header: {
    contentDuration: "Content-Duration",
    contentResolution: "Content-Resolution",
    sliceFrom: "Content-Slice-From",
    sliceTo: "Content-Slice-To",
    transcodeConfiguration: "Livepeer-Transcode-Configuration",
    renditionName: "Rendition-Name",
  },
  /** The whole `Accept` value that asks for renditions in the answer. */
  acceptMultipart: "multipart/mixed",
  /** Type of a part that holds a URL instead of bytes. */
  uriType: "application/vnd+livepeer.uri",
  text: {
    badConfiguration: (cause: string) => `failed to parse transcode config header: ${cause}`,
    bodyUnreadable: (cause: string) => `Error reading http request body: ${cause}`,
    badExtension: (extension: string) => `ignoring file extension: ${extension}`,
    badSlice: (from: number, to: number) => `Invalid slice config from=${from} to=${to}`,
    badUrl: (url: string) => `Bad URL url=${url}`,
    probeFailed: (url: string) => `Error getting codec info url=${url}`,
    unknownCodec: (codec: string) => `Unknown input stream codec=${codec}`,
    noStreamId: (url: string) => `Could not create stream ID: url=${url}`,
    pushError: (url: string, error: string) => `http push error url=${url} err="${error}"`,
    segmentError: (url: string, manifestId: string, error: string) =>
      `http push error processing segment url=${url} manifestID=${manifestId} err="${error}"`,
    noSessions: "No sessions available",
    invalidDuration: (durationMs: number) => `invalid duration ${durationMs / 1000}`,
  },
} as const;
