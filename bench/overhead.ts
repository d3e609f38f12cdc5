// What the orchestrator costs around the encoder: 2 MB segments in over HTTP/2 and TLS, 1.2 MB of renditions out, hashed and
// signed, paid with tickets, receipted. The engine encodes nothing; the client is another process and runs the product's sender.
// `--per-second N`, `--seconds N`, `--record` (keeps the figures in bench/results). CPU figures bind; wall figures bind only when
// a bare server, met by the same client just before and just after, shows that the machine was quiet. `floor` is what that
// server, the hashes of the renditions, the tickets' signatures and the engine cost together: less is not to be had here.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchOrigin, publishRecord, rounded } from "./bench-record.ts";
import type { RunReport, RunRequest } from "./overhead/client-process.ts";
import { type Linked, type ServerFigures, spread, startLinked } from "./overhead/process-link.ts";
import { renditionBytes, segmentMs, sourceBytes } from "./overhead/work.ts";

const { values } = parseArgs({
  options: {
    "per-second": { type: "string", default: "20" },
    seconds: { type: "string", default: "30" },
    record: { type: "boolean", default: false },
  },
});
const perSecond = Number(values["per-second"]);
const seconds = Number(values.seconds);
const warmUpSeconds = 6;
const referenceSeconds = Math.max(3, Math.round(seconds / 3));

const limits = { cpuMsPerSegment: 25, p99Ms: 40, loopDelayP99Ms: 20 };
/** The bare server's tail on a quiet machine, ms. Above it the machine, not the code, decides the wall figures. */
const quietReferenceP99Ms = 30;

/** On a machine where the floor alone is above the limit, ours may be this many times the floor. */
const slowMachineRatio = 1.2;

type Side = { readonly figures: ServerFigures; readonly report: RunReport };

async function run(client: Linked, server: Linked, kind: "orchestrator" | "reference", length: number): Promise<Side> {
  const uri = await server.call<string>("uri");
  const request = (seconds: number): RunRequest => ({ uri, perSecond, seconds });
  await client.call<RunReport>(kind, request(warmUpSeconds));
  await server.call("begin");
  const report = await client.call<RunReport>(kind, request(length));
  return { figures: await server.call<ServerFigures>("end"), report };
}

function summary({ figures, report }: Side) {
  const segments = report.latenciesMs.length;
  return {
    segments,
    cpuMsPerSegment: rounded((figures.cpuSec * 1000) / segments, 2),
    systemMsPerSegment: rounded((figures.systemSec * 1000) / segments, 2),
    wallMs: spread(report.latenciesMs),
    loopDelayMs: figures.loopDelayMs,
  };
}

const origin = benchOrigin();
const folder = await mkdtemp(join(tmpdir(), "livepeer-overhead-"));
const started: Linked[] = [];
try {
  const start = async (file: string, ...args: string[]) => {
    const linked = await startLinked(file, args);
    started.push(linked);
    return linked;
  };
  const reference = await start("reference-process.ts");
  const orchestrator = await start(
    "orchestrator-process.ts",
    folder,
    String(Math.ceil((perSecond * segmentMs) / 1000)),
  );
  const client = await start("client-process.ts");

  const before = await run(client, reference, "reference", referenceSeconds);
  const measured = await run(client, orchestrator, "orchestrator", seconds);
  const after = await run(client, reference, "reference", referenceSeconds);

  const failures = [...measured.report.failures, ...before.report.failures, ...after.report.failures];
  if (failures.length > 0) throw new Error(`${failures.length} segments failed, the first with: ${failures[0]}`);
  if (measured.figures.own["backend"] !== "native") throw new Error("the native secp256k1 did not load");

  const ours = summary(measured);
  const bare = [before, after].map(summary);
  const bareCpu = Math.min(...bare.map((side) => side.cpuMsPerSegment));
  const own = measured.figures.own as Readonly<Record<string, number>>;
  // the bare server has hashed the source already
  const parts = [own["renditionHashCpuMs"], own["ticketCheckCpuMs"], own["engineCpuMsPerSegment"]];
  const floor = bareCpu + parts.reduce<number>((sum, part) => sum + (part ?? Number.NaN), 0);
  const isFastEnough = floor <= limits.cpuMsPerSegment;
  const quiet = bare.every((side) => side.wallMs.p99 <= quietReferenceP99Ms);
  const holds = {
    cpu: ours.cpuMsPerSegment <= limits.cpuMsPerSegment,
    p99: ours.wallMs.p99 <= limits.p99Ms,
    loopDelay: ours.loopDelayMs.p99 <= limits.loopDelayP99Ms,
  };
  publishRecord(
    "overhead",
    {
      ...origin,
      load: { perSecond, seconds, streams: Math.ceil((perSecond * segmentMs) / 1000), sourceBytes, renditionBytes },
      orchestrator: { ...ours, resultMs: spread(measured.report.resultMs), ...measured.figures.own },
      reference: { before: bare[0], after: bare[1] },
      cpuRatioToReference: rounded(ours.cpuMsPerSegment / bareCpu, 2),
      floor: {
        cpuMsPerSegment: rounded(floor, 2),
        cpuRatio: rounded(ours.cpuMsPerSegment / floor, 2),
        ratioLimit: slowMachineRatio,
        isFastEnough,
      },
      limits: { ...limits, quietReferenceP99Ms },
      quiet,
      holds,
    },
    values.record,
  );
  const cpuHolds = isFastEnough ? holds.cpu : ours.cpuMsPerSegment <= slowMachineRatio * floor;
  process.exitCode = cpuHolds && (!quiet || (holds.p99 && holds.loopDelay)) ? 0 : 1;
} finally {
  for (const linked of started.reverse()) await linked.stop();
  await rm(folder, { recursive: true, force: true });
}
