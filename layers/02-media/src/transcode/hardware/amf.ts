import type { EncoderProfile, VideoProfile } from "../../profiles/video-profile.ts";
import { type HardwareSpec, hardwareQuality, isPlain, oneRate } from "./hardware-spec.ts";

const profileNames: Readonly<Partial<Record<EncoderProfile, string>>> = {
  baseline: "constrained_baseline",
  main: "main",
  high: "high",
  "constrained-high": "constrained_high",
};

function rateArgs({ quality, bitrateBps }: VideoProfile): string[] {
  const qp = String(hardwareQuality(quality));
  if (quality > 0) return ["-rc", "cqp", "-qp_i", qp, "-qp_p", qp];
  return bitrateBps > 0 ? ["-rc", "cbr", ...oneRate(bitrateBps)] : [];
}

/**
 * AMD on Windows. Devices are adapter numbers. Frames are decoded on the device and scaled in memory: no filter scales
 * Direct3D frames in all versions of ffmpeg that we take.
 */
export const amf: HardwareSpec = {
  encoders: { h264: "h264_amf", hevc: "hevc_amf" },
  decodes: (source) => isPlain(source, source.codec === "hevc" ? 10 : 8),
  deviceArgs: (id) => ["-init_hw_device", `d3d11va=hw:${id}`, "-filter_hw_device", "hw"],
  decodeArgs: () => ["-hwaccel", "d3d11va", "-hwaccel_device", "hw"],
  deviceScale: undefined,
  upload: [],
  encoderArgs: (profile) => {
    const name = profile.codec === "h264" ? profileNames[profile.encoderProfile] : undefined;
    const args = ["-quality", "balanced", "-forced_idr", "1", ...(name === undefined ? [] : ["-profile:v", name])];
    return [...args, "-bf", "0", ...rateArgs(profile)];
  },
};
