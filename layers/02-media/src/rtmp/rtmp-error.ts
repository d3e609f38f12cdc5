import { LpError } from "@livepeer-ts/kernel";

/** Codes of what can be wrong with an RTMP peer. */
export type RtmpErrorCode =
  | "rtmp_bad_handshake"
  | "rtmp_bad_chunk"
  | "rtmp_too_large"
  | "rtmp_bad_amf"
  | "rtmp_bad_command"
  | "rtmp_unsupported_codec"
  | "rtmp_bad_media";

/** A fault of the peer: the connection is closed, the text goes to the log. */
export function rtmpError(code: RtmpErrorCode, message: string): LpError {
  return new LpError({ code, message });
}
