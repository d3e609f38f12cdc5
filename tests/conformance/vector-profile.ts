import type { ContainerFormat, EncoderProfile, VideoCodec, VideoProfile } from "@livepeer-ts/media";
import { type Fields, number, text } from "./read-case.ts";

const encoderProfiles: readonly EncoderProfile[] = ["none", "baseline", "main", "high", "constrained-high"];
const codecs: readonly VideoCodec[] = ["h264", "hevc", "vp8", "vp9"];
const formatNumbers: Readonly<Record<ContainerFormat, number>> = { mpegts: 1, mp4: 2 };

/** A profile in the form the vectors use. */
export function readVectorProfile(fields: Fields): VideoProfile {
  const [width = 0, height = 0] = text(fields, "resolution").split("x").map(Number);
  const gop = number(fields, "gopNanoseconds");
  return {
    name: text(fields, "name"),
    width,
    height,
    bitrateBps: Number(text(fields, "bitrate").replace("k", "000")),
    fps: number(fields, "framerate"),
    fpsDen: number(fields, "framerateDen"),
    format: number(fields, "format") === 2 ? "mp4" : "mpegts",
    encoderProfile: encoderProfiles[number(fields, "profile")] ?? "none",
    gopMs: gop < 0 ? gop : gop / 1e6,
    codec: codecs[number(fields, "encoder")] ?? "h264",
    colorDepthMinus8: number(fields, "colorDepth"),
    chroma: number(fields, "chromaFormat") as 0 | 1 | 2,
    quality: number(fields, "quality"),
  };
}

/** The form the vectors use, of a profile. */
export function writeVectorProfile(profile: VideoProfile): Fields {
  return {
    bitrate: String(profile.bitrateBps),
    chromaFormat: profile.chroma,
    colorDepth: profile.colorDepthMinus8,
    encoder: codecs.indexOf(profile.codec),
    format: formatNumbers[profile.format],
    framerate: profile.fps,
    framerateDen: profile.fpsDen,
    gopNanoseconds: profile.gopMs < 0 ? profile.gopMs : profile.gopMs * 1e6,
    name: profile.name,
    profile: encoderProfiles.indexOf(profile.encoderProfile),
    quality: profile.quality,
    resolution: `${profile.width}x${profile.height}`,
  };
}
