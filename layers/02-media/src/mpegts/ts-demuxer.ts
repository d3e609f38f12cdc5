import { newBytes } from "@livepeer-ts/kernel";
import type { SegmentProbe } from "../segments/media-segment.ts";

/** One elementary stream announced by the program map. */
export type TsStream = {
  readonly pid: number;
  readonly kind: "video" | "audio" | "other";
  readonly videoCodec: SegmentProbe["videoCodec"];
  readonly audioCodec: SegmentProbe["audioCodec"];
  /** Name of a video codec that is none of ours, as ffmpeg knows it. */
  readonly foreignCodec?: string;
};

/** One packetized elementary stream unit; `start` and `end` are offsets in `elementary`. */
export type PesUnit = {
  start: number;
  end: number;
  /** 90 kHz ticks, 33 bits; undefined when the unit carries none. */
  readonly pts: number | undefined;
  readonly dts: number | undefined;
};

/** The payload of one stream, joined, and where it came from. */
export type TsTrack = {
  readonly stream: TsStream;
  readonly elementary: Uint8Array;
  readonly units: readonly PesUnit[];
  /** Pairs (offset in the file, length) of the pieces that make up `elementary`, in order. */
  readonly pieces: readonly number[];
};

/** What a transport stream holds. `packetCount` 0 means that it is not one. */
export type TsContent = {
  readonly packetCount: number;
  readonly sawProgramMap: boolean;
  readonly streams: readonly TsStream[];
  readonly tracks: readonly TsTrack[];
};

const syncByte = 0x47;
const maxStreams = 32;

/** Distance of packets (188, 192 or 204 bytes) and offset of the first sync byte; undefined when there is none. */
function findPacketGrid(bytes: Uint8Array): { stride: number; offset: number } | undefined {
  for (const stride of [188, 192, 204]) {
    const window = Math.min(stride * 4, bytes.length);
    for (let offset = 0; offset < window; offset++) {
      if (bytes[offset] !== syncByte || offset + 188 > bytes.length) continue;
      let hits = 0;
      let possible = 0;
      for (let k = 1; k <= 4 && offset + k * stride < bytes.length; k++) {
        possible++;
        if (bytes[offset + k * stride] === syncByte) hits++;
      }
      if (hits === possible && (possible > 0 || offset === 0)) return { stride, offset };
    }
  }
  return undefined;
}

/** True when the bytes look like a transport stream. */
export function looksLikeTs(bytes: Uint8Array): boolean {
  return findPacketGrid(bytes) !== undefined;
}

function descriptorCodec(bytes: Uint8Array, start: number, end: number): string {
  let at = start;
  while (at + 2 <= end) {
    const tag = bytes[at] as number;
    const length = bytes[at + 1] as number;
    if (tag === 0x05 && length >= 4) {
      return String.fromCharCode(...bytes.subarray(at + 2, Math.min(at + 6, end)));
    }
    if (tag === 0x6a || tag === 0x7a) return "AC-3";
    at += 2 + length;
  }
  return "";
}

const foreignTypes: Readonly<Record<number, string>> = {
  1: "mpeg1video",
  2: "mpeg2video",
  16: "mpeg4",
  33: "jpeg2000",
  51: "vvc",
  66: "cavs",
  209: "dirac",
  210: "avs2",
  212: "avs3",
  234: "vc1",
};

const foreignRegistrations: Readonly<Record<string, string>> = { AV01: "av1", "VC-1": "vc1", drac: "dirac" };

function streamOf(pid: number, streamType: number, registration: string): TsStream {
  const video = (videoCodec: SegmentProbe["videoCodec"]): TsStream => ({
    pid,
    kind: "video",
    videoCodec,
    audioCodec: "",
  });
  const foreign = foreignTypes[streamType] ?? foreignRegistrations[registration];
  const audio = (audioCodec: SegmentProbe["audioCodec"]): TsStream => ({
    pid,
    kind: "audio",
    videoCodec: "",
    audioCodec,
  });
  switch (streamType) {
    case 0x1b:
      return video("h264");
    case 0x24:
      return video("hevc");
    case 0x0f:
    case 0x11:
      return audio("aac");
    case 0x03:
    case 0x04:
      return audio("mp3");
    case 0x81:
    case 0x82:
    case 0x83:
    case 0x84:
    case 0x87:
      return audio("other");
    default:
      if (registration === "HEVC") return video("hevc");
      if (registration === "Opus") return audio("opus");
      if (registration === "AC-3" || registration === "EAC3" || registration === "BSSD") return audio("other");
      if (foreign !== undefined) return { ...video("other"), foreignCodec: foreign };
      return { pid, kind: "other", videoCodec: "", audioCodec: "" };
  }
}

function parsePat(bytes: Uint8Array, start: number, end: number, found: (pid: number) => void): void {
  const at = start + 1 + (bytes[start] ?? 0);
  if (at + 8 > end || bytes[at] !== 0x00) return;
  const length = (((bytes[at + 1] as number) & 0x0f) << 8) | (bytes[at + 2] as number);
  const stop = Math.min(end, at + 3 + length - 4);
  for (let i = at + 8; i + 4 <= stop; i += 4) {
    const program = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    if (program !== 0) found((((bytes[i + 2] as number) & 0x1f) << 8) | (bytes[i + 3] as number));
  }
}

