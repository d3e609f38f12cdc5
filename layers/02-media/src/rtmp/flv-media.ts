import { parseH264Sps } from "../codecs/h264-sps.ts";
import { rtmpError } from "./rtmp-error.ts";

/** How the frames of an AVC stream are to be read, from its sequence header. */
export type AvcConfig = {
  /** Bytes of the length in front of each NAL unit: 1, 2 or 4. */
  readonly lengthSize: number;
  /** SPS then PPS units, without start codes. */
  readonly parameterSets: readonly Uint8Array[];
  readonly width: number;
  readonly height: number;
};

/** How AAC frames are to be framed, from the AudioSpecificConfig. */
export type AacConfig = {
  readonly objectType: number;
  readonly rateIndex: number;
  readonly sampleRate: number;
  readonly channels: number;
};

/** One RTMP video message, read. */
export type FlvVideo =
  | { readonly kind: "config"; readonly config: AvcConfig }
  | { readonly kind: "frame"; readonly keyframe: boolean; readonly compositionMs: number; readonly data: Uint8Array }
  | { readonly kind: "nothing" };

/** One RTMP audio message, read. `other` names a codec we do not carry. */
export type FlvAudio =
  | { readonly kind: "config"; readonly config: AacConfig }
  | { readonly kind: "frame"; readonly data: Uint8Array }
  | { readonly kind: "other"; readonly codec: string }
  | { readonly kind: "nothing" };

