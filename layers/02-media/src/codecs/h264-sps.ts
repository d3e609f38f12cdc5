import { BitReader, unescapeNal } from "./bit-reader.ts";
import { chromaOf, maxPictureSide, type PictureFormat } from "./picture-format.ts";

/** An H.264 sequence parameter set, as far as counting and sizing need it. */
export type H264Sps = PictureFormat & {
  readonly id: number;
  readonly profileIdc: number;
  readonly separateColourPlanes: boolean;
  readonly frameNumBits: number;
  /** False when pictures may be coded as two fields. */
  readonly framesOnly: boolean;
};

const profilesWithChroma = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + reader.se() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** Parses a NAL unit of type 7, header byte included. Undefined when it is damaged. */
export function parseH264Sps(nal: Uint8Array): H264Sps | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(1)));
  const profileIdc = reader.bits(8);
  reader.skip(16);
  const id = reader.ue();
  let chromaFormatIdc = 1;
  let separateColourPlanes = false;
  let colorDepthMinus8 = 0;
  if (profilesWithChroma.has(profileIdc)) {
    chromaFormatIdc = reader.ue();
    if (chromaFormatIdc === 3) separateColourPlanes = reader.bit() === 1;
    colorDepthMinus8 = reader.ue();
    reader.ue();
    reader.skip(1);
    if (reader.bit() === 1) {
      const lists = chromaFormatIdc === 3 ? 12 : 8;
      for (let i = 0; i < lists; i++) if (reader.bit() === 1) skipScalingList(reader, i < 6 ? 16 : 64);
    }
  }
  const frameNumBits = reader.ue() + 4;
  const pocType = reader.ue();
  if (pocType === 0) reader.ue();
  else if (pocType === 1) {
    reader.skip(1);
    reader.se();
    reader.se();
    const cycle = reader.ue();
    if (cycle > 255) return undefined;
    for (let i = 0; i < cycle; i++) reader.se();
  }
  reader.ue();
  reader.skip(1);
  const widthMbs = reader.ue() + 1;
  const heightUnits = reader.ue() + 1;
  const framesOnly = reader.bit() === 1;
  if (!framesOnly) reader.skip(1);
  reader.skip(1);
  let width = widthMbs * 16;
  let height = heightUnits * 16 * (framesOnly ? 1 : 2);
  if (reader.bit() === 1) {
    const left = reader.ue();
    const right = reader.ue();
    const top = reader.ue();
    const bottom = reader.ue();
    const grouped = separateColourPlanes ? 0 : chromaFormatIdc;
    const unitX = grouped === 1 || grouped === 2 ? 2 : 1;
    const unitY = (grouped === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
    width -= (left + right) * unitX;
    height -= (top + bottom) * unitY;
  }
  if (reader.overrun || chromaFormatIdc > 3 || colorDepthMinus8 > 6 || frameNumBits > 16 || id > 31) return undefined;
  if (width < 1 || height < 1 || width > maxPictureSide || height > maxPictureSide) return undefined;
  return {
    id,
    profileIdc,
    separateColourPlanes,
    frameNumBits,
    framesOnly,
    width,
    height,
    chroma: chromaOf(chromaFormatIdc),
    colorDepthMinus8,
  };
}
