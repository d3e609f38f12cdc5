/** Container of a rendition. */
export type ContainerFormat = "mpegts" | "mp4";

/** H.264 encoder profile; `none` leaves the choice to the encoder. */
export type EncoderProfile = "none" | "baseline" | "main" | "high" | "constrained-high";

export type VideoCodec = "h264" | "hevc" | "vp8" | "vp9";

/** What one rendition of the ladder must be. Names follow the protocol. */
export type VideoProfile = {
  /** Rendition name; also its directory. Non-empty, without `/`. */
  readonly name: string;
  /** Pixels. The larger one is applied to the larger side of the input; the other side keeps the aspect ratio. */
  readonly width: number;
  readonly height: number;
  /** Bits per second; minimum, average, maximum and buffer size alike. */
  readonly bitrateBps: number;
  /** Frames per second numerator; 0 keeps the input's rate. */
  readonly fps: number;
  /** Denominator; 0 means 1. Anything above 0 needs the fractional-rate capability. */
  readonly fpsDen: number;
  readonly format: ContainerFormat;
  readonly encoderProfile: EncoderProfile;
  /** Distance of keyframes in ms; 0 = encoder default; −1 = every frame. */
  readonly gopMs: number;
  readonly codec: VideoCodec;
  /** Bits per sample minus 8: 0, 2, 4, 8. */
  readonly colorDepthMinus8: number;
  /** 0 = 4:2:0, 1 = 4:2:2, 2 = 4:4:4. */
  readonly chroma: 0 | 1 | 2;
  /** Constant quality 1–63; 0 = by bitrate. */
  readonly quality: number;
};
