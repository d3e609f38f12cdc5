import { newBytes } from "@livepeer-ts/kernel";
import { crc32Mpeg } from "./crc32-mpeg.ts";

/** One coded video frame for the muxer. */
export type TsVideoUnit = {
  /** 90 kHz ticks on a timeline that only grows; wrapped to 33 bits here. */
  readonly pts: number;
  readonly dts: number;
  readonly keyframe: boolean;
  /** NAL units without start codes; delimiter and parameter sets are added here. */
  readonly nals: readonly Uint8Array[];
  /** SPS and PPS put in front of every keyframe. */
  readonly parameterSets: readonly Uint8Array[];
};

/** One AAC frame for the muxer. */
export type TsAudioUnit = {
  /** 90 kHz ticks. */
  readonly pts: number;
  /** The frame with its ADTS header. */
  readonly adts: Uint8Array;
};

const pidPmt = 0x1000;
const pidVideo = 0x100;
const pidAudio = 0x101;
const packetBytes = 188;
/** Of a packet, without its header. */
const packetRoom = 184;
const pcrGapTicks = 7200; // 80 ms; the standard asks for at most 100 ms.
const wrapTicks = 2 ** 33;

const startCode = Uint8Array.of(0, 0, 0, 1);
const delimiter = Uint8Array.of(0, 0, 0, 1, 9, 0xf0);

function wrapped(ticks: number): number {
  return ((ticks % wrapTicks) + wrapTicks) % wrapTicks;
}

function putTimestamp(out: Uint8Array, at: number, prefix: number, ticks: number): void {
  const value = wrapped(ticks);
  const high = Math.floor(value / 2 ** 30) & 7;
  const mid = Math.floor(value / 2 ** 15) & 0x7fff;
  const low = value % 2 ** 15;
  out[at] = (prefix << 4) | (high << 1) | 1;
  out[at + 1] = mid >> 7;
  out[at + 2] = ((mid & 0x7f) << 1) | 1;
  out[at + 3] = low >> 7;
  out[at + 4] = ((low & 0x7f) << 1) | 1;
}

/**
 * Packs AVC and AAC frames into MPEG-TS segments. Each segment opens with PAT and PMT; continuity counters run on
 * across segments so that segments put together are one stream. Timestamps are written as they come.
 */
export class TsMuxer {
  readonly #counters = new Map<number, number>();
  #buffer = new Uint8Array(0);
  #expectedBytes: number;
  #size = 0;
  #takenSize = 0;
  #hasAudio = false;
  #lastPcr = Number.NEGATIVE_INFINITY;
  #pmtVersion = -1;
  #open = false;

  /** `expectedBytes`: size of the first segment, as far as it is known; later ones are taken to be like the one before. */
  constructor(expectedBytes = 256 * 1024) {
    this.#expectedBytes = expectedBytes;
  }

  /** Bytes of the segment so far. */
  get sizeBytes(): number {
    return this.#size;
  }

