import { hedgeLostCode } from "@livepeer-ts/execution";
import {
  checksumAddress,
  divRational,
  floorRational,
  mulRational,
  parseRational,
  rational,
  toAddress,
} from "@livepeer-ts/kernel";
import type { ChainMember, ChainReading } from "../ports/chain-reading.ts";
import type { NetworkProjection, OrchestratorKey, ProjectedPiece, ProjectedStream } from "./network-projection.ts";
import type {
  NetworkEvent,
  NetworkOrchestrator,
  NetworkPayments,
  NetworkPiece,
  NetworkRound,
  NetworkState,
  NetworkStep,
  NetworkStream,
} from "./network-state.ts";

/** What the picture needs besides the events. */
export type NetworkContext = {
  /** Wall time in ms of the picture. */
  readonly at: number;
  readonly phase: "starting" | "ready";
  readonly steps: readonly NetworkStep[];
  readonly devnet: boolean;
  readonly rtmpUrl: string | null;
  /** Manifest id of the stream to show while it is active; null = the newest active one. */
  readonly preferredManifestId: string | null;
  /** The platform's streams by manifest id. */
  readonly streams: ReadonlyMap<
    string,
    { readonly streamId: string; readonly playbackId: string; readonly name: string }
  >;
  /** Orchestrators, lower case, whose process is known to be stopped. */
  readonly stopped: ReadonlySet<string>;
  readonly chain: ChainReading | undefined;
  readonly chainReachable: boolean;
  /** A stream without a segment for this long is off air, ms. */
  readonly activeTimeoutMs: number;
};

const hourMs = 3_600_000;
const underwayMs = 60_000;

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function bitsPerSecond(samples: readonly { readonly bytes: number; readonly ms: number }[]): number | null {
  let bytes = 0;
  let ms = 0;
  for (const sample of samples) {
    bytes += sample.bytes;
    ms += sample.ms;
  }
  return ms > 0 ? Math.round((bytes * 8000) / ms) : null;
}

/** `A` … `Z`, `AA`, `AB`, … */
function letters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : letters(Math.floor(index / 26) - 1) + letter;
}

function displayed(key: OrchestratorKey): string {
  return /^0x[0-9a-f]{40}$/.test(key) ? checksumAddress(toAddress(key)) : key;
}

/** Names and order of the orchestrators: the chain's registration first, then whoever was met otherwise. */
function directory(state: NetworkProjection, chain: ChainReading | undefined) {
  const members = chain?.members ?? [];
  const byUri = new Map(members.map((member) => [member.uri.replace(/\/+$/, ""), member.address as string]));
  const resolve = (key: OrchestratorKey): OrchestratorKey => byUri.get(key.replace(/\/+$/, "")) ?? key;
  const keys = new Set<string>(members.map((member) => member.address));
  for (const orchestrator of state.orchestrators) keys.add(resolve(orchestrator.key));
  const order = [...keys];
  const label = (key: OrchestratorKey | null): string | null => {
    if (key === null) return null;
    const index = order.indexOf(resolve(key));
    return index === -1 ? null : letters(index);
  };
  return { order, resolve, label };
}

type Directory = ReturnType<typeof directory>;

function isActive(stream: ProjectedStream, context: NetworkContext): boolean {
  return stream.sawMedia && stream.endedAt === null && context.at - stream.lastSeen < context.activeTimeoutMs;
}

function chooseStream(state: NetworkProjection, context: NetworkContext): ProjectedStream | undefined {
  const active = state.streams.filter((stream) => isActive(stream, context));
  return (
    active.find((stream) => stream.manifestId === context.preferredManifestId) ??
    active.toSorted((a, b) => b.startedAt - a.startedAt)[0] ??
    state.streams.filter((stream) => stream.sawMedia).toSorted((a, b) => b.lastSeen - a.lastSeen)[0]
  );
}

