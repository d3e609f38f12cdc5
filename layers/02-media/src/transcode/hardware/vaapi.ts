import type { EncoderProfile, VideoProfile } from "../../profiles/video-profile.ts";
import { type HardwareSpec, hardwareQuality, isPlain, oneRate } from "./hardware-spec.ts";

const profileNames: Readonly<Partial<Record<EncoderProfile, string>>> = {
  baseline: "constrained_baseline",
  main: "main",
  high: "high",
  "constrained-high": "high",
};

function rateArgs({ quality, bitrateBps }: VideoProfile): string[] {
  // Constant quality under a ceiling is in few drivers: the ceiling is left to the quality.
  if (quality > 0) return ["-rc_mode", "CQP", "-qp", String(hardwareQuality(quality))];
  return bitrateBps > 0 ? ["-rc_mode", "CBR", ...oneRate(bitrateBps)] : [];
}

/** AMD and Intel on Linux through VA-API. Devices are render nodes. */
export const vaapi: HardwareSpec = {
  encoders: { h264: "h264_vaapi", hevc: "hevc_vaapi" },
  decodes: (source) => isPlain(source, source.codec === "hevc" ? 10 : 8),
  deviceArgs: (id) => ["-init_hw_device", `vaapi=hw:${id}`, "-filter_hw_device", "hw"],
  // The decoder's pool does not grow; frames wait in filters and encoders.
  decodeArgs: () => [
    ...["-hwaccel", "vaapi", "-hwaccel_device", "hw", "-hwaccel_output_format", "vaapi"],
    ...["-extra_hw_frames", "16"],
  ],
  deviceScale: ({ width, height }) => `scale_vaapi=w=${width}:h=${height}:format=nv12`,
  upload: ["format=nv12", "hwupload"],
  encoderArgs: (profile) => {
    const name = profile.codec === "h264" ? profileNames[profile.encoderProfile] : undefined;
    // Many drivers have no B frames, and those that have reorder as they like.
    return [...(name === undefined ? [] : ["-profile:v", name]), "-bf", "0", ...rateArgs(profile)];
  },
};
