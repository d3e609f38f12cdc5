import { mp4AudioSamples } from "../mp4/mp4-audio-samples.ts";
import { demuxTs } from "../mpegts/ts-demuxer.ts";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import { countRendition } from "../segments/count-rendition.ts";

/** Differences of packet counts that are let pass, and packets that need not be found, less one. */
const tolerance = 10;
/** Audio packets that are looked at: more than five minutes of any codec in use. */
const maxPackets = 20_000;

/**
 * Second step of the network's fast verification: two renditions of one profile are the same when their size is and their
 * audio packets are, but for a few. Undefined: they are the same; else what differs. Never throws.
 */
export function mediaDifference(a: Uint8Array, b: Uint8Array, container: ContainerFormat): string | undefined {
  const [sizeA, sizeB] = [countRendition(a, container), countRendition(b, container)];
  if (sizeA.width !== sizeB.width || sizeA.height !== sizeB.height)
    return `${sizeB.width}x${sizeB.height} instead of ${sizeA.width}x${sizeA.height}`;
  const [short, long] = [audioPackets(a), audioPackets(b)].sort((x, y) => x.length - y.length) as [
    Uint8Array[],
    Uint8Array[],
  ];
  const difference = long.length - short.length;
  if (difference > tolerance) return `${difference} audio packets more or less`;
  let missing = 0;
  short.forEach((packet, i) => {
    const from = Math.max(0, i - difference - 1);
    const near = long.slice(from, i + difference + 1);
    if (!near.some((other) => isSame(packet, other))) missing++;
  });
  return missing < tolerance ? undefined : `${missing} of ${short.length} audio packets differ`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function audioPackets(bytes: Uint8Array): Uint8Array[] {
  const samples = mp4AudioSamples(bytes, maxPackets);
  if (samples !== undefined) return samples;
  const track = demuxTs(bytes).tracks.find(({ stream }) => stream.kind === "audio");
  if (track === undefined) return [];
  const frames = track.stream.audioCodec === "aac" ? adtsFrames(track.elementary) : [];
  if (frames.length > 0) return frames;
  return track.units.slice(0, maxPackets).map(({ start, end }) => track.elementary.subarray(start, end));
}

/** AAC frames by their own headers: how a muxer groups them does not matter. */
function adtsFrames(elementary: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 7 <= elementary.length && frames.length < maxPackets; ) {
    const isSync = elementary[at] === 0xff && ((elementary[at + 1] as number) & 0xf6) === 0xf0;
    const size =
      (((elementary[at + 3] as number) & 3) << 11) |
      ((elementary[at + 4] as number) << 3) |
      ((elementary[at + 5] as number) >> 5);
    if (!isSync || size < 7) {
      at++;
      continue;
    }
    frames.push(elementary.subarray(at, at + size));
    at += size;
  }
  return frames;
}
