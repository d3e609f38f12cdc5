// How long a viewer waits: from the publisher's start until a player has the first rendition segment, on streams to processes
// that have just started and on further streams.
import { publishClip } from "@livepeer-ts/media/adapters";
import { type BenchGateway, BenchNodes, spreadOf } from "../bench-nodes.ts";
import { rounded } from "../bench-record.ts";
import { clip, ladderNames, ladderTracks } from "./clip.ts";

const pollMs = 50;
const limitMs = 30_000;

/** When a player has the first segment of each rendition, ms after the publisher's start. */
async function firstRenditions(gateway: BenchGateway, stream: string): Promise<{ first: number; all: number }> {
  const started = performance.now();
  const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${gateway.rtmpPort}/live/${stream}` });
  try {
    const times = await Promise.all(
      ladderTracks.map(async (track) => {
        const list = `${gateway.url}/stream/${stream}/${track}.m3u8`;
        for (;;) {
          if (performance.now() - started > limitMs) throw new Error(`no ${track} of ${stream} within ${limitMs} ms`);
          const answer = await fetch(list);
          const uri = (await answer.text()).split("\n").find((line) => line !== "" && !line.startsWith("#"));
          if (answer.ok && uri !== undefined) {
            const media = await fetch(new URL(uri, list));
            if ((await media.arrayBuffer()).byteLength > 0 && media.ok) return performance.now() - started;
          }
          await new Promise((resolve) => setTimeout(resolve, pollMs));
        }
      }),
    );
    return { first: Math.min(...times), all: Math.max(...times) };
  } finally {
    await publisher.stop();
  }
}

export type FirstRenditionFigures = Awaited<ReturnType<typeof measureFirstRenditions>>;

/** `runs` times new processes with a cold stream and two warm ones. */
export async function measureFirstRenditions(runs: number) {
  const times = { cold: [] as number[], warm: [] as number[] };
  for (let run = 0; run < runs; run++) {
    await BenchNodes.with(async (nodes) => {
      const { address } = await nodes.startOrchestrator(["-transcoder"]);
      const gateway = await nodes.startGateway([address], ladderNames);
      times.cold.push((await firstRenditions(gateway, "cold")).first);
      for (const name of ["warm-1", "warm-2"]) times.warm.push((await firstRenditions(gateway, name)).first);
    });
  }
  const seconds = (values: readonly number[]) =>
    spreadOf(
      values.map((ms) => ms / 1000),
      2,
    );
  const all = [...times.cold, ...times.warm];
  return {
    streams: all.length,
    coldSeconds: seconds(times.cold),
    warmSeconds: seconds(times.warm),
    worstSeconds: rounded(Math.max(...all) / 1000, 2),
  };
}
