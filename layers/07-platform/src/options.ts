/** One rendition as the API and the auth webhook write it. */
export type LadderProfile = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Bits per second. */
  readonly bitrate: number;
  /** 0 = as the source. */
  readonly fps: number;
  readonly gop?: string;
  readonly profile?: "H264Baseline" | "H264Main" | "H264High" | "H264ConstrainedHigh";
};

/** Renditions of a stream that asks for none in particular; the source is always there too. */
export const defaultLadder: readonly LadderProfile[] = [
  { name: "360p", width: 640, height: 360, bitrate: 900_000, fps: 0, gop: "2.0", profile: "H264ConstrainedHigh" },
  { name: "240p", width: 426, height: 240, bitrate: 400_000, fps: 0, gop: "2.0", profile: "H264ConstrainedHigh" },
];

/** Options of the platform. Times in ms. */
export type PlatformOptions = {
  /** Secret that nodes show on `/internal/events` and on the auth webhook. */
  readonly internalToken: string;
  /** Base URL of the gateway's HTTP port, for playback: `http://127.0.0.1:9935`. */
  readonly gatewayUrl: string;
  /** Base URL under which clients reach the platform; undefined = the host of each request. */
  readonly publicUrl?: string | undefined;
  /** First account, made when there is none. */
  readonly firstAccount: {
    readonly email: string;
    /** Its key, a UUID; undefined = a random one. */
    readonly apiKey?: string | undefined;
  };
  /** True on a devnet. Default false. */
  readonly devnet?: boolean;
  /** What `/api/version` answers. */
  readonly version: string;
  /** Host names under which the local network may be controlled. Default localhost, 127.0.0.1 and [::1]. */
  readonly controlHosts?: readonly string[];
  /** Bytes of one API request. Default 1 MiB. */
  readonly maxApiBodyBytes?: number;
  /** Bytes of one delivery of events. Default 8 MiB. */
  readonly maxEventBodyBytes?: number;
  /** Events in one delivery. Default 1,000. */
  readonly maxEventsPerDelivery?: number;
  /** A stream without a segment for this long is not active. Default 45,000. */
  readonly activeTimeoutMs?: number;
  /** Deadline of a playback request to the gateway. Default 10,000. */
  readonly playbackTimeoutMs?: number;
  /** Readers of the network's live updates. Default 500. */
  readonly maxFeedReaders?: number;
  /** Bytes of one AI request with its media. Default 52 MiB. */
  readonly maxAiBodyBytes?: number;
  /** Deadline until the answer to an AI request begins. Default 600,000. */
  readonly aiTimeoutMs?: number;
};

export const defaultPlatformOptions = {
  devnet: false,
  controlHosts: ["localhost", "127.0.0.1", "[::1]"],
  maxApiBodyBytes: 1024 ** 2,
  maxEventBodyBytes: 8 * 1024 ** 2,
  maxEventsPerDelivery: 1_000,
  activeTimeoutMs: 45_000,
  playbackTimeoutMs: 10_000,
  maxFeedReaders: 500,
  maxAiBodyBytes: 52 * 1024 ** 2,
  aiTimeoutMs: 600_000,
} as const satisfies Partial<PlatformOptions>;

export type ResolvedPlatformOptions = PlatformOptions & {
  readonly [K in keyof typeof defaultPlatformOptions]: NonNullable<PlatformOptions[K]>;
};
