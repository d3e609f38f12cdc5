// How many streams one core of a gateway carries: RTMP in, segments to orchestrators that encode nothing, renditions out as HLS.
// The gateway and the orchestrators are the product's own processes; what they cost is read from /proc, what they lost is counted
// by a player. `--sessions N`, `--mbit M` (each stream's rate), `--seconds S`, `--record` (keeps the figures in bench/results).
// Publishers, orchestrators and players share the machine with the gateway: N is what it carries with all of them, and a core's share
// is reckoned from the gateway's CPU time. Two cores carry 60 streams of 2 Mbit/s, or 20 of 8.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ChildRole } from "../node/src/supervisor/child-role.ts";
import { freePort } from "../node/src/supervisor/free-port.ts";
import { BenchNodes, pause, remuxNode } from "./bench-nodes.ts";
import { benchOrigin, percentile, publishRecord, rounded } from "./bench-record.ts";
import { bareCpuMs, slowness } from "./overhead/bare-cpu.ts";
import { type Linked, startLinked } from "./overhead/process-link.ts";
import { growsBeyond, keptGrowth, settledSeconds } from "./sessions/kept-growth.ts";
import type { Kept } from "./sessions/kept-memory.ts";
import type { PlayerReport } from "./sessions/player-process.ts";
import { processCpuSeconds, processRssBytes } from "./sessions/process-figures.ts";
import type { PublisherReport } from "./sessions/publisher-process.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "60" },
    mbit: { type: "string", default: "2" },
    seconds: { type: "string", default: "600" },
    record: { type: "boolean", default: false },
  },
});
type Memory = { readonly node: ChildRole; readonly looks: Kept[] };

const sessions = Number(values.sessions);
const mbit = Number(values.mbit);
const seconds = Number(values.seconds);
const warmUpSeconds = 20;
const sampleSeconds = 5;
/** Memory is looked at when this share of the time is over, and so many times more. */
const settledAfter = 0.5;
const looks = 10;
const ladder = [
  { name: "low", width: 640, height: 360, bitrate: 400_000, fps: 0 },
  { name: "tiny", width: 426, height: 240, bitrate: 200_000, fps: 0 },
];
/** Streams one core must carry, by their rate; a slower machine fewer. */
const limits: Readonly<Record<number, number>> = { 2: 200, 8: 60 };
const loopDelayLimitMs = 20;
const growthLimitMbPerHour = 1;
/** What a segment's renditions have together, bytes. */
const answerBytes = ladder.reduce((sum, { bitrate }) => sum + (bitrate / 8) * 2, 0);

const origin = benchOrigin();
const linked: Linked[] = [];

/** The p99 of the event loop's delay since the last look, ms, as the node's own metrics say. */
async function loopDelayMs(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return 1000 * Number(/^livepeer_event_loop_delay_p99_seconds(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1]);
}

/** What nodes keep in memory, one after the other. */
async function lookAt(memories: readonly Memory[], nodes: BenchNodes): Promise<void> {
  for (const { node, looks } of memories) looks.push(await nodes.kept(node));
}

async function measure(nodes: BenchNodes): Promise<void> {
  const before = await bareCpuMs(answerBytes);
  const first = await nodes.startOrchestrator(["-transcoder"], remuxNode);
  const second = await nodes.startOrchestrator(["-transcoder"], remuxNode);
  const addresses = [first.address, second.address];
  const ladderFile = join(nodes.folder, "ladder.json");
  await writeFile(ladderFile, JSON.stringify(ladder));
  const [httpPort, rtmpPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const gatewayArgs = [
    ...["-gateway", "-transcodingOptions", ladderFile, "-orchAddr", addresses.join(",")],
    ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${rtmpPort}`],
    ...["-monitor", "-cliAddr", `127.0.0.1:${adminPort}`, "-maxSessions", "1000"],
  ];
  const gateway = await nodes.start("gateway", gatewayArgs);
  const names = Array.from({ length: sessions }, (_, i) => `s${i}`);
  const player = await startLinked("../sessions/player-process.ts", []);
  linked.push(player);
  const publisher = await startLinked("../sessions/publisher-process.ts", []);
  linked.push(publisher);
  await publisher.call("start", { port: rtmpPort, names, bytesPerSecond: (mbit * 1e6) / 8 });
  await player.call("start", {
    base: `http://127.0.0.1:${httpPort}`,
    names,
    renditions: ladder.map(({ name }) => name),
  });
  await pause(warmUpSeconds * 1000);

  const begun = performance.now();
  const delays: number[] = [];
  const memories = [gateway, first.node].map((node): Memory => ({ node, looks: [] }));
  // a look collects garbage: neither its CPU time nor its delay are the streams'
  const streaming = { cpuSeconds: 0, ms: 0 };
  for (let look = 0; look <= looks; look++) {
    const until = begun + seconds * 1000 * (settledAfter + ((1 - settledAfter) * look) / looks);
    await loopDelayMs(adminPort);
    const [cpuFrom, from] = [processCpuSeconds(gateway.pid), performance.now()];
    while (performance.now() < until) {
      await pause(Math.min(sampleSeconds * 1000, until - performance.now()));
      delays.push(await loopDelayMs(adminPort));
    }
    streaming.cpuSeconds += processCpuSeconds(gateway.pid) - cpuFrom;
    streaming.ms += performance.now() - from;
    await lookAt(memories, nodes);
  }
  const rssBytes = processRssBytes(gateway.pid);
  const published = await publisher.call<PublisherReport>("stop");
  await pause(6000); // the last segments arrive
  const played = await player.call<PlayerReport>("stop");
  await nodes.stopAll();
  const after = await bareCpuMs(answerBytes);

  const cores = (streaming.cpuSeconds * 1000) / streaming.ms;
  const figures = {
    sessions,
    mbit,
    seconds: rounded(streaming.ms / 1000, 1),
    gatewayCores: rounded(cores),
    sessionsPerCore: rounded(sessions / cores, 0),
    bareCpuMs: { before, after },
    loopDelayP99Ms: { middle: rounded(percentile(delays, 0.5), 1), worst: rounded(Math.max(...delays), 1) },
    rssMb: rounded(rssBytes / 1e6, 0),
    kept: Object.fromEntries(memories.map(({ node, looks }) => [node.name, keptGrowth(looks)])),
    segmentsPublished: published.segments,
    ...played,
  };
  const limit = rounded((limits[mbit] ?? 0) / slowness([before, after]), 0);
  const harmed = played.lost + played.duplicated + played.outOfOrder;
  const failures = [
    figures.sessionsPerCore < limit && `fewer than ${limit} streams a core`,
    figures.loopDelayP99Ms.middle > loopDelayLimitMs && `the event loop is later than ${loopDelayLimitMs} ms`,
    ...Object.entries(figures.kept).map(
      ([name, kept]) =>
        seconds * settledAfter >= settledSeconds &&
        growsBeyond(kept, growthLimitMbPerHour) &&
        `the ${name}'s memory grows`,
    ),
    harmed > 0 && "segments were lost, doubled or out of order",
  ].filter((failure) => failure !== false);
  publishRecord(`sessions-${mbit}mbit`, { ...origin, figures, failures }, values.record);
  process.exitCode = failures.length === 0 ? 0 : 1;
  if (harmed > 0) process.stderr.write(readFileSync(join(nodes.folder, "gateway.log"), "utf8").slice(-2000));
}

await BenchNodes.with(async (nodes) => {
  try {
    await measure(nodes);
  } finally {
    await Promise.all(linked.map((process) => process.stop()));
  }
});