function viewStream(stream: ProjectedStream, context: NetworkContext): NetworkStream {
  const known = context.streams.get(stream.manifestId);
  const playbackId = known?.playbackId ?? stream.manifestId;
  let costMs = 0;
  let cost = rational(0n);
  for (const sample of stream.costs) {
    costMs += sample.ms;
    const fee = parseRational(sample.feeWei);
    cost = rational(cost.num * fee.den + fee.num * cost.den, cost.den * fee.den);
  }
  return {
    streamId: known?.streamId ?? stream.streamId,
    playbackId,
    name: known?.name ?? stream.manifestId,
    isActive: isActive(stream, context),
    protocol: stream.protocol,
    width: stream.width,
    height: stream.height,
    fps: stream.fps,
    ingestBps: bitsPerSecond(stream.ingest),
    startedAt: stream.startedAt,
    playbackUrl: `/hls/${playbackId}/index.m3u8`,
    renditions: stream.profiles.map((profile) => ({
      ...profile,
      measuredBps: bitsPerSecond(stream.renditionRates[profile.name] ?? []),
    })),
    segments: { received: stream.received, delivered: stream.delivered, lost: stream.lost },
    latencyMs: median(stream.latencies),
    cost: {
      totalWei: floorRational(parseRational(stream.feeWei)).toString(),
      perHourWei:
        costMs > 0
          ? floorRational(
              divRational(mulRational(cost, rational(BigInt(hourMs))), rational(BigInt(Math.round(costMs)))),
            ).toString()
          : null,
    },
  };
}

/** One piece as the page sees it. */
export function viewPiece(
  piece: ProjectedPiece,
  state: NetworkProjection,
  context: Pick<NetworkContext, "chain" | "streams">,
  names: Directory = directory(state, context.chain),
): NetworkPiece {
  const { manifestId, ticketHashes, wonHashes, ...rest } = piece;
  const who = (key: OrchestratorKey | null) => ({
    orchestrator: key === null || key === "" ? null : displayed(names.resolve(key)),
    label: names.label(key),
  });
  return {
    ...rest,
    streamId: context.streams.get(manifestId)?.streamId ?? piece.streamId,
    ...who(piece.orchestrator),
    attempts: piece.attempts.map((attempt) => ({
      ...who(attempt.orchestrator),
      startedAt: attempt.startedAt,
      latencyMs: attempt.latencyMs,
      ok: attempt.error === null,
      overtaken: attempt.error?.code === hedgeLostCode,
      error: attempt.error?.message ?? null,
      tickets: attempt.tickets,
    })),
    candidates: piece.candidates.map((candidate) => ({ ...candidate, ...who(candidate.orchestrator) })),
    ticketsSent: ticketHashes.length,
    ticketsWon: wonHashes.length,
  };
}

function incidentSentence(
  incident: { readonly reason: string; readonly takenOverBy: string | null; readonly takeoverMs: number | null },
  names: Directory,
): string {
  const rescuer = names.label(incident.takenOverBy);
  const rescue =
    rescuer === null
      ? ""
      : ` ${rescuer} took over${incident.takeoverMs === null ? "" : ` within ${(incident.takeoverMs / 1000).toFixed(2)} s`}.`;
  return `Stopped answering (${incident.reason}).${rescue}`;
}

function viewOrchestrator(
  key: OrchestratorKey,
  state: NetworkProjection,
  context: NetworkContext,
  names: Directory,
): NetworkOrchestrator {
  const member: ChainMember | undefined = context.chain?.members.find((other) => other.address === key);
  const met = state.orchestrators.find((other) => names.resolve(other.key) === key);
  const activeStake = (context.chain?.members ?? []).reduce((sum, m) => sum + (m.active ? m.stakeWei : 0n), 0n);
  const incident = met?.incident ?? null;
  return {
    address: displayed(key),
    label: names.label(key) ?? "?",
    uri: member?.uri ?? met?.uri ?? "",
    active: member?.active ?? context.chain === undefined,
    state: context.stopped.has(key) ? "gone" : (met?.state ?? "unknown"),
    stakeWei: member?.stakeWei.toString() ?? null,
    stakeShare:
      member?.active === true && activeStake > 0n
        ? Number((member.stakeWei * 1_000_000n) / activeStake) / 1_000_000
        : null,
    pricePerPixel: met?.pricePerPixel ?? null,
    feeShare: member === undefined ? null : Number(member.feeSharePerc),
    rewardCut: member === undefined ? null : Number(member.rewardCutPerc),
    lastLatencyMs: met?.lastLatencyMs ?? null,
    p50LatencyMs: median(met?.latencies ?? []),
    piecesDelivered: met?.delivered ?? 0,
    piecesFailed: met?.failed ?? 0,
    ticketsReceived: met?.ticketsReceived ?? 0,
    ticketsWon: met?.ticketsWon ?? 0,
    earnedWei: (member?.creditedWei ?? 0n).toString(),
    lastRewardRound: member === undefined || member.lastRewardRound === 0n ? null : member.lastRewardRound.toString(),
    lastIncident: incident === null ? null : { at: incident.at, sentence: incidentSentence(incident, names) },
  };
}

