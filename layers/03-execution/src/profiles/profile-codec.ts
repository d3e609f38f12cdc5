import { create } from "@bufbuild/protobuf";
import { LpError } from "@livepeer-ts/kernel";
import type { ContainerFormat, EncoderProfile, VideoCodec, VideoProfile } from "@livepeer-ts/media";
import {
  type VideoProfile as NetVideoProfile,
  type SegData,
  VideoProfile_Format,
  VideoProfile_Profile,
  VideoProfile_VideoCodec,
  VideoProfileSchema,
} from "../wire/net_pb.gen.ts";

const formatNumbers: Record<ContainerFormat, VideoProfile_Format> = {
  mpegts: VideoProfile_Format.MPEGTS,
  mp4: VideoProfile_Format.MP4,
};
const encoderProfileNumbers: Record<EncoderProfile, VideoProfile_Profile> = {
  none: VideoProfile_Profile.ENCODER_DEFAULT,
  baseline: VideoProfile_Profile.H264_BASELINE,
  main: VideoProfile_Profile.H264_MAIN,
  high: VideoProfile_Profile.H264_HIGH,
  "constrained-high": VideoProfile_Profile.H264_CONSTRAINED_HIGH,
};
const codecNumbers: Record<VideoCodec, VideoProfile_VideoCodec> = {
  h264: VideoProfile_VideoCodec.H264,
  hevc: VideoProfile_VideoCodec.H265,
  vp8: VideoProfile_VideoCodec.VP8,
  vp9: VideoProfile_VideoCodec.VP9,
};

function keyOf<K extends string>(table: Record<K, number>, value: number, message: string): K {
  for (const key of Object.keys(table) as K[]) if (table[key] === value) return key;
  throw new LpError({ code: "bad_profile", message });
}

/** The wire form of a profile. A profile without a name gets one made of its size and bitrate. */
export function toNetProfile(profile: VideoProfile): NetVideoProfile {
  return create(VideoProfileSchema, {
    name: profile.name === "" ? `ffmpeg_${profile.width}x${profile.height}_${profile.bitrateBps}` : profile.name,
    width: profile.width,
    height: profile.height,
    bitrate: profile.bitrateBps,
    fps: profile.fps,
    fpsDen: profile.fpsDen,
    format: formatNumbers[profile.format],
    profile: encoderProfileNumbers[profile.encoderProfile],
    gop: profile.gopMs,
    encoder: codecNumbers[profile.codec],
    colorDepth: profile.colorDepthMinus8,
    chromaFormat: profile.chroma,
    quality: profile.quality,
  });
}

/**
 * The profile a peer sent. Color depth and chroma are dropped, as the protocol does.
 * Throws `bad_profile` with the protocol's text for unknown enum values.
 */
export function fromNetProfile(net: NetVideoProfile): VideoProfile {
  const format = keyOf(formatNumbers, net.format, "unrecognized profile output format");
  const encoderProfile = keyOf(encoderProfileNumbers, net.profile, "unrecognized encoder profile");
  const codec = keyOf(codecNumbers, net.encoder, "unrecognized video codec");
  return {
    name: net.name === "" ? `net_${net.width}x${net.height}_${net.bitrate}` : net.name,
    width: net.width,
    height: net.height,
    bitrateBps: net.bitrate,
    fps: net.fps,
    fpsDen: net.fpsDen,
    format,
    encoderProfile,
    gopMs: net.gop,
    codec,
    colorDepthMinus8: 0,
    chroma: 0,
    quality: net.quality,
  };
}

export type ProfileLists = Pick<SegData, "fullProfiles" | "fullProfiles2" | "fullProfiles3">;

/** Which of the three lists of `SegData` carries the profiles: the oldest that can express them. */
export function placeProfiles(profiles: readonly VideoProfile[]): ProfileLists {
  const lists: ProfileLists = { fullProfiles: [], fullProfiles2: [], fullProfiles3: [] };
  const net = profiles.map(toNetProfile);
  const isSimple = profiles.every((p) => p.fpsDen === 0 && p.encoderProfile === "none" && p.gopMs === 0);
  if (!isSimple) lists.fullProfiles3 = net;
  else if (profiles.every((p) => p.format === "mpegts")) lists.fullProfiles = net;
  else lists.fullProfiles2 = net;
  return lists;
}

/** Profiles of one segment: what one answer of a remote transcoder can carry. */
const maxProfiles = 64;

/** The profiles of a `SegData`: the newest list that is not empty wins. Throws `bad_profile`, also for too many. */
export function readProfiles(lists: ProfileLists): VideoProfile[] {
  const net =
    lists.fullProfiles3.length > 0
      ? lists.fullProfiles3
      : lists.fullProfiles2.length > 0
        ? lists.fullProfiles2
        : lists.fullProfiles;
  // each is hashed before the signature is known to be right
  if (net.length > maxProfiles) {
    throw new LpError({
      code: "bad_profile",
      message: `a segment may have ${maxProfiles} profiles, not ${net.length}`,
    });
  }
  return net.map(fromNetProfile);
}
