import type { PictureFormat } from "../../codecs/picture-format.ts";
import type { FrameSize } from "../../profiles/scaled-size.ts";
import type { VideoCodec, VideoProfile } from "../../profiles/video-profile.ts";

/** Makers of hardware codecs, by the interface that ffmpeg speaks to them through. */
export const hardwareKinds = ["nvidia", "vaapi", "qsv", "amf", "videotoolbox"] as const;
export type HardwareKind = (typeof hardwareKinds)[number];

/** One device: a number, or the path of a render node. */
export type HardwareDevice = { readonly kind: HardwareKind; readonly id: string };

/** What a decoder must be able to read. */
export type SourcePicture = Pick<PictureFormat, "chroma" | "colorDepthMinus8"> & { readonly codec: VideoCodec };

/** How one kind of hardware is spoken to. */
export type HardwareSpec = {
  readonly encoders: Readonly<Partial<Record<VideoCodec, string>>>;
  /** What the decoder is built for. Whether this very device can is what the self-test shows. */
  readonly decodes: (source: SourcePicture) => boolean;
  /** Opens the device for filters and encoder. */
  readonly deviceArgs: (id: string) => readonly string[];
  /** Decodes there. The frames stay there when the kind has a filter that scales them there. */
  readonly decodeArgs: (id: string, codec: VideoCodec) => readonly string[];
  /** Scales frames on the device; undefined: frames come to memory and are scaled there. */
  readonly deviceScale: ((size: FrameSize) => string) | undefined;
  /** Brings frames from memory to the encoder; nothing where it takes them as they are. */
  readonly upload: readonly string[];
  /** Settings of the encoder, without its name. */
  readonly encoderArgs: (profile: VideoProfile, id: string) => readonly string[];
};

/** True for 4:2:0 of this many bits at most. */
export function isPlain(source: SourcePicture, bits = 8): boolean {
  return source.chroma === 0 && source.colorDepthMinus8 + 8 <= bits;
}

/** A constant quality of the protocol (1–63, as in `-crf`) on the scale of hardware encoders: seven more, 51 at most. */
export function hardwareQuality(quality: number): number {
  return Math.min(51, quality + 7);
}

/** The one rate as average, ceiling and buffer; nothing for 0. */
export function oneRate(bitrateBps: number): string[] {
  const rate = String(bitrateBps);
  return bitrateBps > 0 ? ["-b:v", rate, "-maxrate", rate, "-bufsize", rate] : [];
}