function viewPayments(state: NetworkProjection, chain: ChainReading | undefined): NetworkPayments {
  let paid = 0n;
  let credited = 0n;
  for (const sender of chain?.senders ?? []) {
    paid += sender.paidWei;
    credited += sender.creditedWei;
  }
  return {
    sent: state.sent,
    accepted: state.accepted,
    won: state.won,
    redeemed: state.redeemed,
    expectedWei: floorRational(parseRational(state.expectedWei)).toString(),
    paidWei: chain === undefined ? null : paid.toString(),
    creditedWei: chain === undefined ? null : credited.toString(),
    checkedAtBlock: chain?.block.toString() ?? null,
    stakersWei: chain?.stakersWei?.toString() ?? null,
  };
}

function viewRound(chain: ChainReading | undefined, names: Directory): NetworkRound | null {
  if (chain === undefined) return null;
  const { round } = chain;
  const left = round.startBlock + round.lengthBlocks - round.block;
  return {
    number: round.number.toString(),
    initialized: round.initialized,
    startBlock: round.startBlock.toString(),
    block: round.block.toString(),
    lengthBlocks: round.lengthBlocks.toString(),
    secondsToNext: chain.blockSec === null ? null : Math.max(0, Number(left) * chain.blockSec),
    rewards: round.rewards.map((reward) => ({
      orchestrator: displayed(reward.orchestrator),
      label: names.label(reward.orchestrator),
      amountWei: reward.amountWei.toString(),
    })),
    feesWei: round.feesWei.toString(),
  };
}

function viewEvent(event: NetworkEvent, names: Directory): NetworkEvent {
  const { orchestrator, from } = event.data;
  const data: Record<string, string | number | null> = { ...event.data };
  if (typeof orchestrator === "string") {
    data["orchestrator"] = displayed(names.resolve(orchestrator));
    data["label"] = names.label(orchestrator);
  }
  if (typeof from === "string") {
    data["from"] = displayed(names.resolve(from));
    data["fromLabel"] = names.label(from);
  }
  return { ...event, data };
}

/** The picture for the page: what the events say, what the chain says, and who the platform knows. */
export function viewNetwork(state: NetworkProjection, context: NetworkContext): NetworkState {
  const { chain } = context;
  const names = directory(state, chain);
  const stream = chooseStream(state, context);
  const pieces = state.pieces.filter((piece) => stream === undefined || piece.manifestId === stream.manifestId);
  const last = pieces.at(-1);
  const gatewayAddress = stream?.gateway ?? state.gateway?.address ?? null;
  const sender =
    chain?.senders.find((other) => other.address === gatewayAddress?.toLowerCase()) ??
    (gatewayAddress === null ? chain?.senders[0] : undefined);
  return {
    at: context.at,
    phase: context.phase,
    steps: context.steps,
    devnet: context.devnet,
    rtmpUrl: context.rtmpUrl,
    stream: stream === undefined ? null : viewStream(stream, context),
    gateway:
      state.gateway === null && sender === undefined
        ? null
        : {
            address: gatewayAddress ?? (sender === undefined ? null : checksumAddress(sender.address)),
            lastSeqNo: last?.seqNo ?? null,
            segmentMs: last?.durationMs ?? null,
            inFlight: state.pieces.filter(
              (piece) => piece.state === "underway" && context.at - piece.receivedAt < underwayMs,
            ).length,
            depositWei: sender?.depositWei.toString() ?? null,
            reserveWei: sender?.reserveWei.toString() ?? null,
            seenAt: state.gateway?.seenAt ?? chain?.at ?? context.at,
          },
    orchestrators: names.order.map((key) => viewOrchestrator(key, state, context, names)),
    pieces: pieces.map((piece) => viewPiece(piece, state, context, names)),
    payments: viewPayments(state, chain),
    round: viewRound(chain, names),
    chain: {
      reachable: context.chainReachable,
      chainId: chain?.chainId ?? null,
      block: chain?.block.toString() ?? null,
      at: chain?.at ?? null,
      blockSec: chain?.blockSec ?? null,
    },
    events: state.events.map((event) => viewEvent(event, names)),
  };
}
