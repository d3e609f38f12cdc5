// What a segment of 2 MB costs that is handed on: a gateway, an orchestrator without a transcoder of its own, and a remote
// transcoder that encodes nothing. Before and after run a bare server that takes and hashes the same bytes, and a bare relay that
// also hands them on and takes and hashes the answer.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchNodes, pause, remuxNode } from "../bench-nodes.ts";
import { rounded } from "../bench-record.ts";
import { bareCpuMs } from "../overhead/bare-cpu.ts";
import { startLinked } from "../overhead/process-link.ts";
import { processCpuSeconds } from "../sessions/process-figures.ts";
import type { PublisherReport } from "../sessions/publisher-process.ts";
import { ladder, ladderNames, ladderTracks } from "./clip.ts";
import { viewHls } from "./hls-viewer.ts";

const streams = 6;
const bytesPerSecond = 1_000_000;
const segmentSeconds = 2;
const warmUpMs = 10_000;
const drainMs = 6000;
const answerBytes = ladder.reduce((sum, { bitrateBps }) => sum + (bitrateBps / 8) * segmentSeconds, 0);

export type RelayFigures = Awaited<ReturnType<typeof measureRelay>>;

/** Streams of 8 Mbit/s for `seconds`. */
export async function measureRelay(seconds: number) {
  const before = await bareCpuMs(answerBytes);
  const figures = await BenchNodes.with(async (nodes) => {
    const secret = join(nodes.folder, "secret");
    await writeFile(secret, "between us", { mode: 0o600 });
    const { node: orchestrator, address } = await nodes.startOrchestrator(["-orchSecret", secret]);
    const transcoder = await nodes.start(
      "transcoder",
      ["-transcoder", "-orchSecret", secret, "-orchAddr", address, "-maxSessions", "100", "-cliAddr", "127.0.0.1:0"],
      remuxNode,
    );
    const gateway = await nodes.startGateway([address], ladderNames);
    const publisher = await startLinked("../sessions/publisher-process.ts", []);
    const seen = new Map<string, number>();
    try {
      const names = Array.from({ length: streams }, (_, i) => `relay-${i}`);
      await publisher.call("start", { port: gateway.rtmpPort, names, bytesPerSecond });
      const viewers = names.map((stream) =>
        viewHls({
          base: gateway.url,
          stream,
          tracks: ladderTracks,
          pollMs: 1000,
          onSegment: (track) => seen.set(track, (seen.get(track) ?? 0) + 1),
        }),
      );
      await pause(warmUpMs);
      const processes = { orchestrator, gateway: gateway.node, transcoder };
      const cpu = () => Object.entries(processes).map(([, { pid }]) => processCpuSeconds(pid));
      const begun = cpu();
      const countBegun = [...seen.values()].reduce((sum, count) => sum + count, 0);
      await pause(seconds * 1000);
      const spent = cpu().map((value, i) => value - (begun[i] as number));
      const count = ([...seen.values()].reduce((sum, n) => sum + n, 0) - countBegun) / ladderTracks.length;
      const published = await publisher.call<PublisherReport>("stop");
      await pause(drainMs);
      await Promise.all(viewers.map((viewer) => viewer.stop()));
      const [orchestratorMs, gatewayMs, transcoderMs] = spent.map((value) => rounded((value * 1000) / count, 2));
      return {
        streams,
        segmentBytes: bytesPerSecond * segmentSeconds,
        segments: rounded(count, 1),
        published: published.segments,
        seen: Object.fromEntries(seen),
        cpuMsPerSegment: { orchestrator: orchestratorMs, gateway: gatewayMs, transcoder: transcoderMs },
      };
    } finally {
      await publisher.stop();
    }
  });
  const after = await bareCpuMs(answerBytes);
  return {
    ...figures,
    bareCpuMs: { before, after },
  };
}
