import { parseH264Sps } from "../codecs/h264-sps.ts";
import { parseHevcSps } from "../codecs/hevc-sps.ts";
import { maxPictureSide, type PictureFormat } from "../codecs/picture-format.ts";
import type { SegmentProbe } from "../segments/media-segment.ts";
import type { ScannedFrame, SegmentScan } from "../segments/scan-segment.ts";
import { type Mp4Box, readBoxes } from "./mp4-box.ts";

type Track = {
  id: number;
  kind: "video" | "audio" | "other";
  timescale: number;
  videoCodec: SegmentProbe["videoCodec"];
  audioCodec: SegmentProbe["audioCodec"];
  foreignCodec?: string;
  format: PictureFormat | undefined;
  /** Media time that is presented at 0, in the track's timescale; negative after an empty edit. */
  mediaStart: number;
  rotated: boolean;
  frames: ScannedFrame[];
  defaultDuration: number;
  defaultFlags: number;
};

// A segment is at most 300 s; far more samples than this means a damaged or hostile table.
const maxSamples = 200_000;

const startBoxes = new Set(["ftyp", "styp", "moov", "moof", "mdat", "free", "skip", "wide", "sidx"]);

/** True when the bytes start like ISO BMFF (MP4). */
export function looksLikeMp4(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && startBoxes.has(String.fromCharCode(...bytes.subarray(4, 8)));
}

const videoEntries: Readonly<Record<string, SegmentProbe["videoCodec"]>> = {
  avc1: "h264",
  avc3: "h264",
  hvc1: "hevc",
  hev1: "hevc",
  vp08: "vp8",
  vp09: "vp9",
};

const foreignEntries: Readonly<Record<string, string>> = {
  av01: "av1",
  mp4v: "mpeg4",
  vvc1: "vvc",
  vvi1: "vvc",
  jpeg: "mjpeg",
  s263: "h263",
  "vc-1": "vc1",
  apch: "prores",
  apcn: "prores",
  ap4h: "prores",
};

/** The four letters as a text that may go into a log. */
function printable(type: string): string {
  return type.replace(/[^\w.-]/g, "?");
}

function sizedFormat(width: number, height: number): PictureFormat | undefined {
  if (width < 1 || height < 1 || width > maxPictureSide || height > maxPictureSide) return undefined;
  return { width, height, chroma: 0, colorDepthMinus8: 0 };
}

function formatOfConfig(entry: Mp4Box): PictureFormat | undefined {
  const avc = entry.child("avcC", 78);
  if (avc !== undefined && (avc.u8(5) & 31) > 0) {
    const length = avc.u16(6);
    return parseH264Sps(avc.bytes(8, length));
  }
  const hevc = entry.child("hvcC", 78);
  if (hevc !== undefined) {
    let at = 23;
    for (let array = 0; array < hevc.u8(22) && at < hevc.size; array++) {
      const type = hevc.u8(at) & 63;
      const count = hevc.u16(at + 1);
      at += 3;
      for (let i = 0; i < count && at < hevc.size; i++) {
        const length = hevc.u16(at);
        if (type === 33) return parseHevcSps(hevc.bytes(at + 2, length));
        at += 2 + length;
      }
    }
  }
  const vp = entry.child("vpcC", 78);
  const size = sizedFormat(entry.u16(24), entry.u16(26));
  if (vp !== undefined && size !== undefined) {
    const packed = vp.u8(6);
    const chroma = (packed >> 1) & 7;
    return {
      ...size,
      chroma: chroma === 3 ? 2 : chroma === 2 ? 1 : 0,
      colorDepthMinus8: Math.max(0, (packed >> 4) - 8),
    };
  }
  return size;
}

function describe(track: Track, stsd: Mp4Box | undefined): void {
  const entry = stsd === undefined ? undefined : readBoxes(stsd.body(8))[0];
  if (entry === undefined) return;
  if (track.kind === "video") {
    track.videoCodec = videoEntries[entry.type] ?? "other";
    if (track.videoCodec === "other") track.foreignCodec = foreignEntries[entry.type] ?? printable(entry.type);
    track.format = formatOfConfig(entry);
    if (track.rotated && track.format !== undefined) {
      track.format = { ...track.format, width: track.format.height, height: track.format.width };
    }
  } else if (track.kind === "audio") {
    track.audioCodec =
      entry.type === "mp4a" ? "aac" : entry.type === "Opus" ? "opus" : entry.type === ".mp3" ? "mp3" : "other";
  }
}

