import type { LiveStream, StreamRegistry } from "@livepeer-ts/execution";
import { formatRational } from "@livepeer-ts/kernel";
import type { ListedTrack } from "@livepeer-ts/media";
import { nodeVersion } from "../node-version.ts";
import type { AdminSubjects } from "./admin-subjects.ts";
import { offerJson, runnerJson } from "./runners-json.ts";

/** Slots of a media list, as the playlist library of the Go node shows them. */
const windowSize = 6;
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
const goSystems: Readonly<Record<string, string>> = { win32: "windows" };

/** `/status`: the Go node's fields in its order, ours (`Draining`, `DrainingSince`, `ServiceURI`, `Cores`, AI work) at the end. */
export async function nodeStatus(subjects: AdminSubjects): Promise<unknown> {
  const { gateway, orchestrator, drain } = subjects;
  const registry = gateway?.registry;
  const peers = orchestrator?.transcoders?.peers ?? [];
  const entries = (await gateway?.directory.list(subjects.signal)) ?? [];
  return {
    Manifests: byManifest(registry, manifestOf),
    InternalManifests: Object.fromEntries(registry?.pushedNames ?? []),
    StreamInfo: byManifest(registry, ({ bytes }) => ({ SourceBytes: bytes.source, TranscodedBytes: bytes.transcoded })),
    OrchestratorPool: entries.map(({ uri }) => uri),
    OrchestratorPoolInfos: entries.map(({ uri, score }) => ({ Url: uri, Score: score, Latency: null })),
    Version: nodeVersion,
    GolangRuntimeVersion: `node ${process.version}`,
    GOArch: goArchitectures[process.arch] ?? process.arch,
    GOOS: goSystems[process.platform] ?? process.platform,
    RegisteredTranscodersNumber: peers.length,
    RegisteredTranscoders: peers.map(({ address, capacity }) => ({ Address: address, Capacity: capacity })),
    LocalTranscoding: orchestrator?.transcoders === undefined,
    BroadcasterPrices: pricesOf(subjects),
    Draining: drain.since !== undefined,
    DrainingSince: drain.since === undefined ? null : new Date(drain.since).toISOString(),
    ServiceURI: orchestrator?.serviceUri ?? "",
    ...coresOf(subjects),
    ...aiOf(subjects),
  };
}

/** Only where AI jobs are done. */
function aiOf({ runners, aiWorkers, orchestrator }: AdminSubjects) {
  const offers = orchestrator?.aiOffers() ?? [];
  return {
    ...(offers.length === 0 ? {} : { AIOffers: offers.map(offerJson) }),
    ...(aiWorkers === undefined ? {} : { RegisteredAIWorkersNumber: aiWorkers.size }),
    ...(runners === undefined ? {} : { AIModels: runners.models().map(runnerJson) }),
  };
}

/** Only where several processes serve the port. */
function coresOf({ orchestrator }: AdminSubjects) {
  const cores = orchestrator?.cores() ?? [];
  if (cores.length === 0) return {};
  return {
    Cores: cores.map((core) => ({
      Number: core.number,
      Pid: core.pid,
      StartedAt: new Date(core.startedAt).toISOString(),
      Connections: core.connections,
      Segments: core.segments,
      CPUSeconds: core.cpuSeconds,
      MemoryBytes: core.memoryBytes,
    })),
  };
}

function pricesOf({ orchestrator }: AdminSubjects): Record<string, string> {
  if (orchestrator === undefined) return {};
  const { base, perGateway } = orchestrator.prices.book;
  const single = [...perGateway].map(([gateway, price]) => [gateway, formatRational(price)] as const);
  return { default: formatRational(base), ...Object.fromEntries(single) };
}

function byManifest<T>(registry: StreamRegistry | undefined, value: (stream: LiveStream) => T): Record<string, T> {
  return Object.fromEntries((registry?.streams ?? []).map((stream) => [stream.manifestId, value(stream)]));
}

function manifestOf({ manifestId, output }: LiveStream) {
  return { Variants: output.tracks.map((track) => variantOf(manifestId, track)), Args: "", CypherVersion: "" };
}

function variantOf(manifestId: string, { track, entries, removedCount, targetSeconds }: ListedTrack) {
  return {
    URI: `${manifestId}/${track.name}.m3u8`,
    Chunklist: {
      TargetDuration: targetSeconds,
      SeqNo: removedCount,
      Segments: Array.from({ length: windowSize }, (_, i) => segmentOf(entries[i])),
      Args: "",
      Iframe: false,
      Live: true,
      MediaType: 0,
      Key: null,
      Map: null,
      WV: null,
    },
    ProgramId: 0,
    Bandwidth: track.bandwidthBps,
    Codecs: "",
    Resolution: track.resolution,
    Audio: "",
    Video: "",
    Subtitles: "",
    Captions: "",
    Name: "",
    Iframe: false,
    Alternatives: null,
  };
}

function segmentOf(entry: ListedTrack["entries"][number] | undefined) {
  if (entry === undefined) return null;
  return {
    SeqId: entry.seqNo,
    Title: "",
    URI: entry.uri,
    Duration: entry.durationMs / 1000,
    Limit: 0,
    Offset: 0,
    Key: null,
    Map: null,
    Discontinuity: false,
    SCTE: null,
    ProgramDateTime: "0001-01-01T00:00:00Z",
  };
}