const videoCodecNames: Readonly<Record<number, string>> = {
  2: "Sorenson H.263",
  3: "Screen video",
  4: "VP6",
  5: "VP6 alpha",
  12: "HEVC",
};
const audioCodecNames: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  2: "MP3",
  3: "PCM",
  5: "Nellymoser",
  7: "A-law",
  8: "mu-law",
  11: "Speex",
};
const sampleRates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/** Parses an AVCDecoderConfigurationRecord. Throws `rtmp_bad_media`. */
export function parseAvcConfig(record: Uint8Array): AvcConfig {
  const bad = () => rtmpError("rtmp_bad_media", "the H.264 sequence header is damaged");
  if (record.length < 7 || record[0] !== 1) throw bad();
  const lengthSize = ((record[4] as number) & 3) + 1;
  const parameterSets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [31, 255]) {
    const count = (record[at++] ?? 0) & mask;
    for (let i = 0; i < count; i++) {
      const length = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0);
      if (length === 0 || at + 2 + length > record.length) throw bad();
      parameterSets.push(record.slice(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  const sps = parameterSets.find((set) => ((set[0] as number) & 31) === 7);
  const format = sps === undefined ? undefined : parseH264Sps(sps);
  if (format === undefined || lengthSize === 3) throw bad();
  return { lengthSize, parameterSets, width: format.width, height: format.height };
}

function fourCc(payload: Uint8Array): string {
  return String.fromCharCode(...payload.subarray(1, 5)).replace(/[^ -~]/g, "?");
}

function signed24(payload: Uint8Array, at: number): number {
  return (((payload[at] ?? 0) << 24) | ((payload[at + 1] ?? 0) << 16) | ((payload[at + 2] ?? 0) << 8)) >> 8;
}

function enhancedVideo(payload: Uint8Array): FlvVideo {
  const head = payload[0] as number;
  const keyframe = ((head >> 4) & 7) === 1;
  const packetType = head & 15;
  const codec = fourCc(payload);
  if (payload.length < 5) return { kind: "nothing" };
  if (codec !== "avc1") {
    throw rtmpError(
      "rtmp_unsupported_codec",
      `the publisher sends ${codec} video over enhanced RTMP: set its encoder to H.264`,
    );
  }
  if (packetType === 0) return { kind: "config", config: parseAvcConfig(payload.subarray(5)) };
  if (packetType === 1 && payload.length > 8) {
    return { kind: "frame", keyframe, compositionMs: signed24(payload, 5), data: payload.subarray(8) };
  }
  if (packetType === 3 && payload.length > 5)
    return { kind: "frame", keyframe, compositionMs: 0, data: payload.subarray(5) };
  return { kind: "nothing" };
}

/** Reads a video message. Throws `rtmp_unsupported_codec` for anything but H.264 and `rtmp_bad_media` when damaged. */
export function readFlvVideo(payload: Uint8Array): FlvVideo {
  const head = payload[0];
  if (head === undefined) return { kind: "nothing" };
  if ((head & 0x80) !== 0) return enhancedVideo(payload);
  const codec = head & 15;
  if (head >> 4 === 5) return { kind: "nothing" };
  if (codec !== 7) {
    const name = videoCodecNames[codec] ?? `codec ${codec}`;
    throw rtmpError("rtmp_unsupported_codec", `the publisher sends ${name} video: set its encoder to H.264`);
  }
  if (payload[1] === 0) return { kind: "config", config: parseAvcConfig(payload.subarray(5)) };
  if (payload[1] !== 1 || payload.length <= 5) return { kind: "nothing" };
  return { kind: "frame", keyframe: head >> 4 === 1, compositionMs: signed24(payload, 2), data: payload.subarray(5) };
}

/** Reads an audio message. Codecs we do not carry come back by name; the caller drops them. */
export function readFlvAudio(payload: Uint8Array): FlvAudio {
  const head = payload[0];
  if (head === undefined) return { kind: "nothing" };
  const codec = head >> 4;
  if (codec === 9) return { kind: "other", codec: fourCc(payload) };
  if (codec !== 10) return { kind: "other", codec: audioCodecNames[codec] ?? `codec ${codec}` };
  if (payload[1] === 0) {
    const config = parseAacConfig(payload.subarray(2));
    return config === undefined ? { kind: "other", codec: "AAC of an unknown form" } : { kind: "config", config };
  }
  return payload[1] === 1 && payload.length > 2 ? { kind: "frame", data: payload.subarray(2) } : { kind: "nothing" };
}

/** Parses an AudioSpecificConfig as far as ADTS can express it; undefined otherwise. */
export function parseAacConfig(config: Uint8Array): AacConfig | undefined {
  if (config.length < 2) return undefined;
  const bits = ((config[0] as number) << 8) | (config[1] as number);
  let objectType = bits >> 11;
  const rateIndex = (bits >> 7) & 15;
  const channels = (bits >> 3) & 15;
  // HE-AAC is announced as its extension; its core is LC, which is what ADTS names.
  if (objectType === 5 || objectType === 29) objectType = 2;
  const sampleRate = sampleRates[rateIndex];
  if (sampleRate === undefined || objectType < 1 || objectType > 4 || channels < 1 || channels > 7) return undefined;
  return { objectType, rateIndex, sampleRate, channels };
}

/** The frame with an ADTS header in front. Throws `rtmp_bad_media` when it is longer than ADTS allows. */
export function adtsFrame(config: AacConfig, frame: Uint8Array): Uint8Array {
  const size = frame.length + 7;
  if (size > 0x1fff)
    throw rtmpError("rtmp_bad_media", `an AAC frame of ${frame.length} bytes is longer than 8184 bytes`);
  const out = new Uint8Array(size);
  out[0] = 0xff;
  out[1] = 0xf1;
  out[2] = ((config.objectType - 1) << 6) | (config.rateIndex << 2) | (config.channels >> 2);
  out[3] = ((config.channels & 3) << 6) | (size >> 11);
  out[4] = (size >> 3) & 0xff;
  out[5] = ((size & 7) << 5) | 0x1f;
  out[6] = 0xfc;
  out.set(frame, 7);
  return out;
}

/** The NAL units of a length-prefixed frame. Throws `rtmp_bad_media` when the lengths do not fit. */
export function splitAvcFrame(data: Uint8Array, lengthSize: number): Uint8Array[] {
  const units: Uint8Array[] = [];
  let at = 0;
  while (at + lengthSize <= data.length) {
    let length = 0;
    for (let i = 0; i < lengthSize; i++) length = length * 256 + (data[at + i] as number);
    at += lengthSize;
    if (length > data.length - at) throw rtmpError("rtmp_bad_media", "an H.264 frame ends in the middle of a unit");
    if (length > 0) units.push(data.subarray(at, at + length));
    at += length;
  }
  return units;
}