function sampleTimes(stbl: Mp4Box, count: number): { dts: number[]; offsets: number[] } {
  const dts: number[] = [];
  const stts = stbl.child("stts");
  let time = 0;
  for (let i = 0; stts !== undefined && i < stts.u32(4) && dts.length < count; i++) {
    const delta = stts.u32(12 + i * 8);
    const end = Math.min(count, dts.length + stts.u32(8 + i * 8));
    if (8 + i * 8 >= stts.size) break;
    while (dts.length < end) {
      dts.push(time);
      time += delta;
    }
  }
  const offsets: number[] = [];
  const ctts = stbl.child("ctts");
  for (let i = 0; ctts !== undefined && i < ctts.u32(4) && offsets.length < count; i++) {
    if (8 + i * 8 >= ctts.size) break;
    const end = Math.min(count, offsets.length + ctts.u32(8 + i * 8));
    const offset = ctts.i32(12 + i * 8);
    while (offsets.length < end) offsets.push(offset);
  }
  return { dts, offsets };
}

function addTableSamples(track: Track, stbl: Mp4Box, fileSize: number): void {
  const stsz = stbl.child("stsz");
  if (stsz === undefined) return;
  const fixed = stsz.u32(4);
  let count = Math.min(stsz.u32(8), maxSamples);
  if (fixed === 0) count = Math.min(count, Math.max(0, Math.floor((stsz.size - 12) / 4)));
  let total = 0;
  const stss = stbl.child("stss");
  const sync = new Set<number>();
  for (let i = 0; stss !== undefined && i < stss.u32(4) && 8 + i * 4 < stss.size; i++) sync.add(stss.u32(8 + i * 4));
  const { dts, offsets } = sampleTimes(stbl, count);
  for (let i = 0; i < count; i++) {
    total += fixed === 0 ? stsz.u32(12 + i * 4) : fixed;
    // Samples that cannot be in the file are not there.
    if (total > fileSize) break;
    const time = (dts[i] ?? dts.at(-1) ?? 0) + (offsets[i] ?? 0) - track.mediaStart;
    track.frames.push({
      pts: Math.round((time * 90_000) / track.timescale),
      keyframe: stss === undefined || sync.has(i + 1),
      format: track.format,
    });
  }
}

function readTrack(trak: Mp4Box, movieTimescale: number, fileSize: number): Track | undefined {
  const tkhd = trak.child("tkhd");
  const mdia = trak.child("mdia");
  const mdhd = mdia?.child("mdhd");
  if (tkhd === undefined || mdia === undefined || mdhd === undefined) return undefined;
  const handler = mdia.child("hdlr")?.text(8, 4);
  const longHeader = tkhd.u8(0) === 1;
  const matrix = longHeader ? 52 : 40;
  const elst = trak.child("edts")?.child("elst");
  const track: Track = {
    id: tkhd.u32(longHeader ? 20 : 12),
    kind: handler === "vide" ? "video" : handler === "soun" ? "audio" : "other",
    timescale: Math.max(1, mdhd.u32(mdhd.u8(0) === 1 ? 20 : 12)),
    videoCodec: "",
    audioCodec: "",
    format: undefined,
    mediaStart: 0,
    rotated: tkhd.i32(matrix) === 0 && tkhd.i32(matrix + 4) !== 0,
    frames: [],
    defaultDuration: 0,
    defaultFlags: 0,
  };
  let emptySeconds = 0;
  for (let i = 0; elst !== undefined && i < Math.min(elst.u32(4), 16); i++) {
    const long = elst.u8(0) === 1;
    const at = 8 + i * (long ? 20 : 12);
    const mediaTime = long ? (elst.i32(at + 8) < 0 ? -1 : elst.u64(at + 8)) : elst.i32(at + 4);
    if (mediaTime >= 0) {
      track.mediaStart = mediaTime;
      break;
    }
    emptySeconds += (long ? elst.u64(at) : elst.u32(at)) / movieTimescale;
  }
  track.mediaStart -= emptySeconds * track.timescale;
  const stbl = mdia.child("minf")?.child("stbl");
  describe(track, stbl?.child("stsd"));
  if (track.kind === "video" && stbl !== undefined) addTableSamples(track, stbl, fileSize);
  return track;
}

