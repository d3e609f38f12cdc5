import { type Rational, rational } from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";

/** Frame rate assumed when a profile keeps the input's. */
const assumedFps = 60;

/** Pixels a segment's renditions will have: Σ width × height × ceil(fps) × ceil(seconds). */
export function estimatePixels(
  profiles: readonly Pick<VideoProfile, "width" | "height" | "fps" | "fpsDen">[],
  durationMs: number,
): Rational {
  const seconds = BigInt(Math.ceil(durationMs / 1000));
  let pixels = 0n;
  for (const profile of profiles) {
    const fps = profile.fps === 0 ? assumedFps : Math.ceil(profile.fps / Math.max(1, profile.fpsDen));
    pixels += BigInt(profile.width) * BigInt(profile.height) * BigInt(fps) * seconds;
  }
  return rational(pixels);
}
