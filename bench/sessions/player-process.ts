// The player of the sessions bench: reads every playlist, downloads every rendition, and judges by the media's own times.
import { errorText } from "@livepeer-ts/kernel";
import { scanSegment } from "@livepeer-ts/media";
import { serveCalls } from "../overhead/process-link.ts";

export type PlayRequest = {
  readonly base: string;
  readonly names: readonly string[];
  readonly renditions: readonly string[];
};
export type PlayerReport = {
  readonly segments: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
};

type Track = { readonly stream: string; readonly name: string; readonly seen: number[]; lastPts: number };

const pollMs = 1500;
const segmentTicks = 2 * 90_000;
const counts = { duplicated: 0, outOfOrder: 0 };
const tracks: Track[] = [];
let isStopped = false;
let loop: Promise<unknown> = Promise.resolve();

function start({ base, names, renditions }: PlayRequest): void {
  for (const stream of names)
    for (const name of ["source", ...renditions]) tracks.push({ stream, name, seen: [], lastPts: -1 });
  loop = Promise.all(tracks.map((track, i) => follow(base, track, (i * pollMs) / tracks.length)));
}

async function follow(base: string, track: Track, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  while (!isStopped) {
    await look(`${base}/stream/${track.stream}/${track.name}.m3u8`, track);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await look(`${base}/stream/${track.stream}/${track.name}.m3u8`, track);
}

/** A machine that is too busy lets connections fail: the segment counts as lost if it does not come at a later look. */
async function look(url: string, track: Track): Promise<void> {
  try {
    await read(url, track);
  } catch (error) {
    process.stderr.write(`player: ${url}: ${errorText(error)}\n`);
  }
}

async function read(url: string, track: Track): Promise<void> {
  const answer = await fetch(url);
  const playlist = await answer.text();
  if (!answer.ok) return; // not on air yet
  const uris = playlist.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const listed = uris.map((uri) => ({ uri, seqNo: Number(/(\d+)\.ts/.exec(uri)?.[1]) }));
  counts.duplicated += listed.length - new Set(listed.map(({ seqNo }) => seqNo)).size;
  for (const { uri, seqNo } of listed) {
    if (seqNo <= (track.seen.at(-1) ?? -1)) {
      if (!track.seen.includes(seqNo)) counts.outOfOrder++;
      continue;
    }
    if (track.name === "source") {
      track.seen.push(seqNo);
      continue;
    }
    const media = await fetch(new URL(uri, url));
    if (!media.ok) throw new Error(`${uri} answered ${media.status}`);
    const pts = scanSegment(new Uint8Array(await media.arrayBuffer()), "mpegts").frames[0]?.pts ?? -1;
    track.seen.push(seqNo);
    if (pts === track.lastPts) counts.duplicated++;
    else if (track.lastPts >= 0 && Math.abs(pts - track.lastPts - segmentTicks) > 9000) counts.outOfOrder++;
    track.lastPts = pts;
  }
}

async function stop(): Promise<PlayerReport> {
  isStopped = true;
  await loop;
  let lost = 0;
  for (const stream of Map.groupBy(tracks, (track) => track.stream).values()) {
    const last = Math.max(...stream.flatMap(({ seen }) => seen));
    for (const { seen } of stream) {
      const first = seen[0] ?? 0;
      lost += last - first + 1 - new Set(seen).size;
    }
  }
  return {
    segments: tracks.filter(({ name }) => name === "source").reduce((sum, { seen }) => sum + seen.length, 0),
    lost,
    ...counts,
  };
}

serveCalls({ start, stop });