function addFragment(tracks: ReadonlyMap<number, Track>, traf: Mp4Box, fileSize: number): void {
  const tfhd = traf.child("tfhd");
  const track = tfhd === undefined ? undefined : tracks.get(tfhd.u32(4));
  if (tfhd === undefined || track === undefined || track.kind !== "video") return;
  const headFlags = tfhd.u32(0) & 0xffffff;
  let at = 8 + (headFlags & 0x01 ? 8 : 0) + (headFlags & 0x02 ? 4 : 0);
  const duration = headFlags & 0x08 ? tfhd.u32(at) : track.defaultDuration;
  at += (headFlags & 0x08 ? 4 : 0) + (headFlags & 0x10 ? 4 : 0);
  const flags = headFlags & 0x20 ? tfhd.u32(at) : track.defaultFlags;
  const tfdt = traf.child("tfdt");
  let time = tfdt === undefined ? 0 : tfdt.u8(0) === 1 ? tfdt.u64(4) : tfdt.u32(4);
  for (const trun of traf.children()) {
    if (trun.type !== "trun") continue;
    const runFlags = trun.u32(0) & 0xffffff;
    const signed = trun.u8(0) === 1;
    let row = 8 + (runFlags & 0x01 ? 4 : 0);
    const firstFlags = runFlags & 0x04 ? trun.u32(row) : undefined;
    if (runFlags & 0x04) row += 4;
    const width =
      (runFlags & 0x100 ? 4 : 0) + (runFlags & 0x200 ? 4 : 0) + (runFlags & 0x400 ? 4 : 0) + (runFlags & 0x800 ? 4 : 0);
    let count = Math.min(trun.u32(4), maxSamples - track.frames.length, fileSize);
    if (width > 0) count = Math.min(count, Math.floor(Math.max(0, trun.size - row) / width));
    for (let i = 0; i < count; i++) {
      let field = row + i * width;
      const step = runFlags & 0x100 ? trun.u32(field) : duration;
      field += (runFlags & 0x100 ? 4 : 0) + (runFlags & 0x200 ? 4 : 0);
      const own = runFlags & 0x400 ? trun.u32(field) : i === 0 && firstFlags !== undefined ? firstFlags : flags;
      field += runFlags & 0x400 ? 4 : 0;
      const offset = runFlags & 0x800 ? (signed ? trun.i32(field) : trun.u32(field)) : 0;
      track.frames.push({
        pts: Math.round(((time + offset - track.mediaStart) * 90_000) / track.timescale),
        keyframe: (own & 0x10000) === 0,
        format: track.format,
      });
      time += step;
    }
  }
}

/** Reads codecs, size, frames and times of an MP4 file, progressive or fragmented, from its boxes. Never throws. */
export function scanMp4(bytes: Uint8Array): SegmentScan {
  const top = readBoxes(bytes);
  const moov = top.find((box) => box.type === "moov");
  const tracks = new Map<number, Track>();
  const mvhd = moov?.child("mvhd");
  const movieTimescale = Math.max(1, mvhd?.u32(mvhd.u8(0) === 1 ? 20 : 12) ?? 1000);
  for (const box of moov?.children() ?? []) {
    const track = box.type === "trak" && tracks.size < 32 ? readTrack(box, movieTimescale, bytes.length) : undefined;
    if (track !== undefined && !tracks.has(track.id)) tracks.set(track.id, track);
  }
  for (const trex of moov?.child("mvex")?.children() ?? []) {
    const track = trex.type === "trex" ? tracks.get(trex.u32(4)) : undefined;
    if (track === undefined) continue;
    track.defaultDuration = trex.u32(12);
    track.defaultFlags = trex.u32(20);
  }
  for (const moof of top) {
    if (moof.type !== "moof") continue;
    for (const traf of moof.children()) if (traf.type === "traf") addFragment(tracks, traf, bytes.length);
  }
  const all = [...tracks.values()];
  const video = all.find((track) => track.kind === "video");
  const audio = all.find((track) => track.kind === "audio");
  return {
    readable: moov !== undefined,
    container: "mp4",
    videoCodec: video?.videoCodec ?? "",
    audioCodec: audio?.audioCodec ?? "",
    ...(video?.foreignCodec === undefined ? {} : { foreignCodec: video.foreignCodec }),
    frames: video?.frames ?? [],
    missingPtsCount: 0,
    audioPts: [],
  };
}
