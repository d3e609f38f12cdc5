/** Codes of the recordings' errors. */
export type RecordingErrorCode =
  /** A stored list is none, or there is nothing to finalize. */
  | "recording_bad"
  /** Too many segments are on their way to the store. */
  | "recording_behind";