  /** Opens a segment. `hasAudio` decides what the program map announces until the next one. */
  startSegment(hasAudio: boolean): void {
    if (this.#pmtVersion < 0 || hasAudio !== this.#hasAudio) this.#pmtVersion = (this.#pmtVersion + 1) & 31;
    this.#hasAudio = hasAudio;
    this.#buffer = newBytes(this.#expectedBytes);
    this.#size = 0;
    this.#takenSize = 0;
    this.#open = true;
    this.#lastPcr = Number.NEGATIVE_INFINITY;
    this.#writeTable(0, [0x00, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | (pidPmt >> 8), pidPmt & 0xff]);
    const streams = [0x1b, 0xe0 | (pidVideo >> 8), pidVideo & 0xff, 0xf0, 0];
    if (hasAudio) streams.push(0x0f, 0xe0 | (pidAudio >> 8), pidAudio & 0xff, 0xf0, 0);
    const version = 0xc1 | (this.#pmtVersion << 1);
    const head = [0xe0 | (pidVideo >> 8), pidVideo & 0xff, 0xf0, 0];
    this.#writeTable(pidPmt, [0x02, 0xb0, 13 + streams.length, 0, 1, version, 0, 0, ...head, ...streams]);
  }

  /** Adds a video frame to the open segment. */
  video(unit: TsVideoUnit): void {
    const parts: Uint8Array[] = [delimiter];
    // Parameter sets that came inside the frame would double ours; delimiters likewise.
    const inner = unit.nals.filter((nal) => {
      const type = (nal[0] ?? 0) & 31;
      return (
        nal.length > 0 && type !== 9 && !(unit.keyframe && unit.parameterSets.length > 0 && (type === 7 || type === 8))
      );
    });
    if (unit.keyframe) for (const set of unit.parameterSets) parts.push(startCode, set);
    for (const nal of inner) parts.push(startCode, nal);
    this.#writePes(pidVideo, 0xe0, unit.pts, unit.dts, parts, unit.dts, unit.keyframe);
  }

  /** Adds an audio frame; ignored while the segment announces no audio. */
  audio(unit: TsAudioUnit): void {
    if (!this.#hasAudio) return;
    if (unit.pts - this.#lastPcr > pcrGapTicks && this.#lastPcr !== Number.NEGATIVE_INFINITY)
      this.#writePcrOnly(unit.pts);
    this.#writePes(pidAudio, 0xc0, unit.pts, unit.pts, [unit.adts], undefined, true);
  }

  /** What was added to the open segment since the last call. The bytes stay as they are when the segment goes on. */
  takePart(): Uint8Array {
    const bytes = this.#buffer.subarray(this.#takenSize, this.#size);
    this.#takenSize = this.#size;
    return bytes;
  }

  /** Closes the segment and hands out its bytes. */
  takeSegment(): Uint8Array {
    if (!this.#open) return new Uint8Array(0);
    const bytes = this.#buffer.subarray(0, this.#size);
    this.#expectedBytes = Math.ceil(this.#size * 1.1);
    this.#buffer = new Uint8Array(0);
    this.#open = false;
    this.#size = 0;
    return bytes;
  }

  /** Room for packets at the end of the segment; the place of the first. */
  #reserve(packets: number): number {
    const at = this.#size;
    const size = at + packets * packetBytes;
    if (size > this.#buffer.length) {
      const larger = newBytes(Math.max(256 * 1024, this.#buffer.length * 2, size));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#size = size;
    return at;
  }

  #writeHeader(at: number, pid: number, unitStart: boolean, control: number): void {
    // The counter advances only with payload.
    const carries = (control & 1) === 1;
    const counter = this.#counters.get(pid) ?? (carries ? 0 : 15);
    if (carries) this.#counters.set(pid, (counter + 1) & 15);
    const shown = carries ? counter : (counter + 15) & 15;
    const out = this.#buffer;
    out[at] = 0x47;
    out[at + 1] = (unitStart ? 0x40 : 0) | (pid >> 8);
    out[at + 2] = pid & 0xff;
    out[at + 3] = (control << 4) | shown;
  }

  #writeTable(pid: number, section: readonly number[]): void {
    const at = this.#reserve(1);
    this.#writeHeader(at, pid, true, 1);
    const out = this.#buffer;
    out.fill(0xff, at + 4, at + packetBytes);
    out[at + 4] = 0;
    out.set(section, at + 5);
    const crc = crc32Mpeg(out.subarray(at + 5, at + 5 + section.length));
    new DataView(out.buffer).setUint32(at + 5 + section.length, crc);
  }

  #putPcr(at: number, ticks: number): void {
    const base = wrapped(ticks);
    const out = this.#buffer;
    const high = Math.floor(base / 2);
    new DataView(out.buffer).setUint32(at, high);
    out[at + 4] = ((base % 2) << 7) | 0x7e;
    out[at + 5] = 0;
    this.#lastPcr = ticks;
  }

  #writePcrOnly(ticks: number): void {
    const at = this.#reserve(1);
    this.#writeHeader(at, pidVideo, false, 2);
    this.#buffer.fill(0xff, at + 4, at + packetBytes);
    this.#buffer[at + 4] = 183;
    this.#buffer[at + 5] = 0x10;
    this.#putPcr(at + 6, ticks);
  }

  #writePes(
    pid: number,
    streamId: number,
    pts: number,
    dts: number,
    parts: readonly Uint8Array[],
    pcr: number | undefined,
    randomAccess: boolean,
  ): void {
    const both = dts !== pts;
    const headerSize = both ? 19 : 14;
    let left = headerSize;
    for (const part of parts) left += part.length;
    const header = new Uint8Array(headerSize);
    header.set([0, 0, 1, streamId]);
    // Video units may be larger than 16 bits; 0 means "until the next one".
    const length = pid === pidVideo ? 0 : left - 6;
    header.set([length >> 8, length & 0xff, 0x84, both ? 0xc0 : 0x80, headerSize - 9], 4);
    putTimestamp(header, 9, both ? 3 : 2, pts);
    if (both) putTimestamp(header, 14, 1, dts);
    const field = pcr === undefined ? (randomAccess ? 2 : 0) : 8;
    const packets = Math.ceil((left + field) / packetRoom);
    const begin = this.#reserve(packets);
    const out = this.#buffer;
    // all in one piece at the end first: from there each packet's share moves forward to its place
    let from = this.#size - left;
    let to = from;
    for (const part of [header, ...parts]) {
      out.set(part, to);
      to += part.length;
    }
    for (let packet = 0; packet < packets; packet++) {
      const at = begin + packet * packetBytes;
      const first = packet === 0;
      const adaptation = packet === packets - 1 ? packetRoom - (this.#size - from) : first ? field : 0;
      this.#writeHeader(at, pid, first, adaptation > 0 ? 3 : 1);
      if (adaptation > 0) {
        out[at + 4] = adaptation - 1;
        if (adaptation > 1) {
          out.fill(0xff, at + 6, at + 4 + adaptation);
          out[at + 5] = first ? (randomAccess ? 0x40 : 0) | (pcr === undefined ? 0 : 0x10) : 0;
          if (first && pcr !== undefined) this.#putPcr(at + 6, pcr);
        }
      }
      const share = packetRoom - adaptation;
      out.copyWithin(at + 4 + adaptation, from, from + share);
      from += share;
    }
  }
}
