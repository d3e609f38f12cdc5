import type { FrameSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";

/** What differs between command lines that do the same work in software or on some device. */
export type Dialect = {
  /** For logs, for example `software` or `nvidia 0`. */
  readonly name: string;
  /** In front of the input: device and decoder. */
  readonly inputArgs: readonly string[];
  /** Filters that make pictures of this size, in the form the next filters and the encoder take. */
  readonly scaleFilters: (size: FrameSize, changesShape: boolean) => readonly string[];
  /** At the end of each branch, behind the frame rate. */
  readonly lastFilters: readonly string[];
  /** Encoder, profile, rate control. Throws the protocol's error for a codec it has no encoder for. */
  readonly encoderArgs: (profile: VideoProfile) => readonly string[];
  /** Behind each encoder's own arguments. */
  readonly outputArgs: readonly string[];
  /** Value of `-g` that makes every frame a keyframe. */
  readonly everyFrameGop: string;
};
