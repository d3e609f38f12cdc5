import type { TranscodeRequest } from "../../ports/transcoder-backend.ts";
import type { VideoCodec, VideoProfile } from "../../profiles/video-profile.ts";
import type { SegmentScan } from "../../segments/scan-segment.ts";
import { transcoderError } from "../../wire/transcoder-errors.ts";
import type { Dialect } from "../dialect.ts";
import { changesPicture } from "../ffmpeg-args.ts";
import { memoryScaleFilters } from "../software-dialect.ts";
import { amf } from "./amf.ts";
import type { HardwareDevice, HardwareKind, HardwareSpec, SourcePicture } from "./hardware-spec.ts";
import { nvidia } from "./nvidia.ts";
import { qsv } from "./qsv.ts";
import { vaapi } from "./vaapi.ts";
import { videotoolbox } from "./videotoolbox.ts";

/** How each kind of hardware is spoken to. */
export const hardwareSpecs: Readonly<Record<HardwareKind, HardwareSpec>> = { nvidia, vaapi, qsv, amf, videotoolbox };

/** `nvidia 0`, `vaapi /dev/dri/renderD128`. */
export function deviceName(device: HardwareDevice): string {
  return `${device.kind} ${device.id}`;
}

function sourceOf(scan: SegmentScan): SourcePicture {
  const format = scan.frames.find((frame) => frame.format !== undefined)?.format;
  return {
    // Other codecs were refused before.
    codec: scan.videoCodec as VideoCodec,
    chroma: format?.chroma ?? 0,
    colorDepthMinus8: format?.colorDepthMinus8 ?? 0,
  };
}

/**
 * True when the device's decoder can read the segment: chroma and depth it is built for, and one picture size all along,
 * since frames on a device do not change it.
 */
export function canDecode(kind: HardwareKind, scan: SegmentScan): boolean {
  return hardwareSpecs[kind].decodes(sourceOf(scan)) && !changesPicture(scan);
}

function encoderArgs(spec: HardwareSpec, device: HardwareDevice, profile: VideoProfile): string[] {
  const name = spec.encoders[profile.codec];
  if (name === undefined)
    throw transcoderError("Encoder not found", { details: { codec: profile.codec, device: deviceName(device) } });
  const tag = profile.codec === "hevc" && profile.format === "mp4" ? ["-tag:v", "hvc1"] : [];
  return ["-c:v", name, ...tag, ...spec.encoderArgs(profile, device.id)];
}

/**
 * The words for one segment on a device. `decode: "device"` decodes there and keeps the frames there where the kind can,
 * unless a filter needs to see them; `"memory"` decodes and scales on the processor and encodes on the device.
 */
export function hardwareDialect(
  device: HardwareDevice,
  request: Pick<TranscodeRequest, "calcPerceptualHash">,
  scan: SegmentScan,
  decode: "device" | "memory",
): Dialect {
  const spec = hardwareSpecs[device.kind];
  const { deviceScale } = spec;
  const staysThere = decode === "device" && deviceScale !== undefined;
  // The signature filter looks at the pixels: those frames are decoded where it can see them.
  const seen = request.calcPerceptualHash === true && staysThere;
  const onDevice = staysThere && !seen;
  const decodes = decode === "device" && !seen;
  return {
    name: deviceName(device),
    inputArgs: [...spec.deviceArgs(device.id), ...(decodes ? spec.decodeArgs(device.id, sourceOf(scan).codec) : [])],
    scaleFilters: (size, changesShape) =>
      onDevice ? [deviceScale(size)] : memoryScaleFilters(size, changesShape, "yuv420p"),
    lastFilters: onDevice ? [] : spec.upload,
    encoderArgs: (profile) => encoderArgs(spec, device, profile),
    outputArgs: [],
    everyFrameGop: device.kind === "nvidia" ? "0" : "1",
  };
}
