import { looksLikeMp4 } from "../mp4/mp4-scan.ts";

const packetBytes = 188;
const syncByte = 0x47;

/** True for whole MPEG-TS packets and for MP4 files: cheap, and enough to tell media from anything else. */
export function looksLikeMedia(bytes: Uint8Array): boolean {
  if (looksLikeMp4(bytes)) return true;
  if (bytes.length === 0 || bytes.length % packetBytes !== 0) return false;
  for (let at = 0; at < bytes.length; at += packetBytes) if (bytes[at] !== syncByte) return false;
  return true;
}
