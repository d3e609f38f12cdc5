import type { VideoCodec } from "./video-profile.ts";

/** Width and height in pixels. */
export type FrameSize = { readonly width: number; readonly height: number };

type SizeLimits = { readonly minWidth: number; readonly minHeight: number; readonly max: number };

// The limits of the hardware encoders, kept on software too so that every orchestrator answers the same.
const limits: Readonly<Record<VideoCodec, SizeLimits>> = {
  h264: { minWidth: 146, minHeight: 50, max: 4096 },
  hevc: { minWidth: 132, minHeight: 40, max: 8192 },
  vp8: { minWidth: 146, minHeight: 50, max: 4096 },
  vp9: { minWidth: 146, minHeight: 50, max: 4096 },
};

const even = (value: number): number => Math.round(value / 2) * 2;
const evenUp = (value: number): number => Math.ceil(value / 2) * 2;
const evenDown = (value: number): number => Math.floor(value / 2) * 2;

/**
 * Size a rendition really gets. The larger requested side is applied to the input's larger side, the other one keeps
 * the aspect ratio, both are even; so a landscape request turns round for a portrait input. Encoder limits are kept by
 * scaling as a whole; only an input too long and thin for that loses its aspect ratio.
 */
export function scaledSize(requested: FrameSize, input: FrameSize, codec: VideoCodec): FrameSize {
  const limit = limits[codec];
  const ratio = input.width / input.height;
  const long = evenDown(Math.max(requested.width, requested.height));
  let width = input.width >= input.height ? long : even(long * ratio);
  let height = input.width >= input.height ? even(long / ratio) : long;
  if (width < limit.minWidth || height < limit.minHeight) {
    if (limit.minHeight * ratio >= limit.minWidth) {
      height = evenUp(limit.minHeight);
      width = even(height * ratio);
    } else {
      width = evenUp(limit.minWidth);
      height = even(width / ratio);
    }
  }
  if (width > limit.max || height > limit.max) {
    if (ratio >= 1) {
      width = limit.max;
      height = even(width / ratio);
    } else {
      height = limit.max;
      width = even(height * ratio);
    }
  }
  return {
    width: Math.max(evenUp(limit.minWidth), width),
    height: Math.max(evenUp(limit.minHeight), height),
  };
}
