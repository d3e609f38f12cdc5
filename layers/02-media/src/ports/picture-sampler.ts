import type { PictureSamples } from "../pictures/picture-distance.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";

/** Decodes a few pictures of a segment, outside of this process's event loop. */
export interface PictureSampler {
  /**
   * No pictures when nothing can be decoded. Undefined when there is no room or no time for it, or no decoder at all: that says
   * nothing about the media. Rejects only with the signal's reason.
   */
  sample(bytes: Uint8Array, container: ContainerFormat, signal: AbortSignal): Promise<PictureSamples | undefined>;
}
