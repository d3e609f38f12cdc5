import type { VideoProfile } from "../../profiles/video-profile.ts";
import { type HardwareSpec, isPlain, oneRate } from "./hardware-spec.ts";

function rateArgs({ quality, bitrateBps }: VideoProfile): string[] {
  // Its scale goes up with quality, from 1 to 100.
  if (quality > 0) return ["-q:v", String(Math.max(1, Math.round(100 - (quality * 100) / 63)))];
  return oneRate(bitrateBps);
}

/** Apple. There is one device. Frames come to memory: only new versions of ffmpeg scale them on the device. */
export const videotoolbox: HardwareSpec = {
  encoders: { h264: "h264_videotoolbox", hevc: "hevc_videotoolbox" },
  decodes: (source) => isPlain(source, source.codec === "hevc" ? 10 : 8),
  deviceArgs: () => [],
  decodeArgs: () => ["-hwaccel", "videotoolbox"],
  deviceScale: undefined,
  upload: [],
  encoderArgs: (profile) => {
    // Without hardware it is to fail, not to encode on the processor.
    const args = ["-allow_sw", "0", "-realtime", "0"];
    if (profile.codec === "h264" && profile.encoderProfile !== "none")
      args.push("-profile:v", profile.encoderProfile === "constrained-high" ? "high" : profile.encoderProfile);
    return [...args, "-bf", "0", ...rateArgs(profile)];
  },
};
