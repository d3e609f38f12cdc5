/** Bounds of one RTMP connection; every value is finite. */
export type RtmpLimits = {
  /** Largest chunk size a publisher may set, bytes. */
  readonly maxChunkBytes: number;
  /** Largest message, bytes: one coded video frame. */
  readonly maxMessageBytes: number;
  /** Largest command or metadata message, bytes. */
  readonly maxCommandBytes: number;
  /** Chunk streams a publisher may use. */
  readonly maxChunkStreams: number;
  /** Bytes of messages in the middle of arriving, over all chunk streams. */
  readonly maxPendingBytes: number;
  /** Commands before a publish is accepted. */
  readonly maxCommandsBeforePublish: number;
};

/** Defaults of `RtmpLimits`. */
export const defaultRtmpLimits: RtmpLimits = {
  maxChunkBytes: 1 << 20,
  maxMessageBytes: 16 << 20,
  maxCommandBytes: 64 << 10,
  maxChunkStreams: 32,
  maxPendingBytes: 24 << 20,
  maxCommandsBeforePublish: 64,
};
