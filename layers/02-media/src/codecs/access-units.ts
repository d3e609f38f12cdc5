import { BitReader, unescapeNal } from "./bit-reader.ts";
import { type H264Sps, parseH264Sps } from "./h264-sps.ts";
import { parseHevcSps } from "./hevc-sps.ts";
import { forEachNal } from "./nal-units.ts";
import type { PictureFormat } from "./picture-format.ts";

/** One coded frame found in an elementary stream. */
export type AccessUnit = {
  /** Offset of its first picture NAL unit in the stream. */
  readonly offset: number;
  readonly keyframe: boolean;
  /** The parameter set in force; undefined before the first one. */
  readonly format: PictureFormat | undefined;
};

const nalIdr = 5;
const nalSei = 6;
const nalSps = 7;
const seiRecoveryPoint = 6;

function hasRecoveryPoint(nal: Uint8Array): boolean {
  const bytes = unescapeNal(nal.subarray(1), 512);
  let i = 0;
  while (i + 1 < bytes.length && bytes[i] !== 0x80) {
    let type = 0;
    while (bytes[i] === 0xff) {
      type += 255;
      i++;
    }
    type += bytes[i++] ?? 0;
    let size = 0;
    while (bytes[i] === 0xff) {
      size += 255;
      i++;
    }
    size += bytes[i++] ?? 0;
    if (type === seiRecoveryPoint) return true;
    i += size;
  }
  return false;
}

type FieldInfo = { frameNum: number; field: boolean; bottom: boolean };

function readField(nal: Uint8Array, sps: H264Sps): FieldInfo {
  const reader = new BitReader(unescapeNal(nal.subarray(1, 24)));
  reader.ue();
  reader.ue();
  reader.ue();
  if (sps.separateColourPlanes) reader.skip(2);
  const frameNum = reader.bits(sps.frameNumBits);
  const field = !sps.framesOnly && reader.bit() === 1;
  return { frameNum, field, bottom: field && reader.bit() === 1 };
}

/** The frames of an H.264 Annex B stream in decoding order. Two fields of one frame count once. */
export function h264AccessUnits(stream: Uint8Array): AccessUnit[] {
  const units: AccessUnit[] = [];
  let sps: H264Sps | undefined;
  let recovery = false;
  let openField: FieldInfo | undefined;
  forEachNal(stream, (start, end) => {
    const type = (stream[start] as number) & 31;
    if (type === nalSps) sps = parseH264Sps(stream.subarray(start, end)) ?? sps;
    else if (type === nalSei) recovery ||= hasRecoveryPoint(stream.subarray(start, end));
    else if (type === 1 || type === nalIdr || type === 2) {
      // first_mb_in_slice = 0 is a single one bit: the first slice of a picture.
      if (end - start < 2 || ((stream[start + 1] as number) & 0x80) === 0) return;
      if (sps !== undefined && !sps.framesOnly) {
        const info = readField(stream.subarray(start, end), sps);
        const second =
          openField !== undefined &&
          info.field &&
          info.bottom !== openField.bottom &&
          info.frameNum === openField.frameNum;
        openField = info.field && !second ? info : undefined;
        if (second) return;
      }
      units.push({ offset: start, keyframe: type === nalIdr || recovery, format: sps });
      recovery = false;
    }
  });
  return units;
}

/** The frames of an HEVC Annex B stream in decoding order. */
export function hevcAccessUnits(stream: Uint8Array): AccessUnit[] {
  const units: AccessUnit[] = [];
  let format: PictureFormat | undefined;
  forEachNal(stream, (start, end) => {
    const type = ((stream[start] as number) >> 1) & 63;
    if (type === 33) format = parseHevcSps(stream.subarray(start, end)) ?? format;
    else if (type < 32 && end - start > 2 && ((stream[start + 2] as number) & 0x80) !== 0) {
      units.push({ offset: start, keyframe: type >= 16 && type <= 23, format });
    }
  });
  return units;
}
