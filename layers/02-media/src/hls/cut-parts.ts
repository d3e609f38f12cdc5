import { demuxTs } from "../mpegts/ts-demuxer.ts";
import { unwrapTicks } from "../segments/scan-segment.ts";

/** A piece of a segment, as players get it. */
export type SegmentPart = {
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  /** Begins with a keyframe. */
  readonly isIndependent: boolean;
};

const packetBytes = 188;

/**
 * The packets in front of the media of a transport stream: its tables, without which a part cannot be read by itself.
 * Empty when the bytes are no transport stream.
 */
export function tablesOf(bytes: Uint8Array): Uint8Array {
  let at = 0;
  for (; at + packetBytes <= bytes.length && bytes[at] === 0x47 && !startsPes(bytes, at); at += packetBytes);
  return bytes.subarray(0, at);
}

function startsPes(bytes: Uint8Array, packet: number): boolean {
  const control = bytes[packet + 3] as number;
  if (((bytes[packet + 1] as number) & 0x40) === 0 || (control & 0x10) === 0) return false;
  const payload = packet + 4 + ((control & 0x20) === 0 ? 0 : 1 + (bytes[packet + 4] as number));
  return bytes[payload] === 0 && bytes[payload + 1] === 0 && bytes[payload + 2] === 1;
}

/**
 * Cuts a whole MPEG-TS segment at access units into parts that are as long as `partMs` allows; put together they are the segment.
 * Empty for what cannot be cut: other containers, no pictures, times that run backwards.
 */
export function cutParts(bytes: Uint8Array, durationMs: number, partMs: number): SegmentPart[] {
  if (bytes[0] !== 0x47 || bytes.length % packetBytes !== 0) return [];
  const video = demuxTs(bytes).tracks.find(({ stream }) => stream.kind === "video");
  const frames = video === undefined ? [] : frameStarts(video);
  const first = frames[0];
  if (first === undefined) return [];
  const endTicks = first.dts + durationMs * 90;
  const parts: SegmentPart[] = [];
  let start = { packet: 0, dts: first.dts, isIndependent: true };
  const close = (packet: number, dts: number) => {
    const durationMs = (dts - start.dts) / 90;
    parts.push({ bytes: bytes.subarray(start.packet, packet), durationMs, isIndependent: start.isIndependent });
  };
  for (const [i, frame] of frames.entries()) {
    const next = frames[i + 1]?.dts ?? endTicks;
    if (next <= frame.dts && i + 1 < frames.length) return [];
    if (frame === first || next - start.dts <= partMs * 90) continue;
    close(frame.packet, frame.dts);
    // random access indicator
    start = { ...frame, isIndependent: hasRandomAccess(bytes, frame.packet) };
  }
  if (endTicks <= start.dts) return [];
  close(bytes.length, endTicks);
  return parts;
}

function hasRandomAccess(bytes: Uint8Array, packet: number): boolean {
  const hasField = ((bytes[packet + 3] as number) & 0x20) !== 0 && (bytes[packet + 4] as number) > 0;
  return hasField && ((bytes[packet + 5] as number) & 0x40) !== 0;
}

type VideoTrack = ReturnType<typeof demuxTs>["tracks"][number];

/** Packet and decode time of every frame. */
function frameStarts({ units, pieces }: VideoTrack): { packet: number; dts: number }[] {
  const frames: { packet: number; dts: number }[] = [];
  let piece = 0;
  let before = 0;
  for (const { start, end, dts } of units) {
    if (dts === undefined || end === start) continue;
    while (piece < pieces.length && before + (pieces[piece + 1] as number) <= start) {
      before += pieces[piece + 1] as number;
      piece += 2;
    }
    if (piece >= pieces.length) break;
    const packet = Math.floor((pieces[piece] as number) / packetBytes) * packetBytes;
    frames.push({ packet, dts: unwrapTicks(dts, frames.at(-1)?.dts ?? dts) });
  }
  return frames;
}
