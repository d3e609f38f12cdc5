import type { VideoProfile } from "../../profiles/video-profile.ts";
import { type HardwareSpec, hardwareQuality, isPlain, oneRate } from "./hardware-spec.ts";

function bFrames({ codec, encoderProfile, fps }: VideoProfile): string {
  // With the source's own times the encoder would have to know how far it may reorder; older cards have none for HEVC.
  const may = codec === "h264" && fps > 0 && (encoderProfile === "main" || encoderProfile === "high");
  return may ? "3" : "0";
}

function rateArgs({ quality, bitrateBps }: VideoProfile): string[] {
  if (quality === 0) return bitrateBps > 0 ? ["-rc", "cbr", ...oneRate(bitrateBps)] : [];
  const ceiling = bitrateBps > 0 ? ["-maxrate", String(bitrateBps), "-bufsize", String(bitrateBps)] : [];
  return ["-rc", "vbr", "-cq", String(hardwareQuality(quality)), "-b:v", "0", ...ceiling];
}

/** NVDEC, CUDA and NVENC. Devices are CUDA's numbers. */
export const nvidia: HardwareSpec = {
  encoders: { h264: "h264_nvenc", hevc: "hevc_nvenc" },
  decodes: (source) => isPlain(source, source.codec === "hevc" ? 10 : 8),
  deviceArgs: () => [],
  decodeArgs: (id) => ["-hwaccel", "cuda", "-hwaccel_device", id, "-hwaccel_output_format", "cuda"],
  deviceScale: ({ width, height }) => `scale_cuda=w=${width}:h=${height}:format=nv12`,
  upload: [],
  encoderArgs: (profile, id) => {
    const args = ["-gpu", id, "-preset", "p4", "-forced-idr", "1"];
    if (profile.codec === "hevc") args.push("-tier", "high");
    else if (profile.encoderProfile === "constrained-high") args.push("-profile:v", "high");
    else if (profile.encoderProfile !== "none") args.push("-profile:v", profile.encoderProfile);
    return [...args, "-bf", bFrames(profile), ...rateArgs(profile)];
  },
};
