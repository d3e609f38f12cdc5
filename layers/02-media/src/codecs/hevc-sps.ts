import { BitReader, unescapeNal } from "./bit-reader.ts";
import { chromaOf, maxPictureSide, type PictureFormat } from "./picture-format.ts";

/** Parses an HEVC sequence parameter set (NAL type 33, two header bytes included). Undefined when it is damaged. */
export function parseHevcSps(nal: Uint8Array): PictureFormat | undefined {
  const reader = new BitReader(unescapeNal(nal.subarray(2)));
  reader.skip(4);
  const maxSubLayersMinus1 = reader.bits(3);
  reader.skip(1);
  if (maxSubLayersMinus1 > 6) return undefined;
  // General profile, tier and level: 88 bits of profile and 8 of level.
  reader.skip(96);
  const profilePresent: boolean[] = [];
  const levelPresent: boolean[] = [];
  for (let i = 0; i < maxSubLayersMinus1; i++) {
    profilePresent.push(reader.bit() === 1);
    levelPresent.push(reader.bit() === 1);
  }
  if (maxSubLayersMinus1 > 0) reader.skip(2 * (8 - maxSubLayersMinus1));
  for (let i = 0; i < maxSubLayersMinus1; i++) {
    if (profilePresent[i]) reader.skip(88);
    if (levelPresent[i]) reader.skip(8);
  }
  reader.ue();
  const chromaFormatIdc = reader.ue();
  const separatePlanes = chromaFormatIdc === 3 && reader.bit() === 1;
  let width = reader.ue();
  let height = reader.ue();
  if (reader.bit() === 1) {
    const grouped = separatePlanes ? 0 : chromaFormatIdc;
    const unitX = grouped === 1 || grouped === 2 ? 2 : 1;
    const unitY = grouped === 1 ? 2 : 1;
    width -= (reader.ue() + reader.ue()) * unitX;
    height -= (reader.ue() + reader.ue()) * unitY;
  }
  const colorDepthMinus8 = reader.ue();
  if (reader.overrun || chromaFormatIdc > 3 || colorDepthMinus8 > 8) return undefined;
  if (width < 1 || height < 1 || width > maxPictureSide || height > maxPictureSide) return undefined;
  return { width, height, chroma: chromaOf(chromaFormatIdc), colorDepthMinus8 };
}
