// What our transcoder costs beside the bare ffmpeg command line that makes the same renditions: CPU seconds, wall time,
// failures and timestamps, on segments of the committed clip, in interleaved pairs. Linux only (children's CPU time).
// `--segments N`, `--engine ffmpeg|node-av:FOLDER`, `--profiles NAMES`, `--preset NAME`, `--threads N`, `--record` (keeps the figures in bench/results).
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { type MediaSegment, presetProfiles, type VideoProfile } from "@livepeer-ts/media";
import {
  createFfmpegTranscoder,
  createNodeAvTranscoder,
  type FfmpegTranscoderOptions,
  findFfmpeg,
  findNodeAv,
} from "@livepeer-ts/media/adapters";
import { cutClip, type OutsidePacket, outsidePackets, ptsOf } from "@livepeer-ts/media/testing";
import { bareLadderArgs, runBare } from "./bare-ladder.ts";
import {
  benchOrigin,
  currentLoad,
  machineBusySeconds,
  peakChildMiB,
  percentile,
  publishRecord,
  rounded,
  treeCpuSeconds,
} from "./bench-record.ts";

const { values } = parseArgs({
  options: {
    segments: { type: "string", default: "50" },
    // The clip's own 25 frames per second, so that every time of a rendition has to be one of the source's.
    profiles: { type: "string", default: "P360p25fps16x9,P240p25fps16x9" },
    preset: { type: "string", default: "veryfast" },
    threads: { type: "string" },
    // `ffmpeg`, or `node-av:<folder it is installed in>`.
    engine: { type: "string", default: "ffmpeg" },
    record: { type: "boolean", default: false },
  },
});
const segmentCount = Number(values.segments);
const profiles = presetProfiles(values.profiles);
const preset = values.preset as NonNullable<FfmpegTranscoderOptions["preset"]>;
const threads = values.threads === undefined ? undefined : Number(values.threads);
const clip = join(import.meta.dirname, "..", "layers", "02-media", "assets", "bunny-720p.mp4");
const segmentsPerClip = 4;
const segmentMs = 2000;
if (!(segmentCount >= 1) || profiles.length === 0 || (threads !== undefined && !(threads >= 1))) {
  throw new Error("give --segments and --threads from 1 on, and --profiles by their names, separated by commas");
}

const nodeAvFolder = /^node-av:(.+)$/.exec(values.engine)?.[1];
if (values.engine !== "ffmpeg" && nodeAvFolder === undefined)
  throw new Error("--engine wants ffmpeg, or node-av:<folder it is installed in>");
/** Its process lives on after a segment: what it used is not in the figures of those that have ended. */
const staysRunning = nodeAvFolder !== undefined;
// Without a start of ffmpeg for each segment there is less to pay for.
const limits = { cpuRatio: nodeAvFolder === undefined ? 1.08 : 1.05, wallRatio: 1.1, failures: 0, wrongTimestamps: 0 };
/** The machine counts as quiet when reference runs on the same pictures take the same time, and nobody else works. */
const quiet = { referenceSpread: 1.1, othersCpuShare: 0.05 };

/** `cpuSec`: this process and its children; `nodeSec`: this process alone. */
type Sample = { cpuSec: number; nodeSec: number; wallMs: number };

async function sample<T>(work: () => Promise<T>): Promise<{ result: T; sample: Sample }> {
  const cpu = treeCpuSeconds(staysRunning);
  const start = performance.now();
  const result = await work();
  const wallMs = performance.now() - start;
  const { own, children } = treeCpuSeconds(staysRunning);
  const nodeSec = own - cpu.own;
  return { result, sample: { cpuSec: nodeSec + children - cpu.children, nodeSec, wallMs } };
}

const sameTimes = (a: readonly OutsidePacket[], b: readonly OutsidePacket[]) =>
  (["video", "audio"] as const).every((kind) => String(ptsOf(a, kind)) === String(ptsOf(b, kind)));
const videoBits = (packets: readonly OutsidePacket[]) =>
  packets.reduce((sum, { kind, sizeBytes }) => sum + (kind === "video" ? sizeBytes * 8 : 0), 0);

const info = await findFfmpeg();
const origin = benchOrigin();
const cut = await cutClip({ path: clip, repeats: Math.ceil((segmentCount + 1) / segmentsPerClip) });
const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "bench-transcode-"));
const clock = systemClock();
const engineOptions = { preset, ...(threads === undefined ? {} : { threads }) };
const backend =
  nodeAvFolder === undefined
    ? createFfmpegTranscoder({ ffmpegPath: info.path, ...engineOptions }, { clock })
    : createNodeAvTranscoder(
        { library: await findNodeAv(nodeAvFolder, clock, new AbortController().signal), ...engineOptions },
        { clock },
      );
const ours: Sample[] = [];
const bare: Sample[] = [];
const failures: string[] = [];
let wrongTimestamps = 0;
const bits = profiles.map(() => ({ ours: 0, bare: 0 }));