function parsePmt(bytes: Uint8Array, start: number, end: number): TsStream[] | undefined {
  const at = start + 1 + (bytes[start] ?? 0);
  if (at + 12 > end || bytes[at] !== 0x02) return undefined;
  const length = (((bytes[at + 1] as number) & 0x0f) << 8) | (bytes[at + 2] as number);
  const stop = Math.min(end, at + 3 + length - 4);
  const programInfo = (((bytes[at + 10] as number) & 0x0f) << 8) | (bytes[at + 11] as number);
  const streams: TsStream[] = [];
  for (let i = at + 12 + programInfo; i + 5 <= stop && streams.length < maxStreams; ) {
    const type = bytes[i] as number;
    const pid = (((bytes[i + 1] as number) & 0x1f) << 8) | (bytes[i + 2] as number);
    const info = (((bytes[i + 3] as number) & 0x0f) << 8) | (bytes[i + 4] as number);
    streams.push(streamOf(pid, type, descriptorCodec(bytes, i + 5, Math.min(stop, i + 5 + info))));
    i += 5 + info;
  }
  return streams;
}

function readTimestamp(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) >> 1) & 0x07;
  const mid = ((bytes[at + 1] as number) << 7) | ((bytes[at + 2] as number) >> 1);
  const low = ((bytes[at + 3] as number) << 7) | ((bytes[at + 4] as number) >> 1);
  return high * 2 ** 30 + mid * 2 ** 15 + low;
}

class TrackBuilder {
  readonly stream: TsStream;
  readonly pieces: number[] = [];
  readonly units: PesUnit[] = [];
  size = 0;

  constructor(stream: TsStream) {
    this.stream = stream;
  }

  payload(bytes: Uint8Array, from: number, end: number, unitStart: boolean): void {
    let start = from;
    if (unitStart) {
      const last = this.units.at(-1);
      if (last !== undefined) last.end = this.size;
      if (end - start < 9 || bytes[start] !== 0 || bytes[start + 1] !== 0 || bytes[start + 2] !== 1) return;
      const flags = bytes[start + 7] as number;
      const headerEnd = start + 9 + (bytes[start + 8] as number);
      const hasPts = (flags & 0x80) !== 0 && start + 14 <= end;
      const hasDts = (flags & 0xc0) === 0xc0 && start + 19 <= end;
      const pts = hasPts ? readTimestamp(bytes, start + 9) : undefined;
      const dts = hasDts ? readTimestamp(bytes, start + 14) : pts;
      this.units.push({ start: this.size, end: this.size, pts, dts });
      start = headerEnd;
    }
    if (this.units.length === 0 || start >= end) return;
    this.pieces.push(start, end - start);
    this.size += end - start;
  }

  build(bytes: Uint8Array, allocate: (size: number) => Uint8Array): TsTrack {
    const last = this.units.at(-1);
    if (last !== undefined) last.end = this.size;
    const elementary = allocate(this.size);
    let offset = 0;
    for (let i = 0; i < this.pieces.length; i += 2) {
      const at = this.pieces[i] as number;
      const length = this.pieces[i + 1] as number;
      elementary.set(bytes.subarray(at, at + length), offset);
      offset += length;
    }
    return { stream: this.stream, elementary, units: this.units, pieces: this.pieces };
  }
}

/**
 * Reads a whole transport stream held in memory. Never throws: damaged packets are skipped, the grid is found again
 * after a loss. Only the first program map counts; checksums are not judged. `allocate` gives the memory of each elementary stream;
 * default: of its own.
 */
export function demuxTs(bytes: Uint8Array, allocate: (size: number) => Uint8Array = newBytes): TsContent {
  const grid = findPacketGrid(bytes);
  if (grid === undefined) return { packetCount: 0, sawProgramMap: false, streams: [], tracks: [] };
  const pmtPids = new Set<number>();
  const tracks = new Map<number, TrackBuilder>();
  let streams: TsStream[] | undefined;
  let packetCount = 0;
  let at = grid.offset;
  while (at + 188 <= bytes.length) {
    if (bytes[at] !== syncByte) {
      const next = bytes.indexOf(syncByte, at + 1);
      if (next < 0) break;
      at = next;
      continue;
    }
    packetCount++;
    const b1 = bytes[at + 1] as number;
    const b3 = bytes[at + 3] as number;
    const pid = ((b1 & 0x1f) << 8) | (bytes[at + 2] as number);
    const unitStart = (b1 & 0x40) !== 0;
    const end = at + 188;
    let payload = at + 4;
    if ((b3 & 0x20) !== 0) payload += 1 + (bytes[at + 4] as number);
    if ((b3 & 0x10) !== 0 && payload < end && (b1 & 0x80) === 0) {
      const track = tracks.get(pid);
      if (track !== undefined) track.payload(bytes, payload, end, unitStart);
      else if (pid === 0 && unitStart)
        parsePat(bytes, payload, end, (found) => pmtPids.size < maxStreams && pmtPids.add(found));
      else if (streams === undefined && unitStart && pmtPids.has(pid)) {
        streams = parsePmt(bytes, payload, end);
        for (const stream of streams ?? [])
          if (stream.kind !== "other") tracks.set(stream.pid, new TrackBuilder(stream));
      }
    }
    at += grid.stride;
  }
  return {
    packetCount,
    sawProgramMap: streams !== undefined,
    streams: streams ?? [],
    tracks: [...tracks.values()].map((track) => track.build(bytes, allocate)),
  };
}
