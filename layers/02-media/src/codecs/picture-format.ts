/** What a sequence parameter set says about the pictures. */
export type PictureFormat = {
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** 0 = 4:2:0, 1 = 4:2:2, 2 = 4:4:4; monochrome counts as 4:2:0. */
  readonly chroma: 0 | 1 | 2;
  /** Bits per luma sample minus 8. */
  readonly colorDepthMinus8: number;
};

/** `chroma_format_idc` of H.264 and HEVC to ours. */
export function chromaOf(chromaFormatIdc: number): 0 | 1 | 2 {
  return chromaFormatIdc === 3 ? 2 : chromaFormatIdc === 2 ? 1 : 0;
}

/** Largest side we believe; a set that says more is damaged. */
export const maxPictureSide = 16384;
