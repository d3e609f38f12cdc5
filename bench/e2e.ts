// The whole path with real processes: an ffmpeg that publishes over RTMP, a gateway, an orchestrator, a player that reads HLS from
// outside. CPU and memory are read from /proc; CPU figures are ratios to a reference of the same run where the machine's speed
// decides. `--only NAMES` runs some parts (stream, first, relay, discovery), `--seconds S` is the length of the one stream whose
// memory is watched, `--record` keeps the figures in bench/results. Linux only.
import { parseArgs } from "node:util";
import { benchOrigin, currentLoad, publishRecord } from "./bench-record.ts";
import { type DiscoveryFigures, measureDiscovery } from "./e2e/discovery.ts";
import { type FirstRenditionFigures, measureFirstRenditions } from "./e2e/first-rendition.ts";
import { measureOneStream, type OneStreamFigures } from "./e2e/one-stream.ts";
import { measureRelay, type RelayFigures } from "./e2e/relay.ts";
import { slowness } from "./overhead/bare-cpu.ts";
import { growsBeyond, settledSeconds } from "./sessions/kept-growth.ts";

const partNames = ["stream", "first", "relay", "discovery"] as const;
const { values } = parseArgs({
  options: {
    only: { type: "string", default: partNames.join(",") },
    seconds: { type: "string", default: "600" },
    runs: { type: "string", default: "5" },
    record: { type: "boolean", default: false },
  },
});
const parts = values.only.split(",");
const [seconds, runs] = [Number(values.seconds), Number(values.runs)];
const unknown = parts.filter((part) => !(partNames as readonly string[]).includes(part));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(", ")}: write ${partNames.join(", ")}`);
if (!(seconds >= 10) || !(runs >= 1)) throw new Error("give --seconds from 10 on and --runs from 1 on");
const relaySeconds = Math.min(60, seconds);

const limits = {
  cpuRatio: 1.05,
  firstRenditionSeconds: 4.5,
  relayCpuMs: { orchestrator: 15, gateway: 20 },
  rssMb: 150,
  growthMbPerHour: 1,
  sessionMs: { cold: 1000, known: 500 },
};

const figures: {
  stream?: OneStreamFigures;
  first?: FirstRenditionFigures;
  relay?: RelayFigures;
  discovery?: DiscoveryFigures;
} = {};
const origin = benchOrigin();
if (parts.includes("first")) figures.first = await measureFirstRenditions(runs);
if (parts.includes("relay")) figures.relay = await measureRelay(relaySeconds);
if (parts.includes("discovery")) figures.discovery = await measureDiscovery(runs);
if (parts.includes("stream")) figures.stream = await measureOneStream(seconds);

const failures: string[] = [];
const hold = (holds: boolean, otherwise: string) => {
  if (!holds) failures.push(otherwise);
};
const { stream, first, relay, discovery } = figures;
if (stream !== undefined) {
  hold(stream.cpuRatio <= limits.cpuRatio, "the orchestrator costs more beside ffmpeg than it may");
  hold(
    Object.values(stream.renditions).every((count) => count === stream.segments),
    "renditions are missing",
  );
  for (const [name, { rssMb, kept }] of Object.entries(stream.memory)) {
    hold(rssMb <= limits.rssMb, `the ${name} keeps more than ${limits.rssMb} MB`);
    if (seconds >= settledSeconds) hold(!growsBeyond(kept, limits.growthMbPerHour), `the ${name}'s memory grows`);
  }
}
if (first !== undefined) hold(first.worstSeconds <= limits.firstRenditionSeconds, "a first rendition was late");
if (relay !== undefined) {
  const slower = slowness([relay.bareCpuMs.before, relay.bareCpuMs.after]);
  const { orchestrator = Number.NaN, gateway = Number.NaN } = relay.cpuMsPerSegment;
  hold(orchestrator <= limits.relayCpuMs.orchestrator * slower, "relaying costs the orchestrator too much");
  hold(gateway <= limits.relayCpuMs.gateway * slower, "relaying costs the gateway too much");
  hold(
    Object.values(relay.seen).every((count) => count === relay.published),
    "segments of the relay are missing",
  );
}
if (discovery !== undefined) {
  hold(discovery.coldMs.worst <= limits.sessionMs.cold, "the first session of a new gateway was late");
  hold(discovery.knownMs.worst <= limits.sessionMs.known, "the first session of a further stream was late");
}
publishRecord("e2e", { ...origin, loadAfter: currentLoad(), figures, limits, failures }, values.record);
process.exitCode = failures.length === 0 ? 0 : 1;
