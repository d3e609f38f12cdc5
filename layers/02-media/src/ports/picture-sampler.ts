import type { PictureSamples } from "../pictures/picture-distance.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import type { ClipRange } from "../segments/clip-of-scan.ts";

/** Decodes a few pictures of a segment, outside of this process's event loop. */
export interface PictureSampler {
  /**
   * Those of `part`, or of all of it. No pictures when nothing can be decoded. Undefined when there is no room or no time for it, or no decoder at all: that says
   * nothing about the media. Rejects only with the signal's reason.
   */
  sample(
    bytes: Uint8Array,
    container: ContainerFormat,
    signal: AbortSignal,
    part?: ClipRange,
  ): Promise<PictureSamples | undefined>;
}
