import type { VideoProfile } from "../../profiles/video-profile.ts";
import { type HardwareSpec, hardwareQuality, isPlain, oneRate } from "./hardware-spec.ts";

function rateArgs({ quality, bitrateBps }: VideoProfile): string[] {
  if (quality > 0) return ["-global_quality", String(hardwareQuality(quality))];
  return oneRate(bitrateBps);
}

/** Intel Quick Sync. Devices are render nodes on Linux, adapter numbers on Windows. */
export const qsv: HardwareSpec = {
  encoders: { h264: "h264_qsv", hevc: "hevc_qsv" },
  decodes: (source) => isPlain(source, source.codec === "hevc" ? 10 : 8),
  deviceArgs: (id) => [
    ...["-init_hw_device", `${id.startsWith("/") ? "vaapi" : "d3d11va"}=base:${id}`],
    ...["-init_hw_device", "qsv=hw@base", "-filter_hw_device", "hw"],
  ],
  decodeArgs: (_, codec) => [
    ...["-hwaccel", "qsv", "-hwaccel_device", "hw", "-hwaccel_output_format", "qsv"],
    ...["-extra_hw_frames", "16", "-c:v", `${codec}_qsv`],
  ],
  deviceScale: ({ width, height }) => `vpp_qsv=w=${width}:h=${height}:format=nv12`,
  upload: ["format=nv12", "hwupload=extra_hw_frames=64", "format=qsv"],
  encoderArgs: (profile) => {
    const args = ["-preset", "medium", "-forced_idr", "1"];
    if (profile.codec === "h264" && profile.encoderProfile !== "none")
      args.push("-profile:v", profile.encoderProfile === "constrained-high" ? "high" : profile.encoderProfile);
    return [...args, "-bf", "0", ...rateArgs(profile)];
  },
};
