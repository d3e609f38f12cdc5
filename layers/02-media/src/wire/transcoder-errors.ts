import { type ErrorDetails, LpError } from "@livepeer-ts/kernel";

type ErrorRow = { readonly code: string; readonly retryable: boolean };

/**
 * Every text a transcoder may answer with. Gateways compare the whole text, so the key is the message, letter for letter.
 * `retryable: false` means: drop the segment, another orchestrator would fail as well.
 */
export const transcoderErrorTable = {
  "Unsupported input pixel format": { code: "transcoder_input_pixel_format", retryable: false },
  "Error initializing filtergraph": { code: "transcoder_filtergraph", retryable: false },
  "Too many outputs": { code: "transcoder_too_many_outputs", retryable: false },
  "Unsupported input codec": { code: "transcoder_input_codec", retryable: false },
  "No keyframes in input": { code: "transcoder_no_keyframes", retryable: false },
  "Unrecoverable state, restart process": { code: "transcoder_unrecoverable", retryable: false },
  "Encoded frames runaway": { code: "transcoder_frames_runaway", retryable: false },
  "Decoder not found": { code: "transcoder_decoder_not_found", retryable: false },
  "Demuxer not found": { code: "transcoder_demuxer_not_found", retryable: false },
  "Encoder not found": { code: "transcoder_encoder_not_found", retryable: false },
  "Muxer not found": { code: "transcoder_muxer_not_found", retryable: false },
  "Option not found": { code: "transcoder_option_not_found", retryable: false },
  "Invalid argument": { code: "transcoder_invalid_argument", retryable: false },
  TranscoderInvalidResolution: { code: "transcoder_invalid_resolution", retryable: false },
  TranscoderInvalidVideo: { code: "transcoder_invalid_video", retryable: false },
  TranscoderUnrecognizedFormat: { code: "transcoder_unrecognized_format", retryable: false },
  TranscoderUnrecognizedProfile: { code: "transcoder_unrecognized_profile", retryable: false },
  TranscoderInvalidGOP: { code: "transcoder_invalid_gop", retryable: false },
  TranscoderIncompatibleDevices: { code: "transcoder_incompatible_devices", retryable: false },
  TranscoderInvalidHardware: { code: "transcoder_invalid_hardware", retryable: true },
  TranscoderInvalidInput: { code: "transcoder_invalid_input", retryable: true },
  TranscoderInvalidClipConfig: { code: "transcoder_invalid_clip_config", retryable: true },
  TranscoderInvalidDuration: { code: "transcoder_invalid_duration", retryable: true },
  TranscoderStopped: { code: "transcoder_stopped", retryable: true },
  EmptyData: { code: "transcoder_empty_data", retryable: true },
  InvalidSignData: { code: "transcoder_invalid_sign_data", retryable: true },
  TranscoderInvalidPixelformat: { code: "transcoder_invalid_pixel_format", retryable: true },
  InvalidVideoData: { code: "transcoder_invalid_video_data", retryable: true },
  "Invalid data found when processing input": { code: "transcoder_invalid_data", retryable: true },
  "End of file": { code: "transcoder_end_of_file", retryable: true },
  "No such file or directory": { code: "transcoder_no_such_file", retryable: true },
  "No space left on device": { code: "transcoder_no_space", retryable: true },
  "Cannot allocate memory": { code: "transcoder_no_memory", retryable: true },
  "Resource temporarily unavailable": { code: "transcoder_no_resource", retryable: true },
  "Generic error in an external library": { code: "transcoder_library_failed", retryable: true },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** One of the exact protocol texts. */
export type TranscoderErrorText = keyof typeof transcoderErrorTable;

/** Texts after which a gateway drops the segment instead of trying elsewhere. */
export const nonRetryableTranscoderErrors: ReadonlySet<string> = new Set(
  Object.entries(transcoderErrorTable)
    .filter(([, row]) => !row.retryable)
    .map(([text]) => text),
);

/** The error whose message is exactly `text`; what happened inside goes into `details` and `cause`. */
export function transcoderError(
  text: TranscoderErrorText,
  extra: { details?: ErrorDetails; cause?: unknown } = {},
): LpError {
  const row: ErrorRow = transcoderErrorTable[text];
  return new LpError({ code: row.code, message: text, retryable: row.retryable, ...extra });
}

/** True when `text` is one of the protocol's texts. */
export function isTranscoderErrorText(text: string): text is TranscoderErrorText {
  return Object.hasOwn(transcoderErrorTable, text);
}