async function pair(segment: MediaSegment, oursFirst: boolean, counted: boolean): Promise<void> {
  const input = join(folder, "in.ts");
  await writeFile(input, segment.bytes);
  const bareOutputs = profiles.map((_, index) => join(folder, `bare${index}.ts`));
  const runTheirs = async () => {
    const { sample: taken } = await sample(() =>
      runBare(info.path, bareLadderArgs({ profiles, preset, threads }, input, bareOutputs)),
    );
    if (counted) bare.push(taken);
  };
  const runOurs = async () => {
    const request = { sessionId: "bench", segment, profiles };
    const { result, sample: taken } = await sample(() =>
      backend.transcode(request, new AbortController().signal).catch((error: unknown) => String(error)),
    );
    if (counted) ours.push(taken);
    if (typeof result !== "string") return result.renditions;
    failures.push(`segment ${segment.seqNo}: ${result}`);
    return [];
  };
  if (!oursFirst) await runTheirs();
  const renditions = await runOurs();
  if (oursFirst) await runTheirs();
  const source = await outsidePackets(input);
  for (const [index, rendition] of renditions.entries()) {
    const path = join(folder, `ours${index}.ts`);
    await writeFile(path, rendition.bytes);
    const packets = await outsidePackets(path);
    const reference = await outsidePackets(bareOutputs[index] as string);
    if (!sameTimes(reference, source))
      throw new Error("the command line itself lost the source's times: give profiles of 25 frames per second");
    if (!sameTimes(packets, source)) wrongTimestamps++;
    const sum = bits[index];
    if (sum === undefined || !counted) continue;
    sum.ours += videoBits(packets);
    sum.bare += videoBits(reference);
  }
}

let othersCpuShare = Number.NaN;
let peakMiB: number | undefined;
try {
  // One pair to fill the caches, not counted.
  await pair(cut[0] as MediaSegment, true, false);
  const before = { tree: treeCpuSeconds(staysRunning), machine: machineBusySeconds() };
  for (const [index, segment] of cut.slice(1, 1 + segmentCount).entries()) await pair(segment, index % 2 === 0, true);
  const after = { tree: treeCpuSeconds(staysRunning), machine: machineBusySeconds() };
  const tree = after.tree.own + after.tree.children - before.tree.own - before.tree.children;
  const busy = after.machine.busy - before.machine.busy;
  othersCpuShare = Math.max(0, busy - tree) / (after.machine.all - before.machine.all);
  if (staysRunning) peakMiB = peakChildMiB();
} finally {
  await backend.close();
  await rm(folder, { recursive: true, force: true });
}

/** How far apart reference runs on the same picture lie: the 90th percentile of run over median. */
function referenceSpread(): number {
  const groups = Array.from({ length: segmentsPerClip }, (_, group) =>
    bare.filter((_, index) => index % segmentsPerClip === group).map(({ wallMs }) => wallMs),
  );
  return percentile(
    groups.flatMap((walls) => walls.map((wall) => wall / percentile(walls, 0.5))),
    0.9,
  );
}

function summary(samples: readonly Sample[]) {
  const walls = samples.map(({ wallMs }) => wallMs);
  const perSegment = (key: keyof Sample) => samples.reduce((sum, one) => sum + one[key], 0) / samples.length;
  const wall = (share: number) => Math.round(percentile(walls, share));
  return {
    cpuSecPerSegment: rounded(perSegment("cpuSec"), 4),
    nodeCpuSecPerSegment: rounded(perSegment("nodeSec"), 4),
    wallMs: { p50: wall(0.5), p90: wall(0.9), max: wall(1) },
  };
}

const mediaSec = (ours.length * segmentMs) / 1000;
const rung = ({ name, width, height, bitrateBps, fps }: VideoProfile, index: number) => ({
  ...{ name, width, height, bitrateBps, fps },
  oursBps: Math.round((bits[index]?.ours ?? 0) / mediaSec),
  bareBps: Math.round((bits[index]?.bare ?? 0) / mediaSec),
});
const figures = { ours: summary(ours), bareCommandLine: summary(bare) };
const cpuRatio = rounded(figures.ours.cpuSecPerSegment / figures.bareCommandLine.cpuSecPerSegment);
const wallRatio = rounded(figures.ours.wallMs.p50 / figures.bareCommandLine.wallMs.p50);
const spread = rounded(referenceSpread());
const isQuiet = spread <= quiet.referenceSpread && othersCpuShare <= quiet.othersCpuShare;
const checks = {
  cpuRatio: { value: cpuRatio, limit: limits.cpuRatio, binding: true, holds: cpuRatio <= limits.cpuRatio },
  wallRatio: { value: wallRatio, limit: limits.wallRatio, binding: isQuiet, holds: wallRatio <= limits.wallRatio },
  failures: { value: failures.length, limit: limits.failures, binding: true, holds: failures.length === 0 },
  wrongTimestamps: {
    value: wrongTimestamps,
    limit: limits.wrongTimestamps,
    binding: true,
    holds: wrongTimestamps === 0,
  },
};
publishRecord(
  nodeAvFolder === undefined ? "transcode" : "transcode-node-av",
  {
    ...origin,
    loadAfter: currentLoad(),
    engine: backend.name,
    ffmpeg: info.version,
    input: {
      clip: "layers/02-media/assets/bunny-720p.mp4",
      segments: ours.length,
      preset,
      threads: threads ?? "default",
    },
    ladder: profiles.map(rung),
    ...figures,
    ...(peakMiB === undefined ? {} : { peakMiB }),
    failures,
    machineDuringRun: {
      referenceSpread: { value: spread, quietUpTo: quiet.referenceSpread },
      othersCpuShare: { value: rounded(othersCpuShare), quietUpTo: quiet.othersCpuShare },
      quiet: isQuiet,
    },
    checks,
  },
  values.record,
);
process.exitCode = Object.values(checks).every(({ binding, holds }) => holds || !binding) ? 0 : 1;
