import type { NodeEvent } from "@livepeer-ts/kernel";
import type { NetworkEvent } from "./network-state.ts";

/** Version of the stored form; another one is rebuilt from the event log. */
export const networkProjectionVersion = 1;

export const networkLimits = {
  /** Pieces kept, newest last. */
  pieces: 60,
  /** Lines of "what just happened". */
  events: 20,
  /** Streams remembered; the ones quiet for longest go first. */
  streams: 20,
  /** Orchestrators remembered. */
  orchestrators: 200,
  /** Latencies per orchestrator and per stream. */
  latencies: 30,
  /** Segments behind the measured rates. */
  rates: 10,
  /** Segments behind the hourly cost. */
  costs: 150,
  /** Winners whose ticket was not heard of yet. */
  earlyWinners: 500,
} as const;

/** Key of an orchestrator: its address in lower case, or its URI off chain. */
export type OrchestratorKey = string;

export type ProjectedAttempt = {
  readonly orchestrator: OrchestratorKey;
  readonly startedAt: number;
  readonly latencyMs: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly tickets: number;
};

export type ProjectedCandidate = {
  readonly orchestrator: OrchestratorKey;
  readonly stakeWei: string | null;
  readonly pricePerPixel: string | null;
  readonly latencyScore: number | null;
  readonly probability: number | null;
  readonly excludedBy: string | null;
  readonly chosen: boolean;
};

export type ProjectedPiece = {
  readonly manifestId: string;
  readonly streamId: string;
  readonly seqNo: number;
  readonly receivedAt: number;
  readonly durationMs: number;
  readonly sourceBytes: number;
  readonly totalMs: number | null;
  readonly state: "underway" | "delivered" | "lost";
  readonly orchestrator: OrchestratorKey | null;
  readonly attempts: readonly ProjectedAttempt[];
  readonly candidates: readonly ProjectedCandidate[];
  readonly selectionRule: string | null;
  readonly weights: { readonly stake: number; readonly price: number; readonly random: number } | null;
  readonly renditions: readonly { name: string; sizeBytes: number; pixelCount: string; hash: string }[];
  readonly feeWei: string | null;
  readonly ticketHashes: readonly string[];
  readonly wonHashes: readonly string[];
  readonly verified: boolean;
  readonly receiptHash: string | null;
};

export type ProjectedStream = {
  readonly manifestId: string;
  readonly streamId: string;
  readonly protocol: "rtmp" | "http" | "whip" | "srt";
  readonly gateway: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastSeen: number;
  /** True once a segment came. */
  readonly sawMedia: boolean;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  readonly profiles: readonly { name: string; width: number; height: number; bitrateBps: number }[];
  readonly received: number;
  readonly delivered: number;
  readonly lost: number;
  readonly ingest: readonly { readonly bytes: number; readonly ms: number }[];
  readonly renditionRates: Readonly<Record<string, readonly { readonly bytes: number; readonly ms: number }[]>>;
  readonly latencies: readonly number[];
  /** Exact fraction of wei. */
  readonly feeWei: string;
  readonly costs: readonly { readonly feeWei: string; readonly ms: number }[];
};

export type ProjectedOrchestrator = {
  readonly key: OrchestratorKey;
  readonly uri: string;
  readonly state: "well" | "slow" | "gone" | "unknown";
  readonly goneSince: number | null;
  readonly pricePerPixel: string | null;
  readonly lastLatencyMs: number | null;
  readonly latencies: readonly number[];
  readonly delivered: number;
  readonly failed: number;
  readonly ticketsReceived: number;
  readonly ticketsWon: number;
  readonly incident: {
    readonly at: number;
    readonly reason: string;
    readonly takenOverBy: OrchestratorKey | null;
    readonly takeoverMs: number | null;
    readonly backAt: number | null;
  } | null;
};

/** What the events say so far: plain JSON, so that it can be stored and compared. */
export type NetworkProjection = {
  readonly version: number;
  readonly streams: readonly ProjectedStream[];
  readonly orchestrators: readonly ProjectedOrchestrator[];
  readonly gateway: { readonly address: string | null; readonly seenAt: number } | null;
  readonly pieces: readonly ProjectedPiece[];
  readonly sent: number;
  readonly accepted: number;
  readonly won: number;
  readonly redeemed: number;
  /** Σ expected value of tickets sent, exact fraction of wei. */
  readonly expectedWei: string;
  readonly earlyWinners: readonly string[];
  readonly events: readonly NetworkEvent[];
};

export const emptyNetworkProjection: NetworkProjection = {
  version: networkProjectionVersion,
  streams: [],
  orchestrators: [],
  gateway: null,
  pieces: [],
  sent: 0,
  accepted: 0,
  won: 0,
  redeemed: 0,
  expectedWei: "0",
  earlyWinners: [],
  events: [],
};

/** The last `limit` entries with one more. */
export function pushLimited<T>(list: readonly T[], item: T, limit: number): readonly T[] {
  const next = [...list, item];
  return next.length > limit ? next.slice(next.length - limit) : next;
}

/** Adds a line to "what just happened", newest first. */
export function withLine(
  state: NetworkProjection,
  event: Pick<NodeEvent, "id" | "at">,
  kind: NetworkEvent["kind"],
  data: NetworkEvent["data"],
): NetworkProjection {
  const line: NetworkEvent = { id: `${event.id}-${kind}`, at: event.at, kind, data };
  return { ...state, events: [line, ...state.events].slice(0, networkLimits.events) };
}

/** Changes one stream; does nothing when it is unknown. */
export function updateStream(
  state: NetworkProjection,
  manifestId: string,
  change: (stream: ProjectedStream) => ProjectedStream,
): NetworkProjection {
  return {
    ...state,
    streams: state.streams.map((stream) => (stream.manifestId === manifestId ? change(stream) : stream)),
  };
}

/** Changes one orchestrator, which is added when it is new. */
export function updateOrchestrator(
  state: NetworkProjection,
  key: OrchestratorKey,
  uri: string | null,
  change: (orchestrator: ProjectedOrchestrator) => ProjectedOrchestrator,
): NetworkProjection {
  const index = state.orchestrators.findIndex((orchestrator) => orchestrator.key === key);
  if (index === -1) {
    if (state.orchestrators.length >= networkLimits.orchestrators) return state;
    const fresh: ProjectedOrchestrator = {
      key,
      uri: uri ?? "",
      state: "unknown",
      goneSince: null,
      pricePerPixel: null,
      lastLatencyMs: null,
      latencies: [],
      delivered: 0,
      failed: 0,
      ticketsReceived: 0,
      ticketsWon: 0,
      incident: null,
    };
    return { ...state, orchestrators: [...state.orchestrators, change(fresh)] };
  }
  return {
    ...state,
    orchestrators: state.orchestrators.map((orchestrator, i) =>
      i === index ? change(uri === null ? orchestrator : { ...orchestrator, uri }) : orchestrator,
    ),
  };
}
