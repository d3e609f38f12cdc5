import { LpError } from "@livepeer-ts/kernel";
import type { ContainerFormat, EncoderProfile, VideoCodec, VideoProfile } from "./video-profile.ts";

/** How JSON profiles are completed. */
export type ProfileJsonOptions = {
  /** Container of profiles, which JSON cannot set. Default `mpegts`. */
  readonly format?: ContainerFormat;
  /** Start of the name of an unnamed profile: `custom` here, `net` and `ffmpeg` on the wire. Default `custom`. */
  readonly defaultNamePrefix?: string;
};

const encoderProfiles: Readonly<Record<string, EncoderProfile>> = {
  "": "none",
  none: "none",
  h264baseline: "baseline",
  h264main: "main",
  h264high: "high",
  h264constrainedhigh: "constrained-high",
};

const codecs: Readonly<Record<string, VideoCodec>> = {
  "": "h264",
  "H.264": "h264",
  HEVC: "hevc",
  VP8: "vp8",
  VP9: "vp9",
};

/** Texts that configuration tools match on. */
export const profileJsonErrors = {
  encoderProfile: "unable to parse the H264 encoder profile: unknown VideoProfile profile name",
  gopSyntax: "cannot parse the GOP value in the transcoding options: ",
  gopValue: "invalid gop value ",
  encoder: "Unable to parse encoder profile, unknown encoder: ",
} as const;

function refuse(message: string, index: number): LpError {
  return new LpError({ code: "profile_invalid", message, details: { index } });
}

/** GOP text (`""`, seconds, `intra`) to ms; throws the protocol's texts. */
export function parseGop(text: string, index = 0): number {
  if (text === "") return 0;
  if (text === "intra") return -1;
  const seconds = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(seconds)) {
    throw refuse(`${profileJsonErrors.gopSyntax}"${text}" is neither a number of seconds nor "intra"`, index);
  }
  if (seconds < 0) throw refuse(`${profileJsonErrors.gopValue}${text}: give 0 or more seconds, or "intra"`, index);
  return Math.round(seconds * 1e9) / 1e6;
}

/** Encoder profile name of the protocol's JSON to ours; case does not matter. */
export function parseEncoderProfile(text: string, index = 0): EncoderProfile {
  const name = text.toLowerCase();
  const found = Object.hasOwn(encoderProfiles, name) ? encoderProfiles[name] : undefined;
  if (found === undefined) throw refuse(profileJsonErrors.encoderProfile, index);
  return found;
}

/** Throws unless the name can be a directory: non-empty, no `/`, no control characters, not `source`. */
export function checkProfileName(name: string, index = 0): void {
  if (name === "" || name === "." || name === ".." || name === "source" || name.length > 128) {
    throw refuse(
      `profile name "${name.slice(0, 40)}" cannot name a rendition: use 1 to 128 characters, not "source"`,
      index,
    );
  }
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) {
    throw refuse(
      `profile name "${name}" holds a slash or a control character: it becomes a folder and part of URLs`,
      index,
    );
  }
}

class Fields {
  readonly #byName: Map<string, unknown>;
  readonly #index: number;

  constructor(row: object, index: number) {
    // The reference's JSON reader does not care about the case of keys.
    this.#byName = new Map(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));
    this.#index = index;
  }

  text(key: string): string {
    const value = this.#byName.get(key.toLowerCase()) ?? "";
    if (typeof value !== "string") throw refuse(`profile ${this.#index}: "${key}" must be a text`, this.#index);
    return value;
  }

  integer(key: string, max: number): number {
    const value = this.#byName.get(key.toLowerCase()) ?? 0;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
      throw refuse(`profile ${this.#index}: "${key}" must be a whole number from 0 to ${max}`, this.#index);
    }
    return value;
  }
}

function parseOne(row: unknown, index: number, options: ProfileJsonOptions): VideoProfile {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw refuse(`profile ${index} is not an object: give {"name", "width", "height", "bitrate", …}`, index);
  }
  const fields = new Fields(row, index);
  const width = fields.integer("width", 16384);
  const height = fields.integer("height", 16384);
  const bitrateBps = fields.integer("bitrate", 2_000_000_000);
  const name = fields.text("name") || `${options.defaultNamePrefix ?? "custom"}_${width}x${height}_${bitrateBps}`;
  checkProfileName(name, index);
  const encoder = fields.text("encoder");
  const codec = Object.hasOwn(codecs, encoder) ? codecs[encoder] : undefined;
  if (codec === undefined) throw refuse(`${profileJsonErrors.encoder}${encoder}`, index);
  const colorDepthMinus8 = fields.integer("colorDepth", 8);
  if (![0, 2, 4, 8].includes(colorDepthMinus8)) {
    throw refuse(`profile ${index}: "colorDepth" holds bits minus 8 and must be 0, 2, 4 or 8`, index);
  }
  return {
    name,
    width,
    height,
    bitrateBps,
    fps: fields.integer("fps", 1_000_000),
    fpsDen: fields.integer("fpsDen", 1_000_000),
    format: options.format ?? "mpegts",
    encoderProfile: parseEncoderProfile(fields.text("profile"), index),
    gopMs: parseGop(fields.text("gop"), index),
    codec,
    colorDepthMinus8,
    chroma: fields.integer("chromaFormat", 2) as 0 | 1 | 2,
    quality: fields.integer("quality", 63),
  };
}

/**
 * Reads custom profiles from parsed JSON: an array of objects as in webhook answers, headers and profile files.
 * Throws `profile_invalid` with the protocol's text where it has one. Unknown fields are ignored.
 */
export function parseProfileJson(input: unknown, options: ProfileJsonOptions = {}): VideoProfile[] {
  if (!Array.isArray(input)) throw refuse("profiles must be a JSON array of objects", 0);
  const profiles = input.map((row, index) => parseOne(row, index, options));
  const names = new Set<string>();
  for (const [index, profile] of profiles.entries()) {
    if (names.has(profile.name)) {
      throw refuse(`profile name "${profile.name}" is used twice: renditions would overwrite each other`, index);
    }
    names.add(profile.name);
  }
  return profiles;
}
