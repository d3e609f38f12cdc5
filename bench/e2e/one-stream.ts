// One RTMP stream through a gateway and an orchestrator that transcodes: what the orchestrator spends beside the bare command line
// on the same segments, and what both processes keep in memory.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFfmpeg, publishClip } from "@livepeer-ts/media/adapters";
import { bareLadderArgs, runBare } from "../bare-ladder.ts";
import { BenchNodes, pause } from "../bench-nodes.ts";
import { rounded, treeCpuSeconds } from "../bench-record.ts";
import { keptGrowth } from "../sessions/kept-growth.ts";
import type { Kept } from "../sessions/kept-memory.ts";
import { processCpuSeconds, processRssBytes, processTreeCpuSeconds } from "../sessions/process-figures.ts";
import { clip, ladder, ladderNames, ladderTracks } from "./clip.ts";
import { viewHls } from "./hls-viewer.ts";

/** Segments that the bare command line does again, spread over the stream. */
const bareSegments = 40;
const sampleMs = 2000;
const drainMs = 8000;
/** x264 preset of a transcoder without `-transcoderPreset`. */
const preset = "medium";
/** How often memory is looked at after the first time. */
const looks = 10;

/** Resident bytes over time, and what was kept then and for half as long after it: what starting fills is full by then. */
type MemorySamples = { readonly rss: number[]; readonly kept: Kept[] };

const memory = ({ rss, kept }: MemorySamples) => ({
  rssMb: rounded((rss.at(-1) ?? 0) / 1e6, 1),
  mostMb: rounded(Math.max(...rss) / 1e6, 1),
  kept: keptGrowth(kept),
});

export type OneStreamFigures = Awaited<ReturnType<typeof measureOneStream>>;

/** Publishes for `seconds` and half as long again, then encodes some of the segments again with ffmpeg alone. */
export function measureOneStream(seconds: number) {
  return BenchNodes.with(async (nodes) => {
    const { path: ffmpegPath, version } = await findFfmpeg();
    const { node: orchestrator, address } = await nodes.startOrchestrator(["-transcoder"]);
    const gateway = await nodes.startGateway([address], ladderNames);
    const every = Math.max(1, Math.ceil((seconds * 1.5) / 2 / bareSegments));
    const kept: string[] = [];
    const saving: Promise<void>[] = [];
    const counts = new Map<string, number>();
    const viewer = viewHls({
      base: gateway.url,
      stream: "one",
      tracks: ["source", ...ladderTracks],
      pollMs: 1000,
      onSegment(track, seqNo, bytes) {
        counts.set(track, (counts.get(track) ?? 0) + 1);
        if (track !== "source" || seqNo % every !== 0) return;
        const file = join(nodes.folder, `source-${seqNo}.ts`);
        kept.push(file);
        saving.push(writeFile(file, bytes));
      },
    });
    const begun = {
      orchestrator: processTreeCpuSeconds(orchestrator.pid),
      node: processCpuSeconds(orchestrator.pid),
      gateway: processCpuSeconds(gateway.node.pid),
    };
    const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${gateway.rtmpPort}/live/one` });
    const samples: Record<"gateway" | "orchestrator", MemorySamples> = {
      gateway: { rss: [], kept: [] },
      orchestrator: { rss: [], kept: [] },
    };
    const processes = [
      { node: gateway.node, of: samples.gateway },
      { node: orchestrator, of: samples.orchestrator },
    ];
    const lookAtKept = async () => {
      for (const { node, of } of processes) of.kept.push(await nodes.kept(node));
    };
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await pause(sampleMs);
      for (const { node, of } of processes) of.rss.push(processRssBytes(node.pid));
    }
    // looking takes memory itself, so growth is measured after everything else
    await lookAtKept();
    for (let look = 0; look < looks; look++) {
      await pause((seconds * 500) / looks);
      await lookAtKept();
    }
    const exit = await publisher.stop();
    if (exit.code === null && exit.signal === null) throw new Error(`no publisher: ${exit.stderr}`);
    await pause(drainMs);
    await viewer.stop();
    const spent = {
      orchestrator: processTreeCpuSeconds(orchestrator.pid) - begun.orchestrator,
      node: processCpuSeconds(orchestrator.pid) - begun.node,
      gateway: processCpuSeconds(gateway.node.pid) - begun.gateway,
    };
    // ffmpeg has the machine for itself
    await nodes.stopAll();
    await Promise.all(saving);
    const before = treeCpuSeconds().children;
    for (const file of kept) {
      const outputs = ladder.map(({ name }) => join(nodes.folder, `${name}.ts`));
      await runBare(ffmpegPath, bareLadderArgs({ profiles: ladder, preset, threads: undefined }, file, outputs));
    }
    const bare = (treeCpuSeconds().children - before) / kept.length;
    const segments = counts.get("source") ?? 0;
    const transcoded = Math.max(...ladderTracks.map((name) => counts.get(name) ?? 0));
    const ours = spent.orchestrator / transcoded;
    return {
      ffmpeg: version,
      seconds,
      segments,
      renditions: Object.fromEntries(ladderTracks.map((name) => [name, counts.get(name) ?? 0])),
      cpuMsPerSegment: {
        orchestratorWithFfmpeg: rounded(ours * 1000, 1),
        orchestratorAlone: rounded((spent.node / transcoded) * 1000, 1),
        gateway: rounded((spent.gateway / segments) * 1000, 1),
        bareFfmpeg: rounded(bare * 1000, 1),
        bareSegments: kept.length,
      },
      cpuRatio: rounded(ours / bare),
      memory: { gateway: memory(samples.gateway), orchestrator: memory(samples.orchestrator) },
    };
  });
}
