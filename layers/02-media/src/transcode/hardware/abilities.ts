import type { ContainerFormat, VideoCodec } from "../../profiles/video-profile.ts";

/** What a device may be able to do, and the source that shows it. */
export type HardwareAbility = {
  readonly name: string;
  /** Without it the device is of no use. */
  readonly isRequired: boolean;
  /** Whether a decoder on the processor does as well. */
  readonly mayDecodeInMemory: boolean;
  readonly encodes: VideoCodec;
  readonly source: TestSource;
};

/** A generated picture: software encoder and its arguments. */
export type TestSource = {
  readonly codec: VideoCodec;
  readonly encoder: string;
  readonly pixelFormat: string;
  readonly container: ContainerFormat;
};

const h264Source = (pixelFormat: string): TestSource => {
  return { codec: "h264", encoder: "libx264", pixelFormat, container: "mpegts" };
};
const plain = h264Source("yuv420p");

const rare = (name: string, pixelFormat: string): HardwareAbility => ({
  name,
  isRequired: false,
  // No decoder of any kind reads them all: what matters is that the segment can be served.
  mayDecodeInMemory: true,
  encodes: "h264",
  source: h264Source(pixelFormat),
});

/** In the order of the test. */
export const hardwareAbilities: readonly HardwareAbility[] = [
  { name: "h264", isRequired: true, mayDecodeInMemory: true, encodes: "h264", source: plain },
  { name: "hevc-encode", isRequired: false, mayDecodeInMemory: true, encodes: "hevc", source: plain },
  {
    name: "hevc-decode",
    isRequired: false,
    mayDecodeInMemory: false,
    encodes: "h264",
    source: { codec: "hevc", encoder: "libx265", pixelFormat: "yuv420p", container: "mpegts" },
  },
  {
    name: "vp9-decode",
    isRequired: false,
    mayDecodeInMemory: false,
    encodes: "h264",
    source: { codec: "vp9", encoder: "libvpx-vp9", pixelFormat: "yuv420p", container: "mp4" },
  },
  rare("h264-444-8", "yuv444p"),
  rare("h264-422-8", "yuv422p"),
  rare("h264-444-10", "yuv444p10le"),
  rare("h264-422-10", "yuv422p10le"),
  rare("h264-420-10", "yuv420p10le"),
];
