/**
 * The living picture of a network, as the platform answers it on `/api/network`.
 * Money is decimal text of wei, times are ms since 1970. What is not known is null, never 0.
 * A test in `tests/` keeps this type and the SDK's equal.
 */
export type NetworkState = {
  readonly at: number;
  readonly phase: "starting" | "ready";
  /** Steps of the local network's start, in order; empty outside a local network. */
  readonly steps: readonly NetworkStep[];
  /** True when this is a local network on a devnet. */
  readonly devnet: boolean;
  /** Where a publisher can send video: `rtmp://host:port/live`. */
  readonly rtmpUrl: string | null;
  /** The stream the stage shows: the sample, or the newest active one. */
  readonly stream: NetworkStream | null;
  readonly gateway: NetworkGateway | null;
  readonly orchestrators: readonly NetworkOrchestrator[];
  /** Newest last, at most 60. */
  readonly pieces: readonly NetworkPiece[];
  readonly payments: NetworkPayments;
  readonly round: NetworkRound | null;
  readonly chain: NetworkChain;
  /** Newest first, at most 20. */
  readonly events: readonly NetworkEvent[];
};

export type NetworkStep = {
  readonly name: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly detail: string | null;
  readonly ms: number | null;
};

export type NetworkStream = {
  readonly streamId: string;
  readonly playbackId: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly protocol: "rtmp" | "http" | "whip" | "srt";
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** Source bits per second over the last 10 segments. */
  readonly ingestBps: number | null;
  readonly startedAt: number;
  /** Path of the master playlist on this server. */
  readonly playbackUrl: string;
  readonly renditions: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    /** Target, bits per second. */
    readonly bitrateBps: number;
    /** Measured over the last 10 segments. */
    readonly measuredBps: number | null;
  }[];
  /** Segments taken over, delivered whole, lost, since the stream began. */
  readonly segments: { readonly received: number; readonly delivered: number; readonly lost: number };
  /** Median of the last 30: segment complete at the gateway → all renditions listed. */
  readonly latencyMs: number | null;
  /** Fees so far and extrapolated per hour of stream. */
  readonly cost: { readonly totalWei: string; readonly perHourWei: string | null };
};

export type NetworkGateway = {
  readonly address: string | null;
  readonly lastSeqNo: number | null;
  readonly segmentMs: number | null;
  /** Segments taken over and not answered yet. */
  readonly inFlight: number;
  readonly depositWei: string | null;
  readonly reserveWei: string | null;
  readonly seenAt: number;
};

export type NetworkOrchestrator = {
  readonly address: string;
  /** `A`, `B`, …: order of registration on chain. */
  readonly label: string;
  readonly uri: string;
  readonly active: boolean;
  /** Whether it answered lately; `gone` after a failed attempt or a missed heartbeat, `unknown` before the first contact. */
  readonly state: "well" | "slow" | "gone" | "unknown";
  readonly stakeWei: string | null;
  /** Share of all active stake, 0–1. */
  readonly stakeShare: number | null;
  /** Wei per pixel as an exact fraction. */
  readonly pricePerPixel: string | null;
  /** Share of fees passed to delegators and of rewards kept, in 1e6 units. */
  readonly feeShare: number | null;
  readonly rewardCut: number | null;
  readonly lastLatencyMs: number | null;
  readonly p50LatencyMs: number | null;
  readonly piecesDelivered: number;
  readonly piecesFailed: number;
  readonly ticketsReceived: number;
  readonly ticketsWon: number;
  readonly earnedWei: string;
  readonly lastRewardRound: string | null;
  readonly lastIncident: { readonly at: number; readonly sentence: string } | null;
};

export type NetworkAttempt = {
  readonly orchestrator: string | null;
  readonly label: string | null;
  readonly startedAt: number;
  readonly latencyMs: number;
  readonly ok: boolean;
  /** Called off because another one delivered first: it was late, nothing more is known against it. */
  readonly overtaken: boolean;
  readonly error: string | null;
  readonly tickets: number;
};

export type NetworkPiece = {
  readonly streamId: string;
  readonly seqNo: number;
  readonly receivedAt: number;
  readonly durationMs: number;
  readonly sourceBytes: number;
  readonly totalMs: number | null;
  /** `delivered`, `lost`, or still on its way. */
  readonly state: "underway" | "delivered" | "lost";
  readonly orchestrator: string | null;
  readonly label: string | null;
  readonly attempts: readonly NetworkAttempt[];
  readonly candidates: readonly {
    readonly orchestrator: string | null;
    readonly label: string | null;
    readonly stakeWei: string | null;
    readonly pricePerPixel: string | null;
    readonly latencyScore: number | null;
    readonly probability: number | null;
    readonly excludedBy: string | null;
    readonly chosen: boolean;
  }[];
  readonly selectionRule: string | null;
  readonly weights: { readonly stake: number; readonly price: number; readonly random: number } | null;
  readonly renditions: readonly {
    readonly name: string;
    readonly sizeBytes: number;
    readonly pixelCount: string;
    readonly hash: string;
  }[];
  readonly feeWei: string | null;
  readonly ticketsSent: number;
  readonly ticketsWon: number;
  readonly verified: boolean;
  readonly receiptHash: string | null;
};

export type NetworkPayments = {
  readonly sent: number;
  readonly accepted: number;
  readonly won: number;
  readonly redeemed: number;
  /** Σ expected value of tickets sent. */
  readonly expectedWei: string;
  /** From the chain: what the gateway lost and what orchestrators were credited. Equal, or null while unknown. */
  readonly paidWei: string | null;
  readonly creditedWei: string | null;
  readonly checkedAtBlock: string | null;
  /** Of credited fees, the part owned by delegators other than the operator, wei. */
  readonly stakersWei: string | null;
};

export type NetworkRound = {
  readonly number: string;
  readonly initialized: boolean;
  readonly startBlock: string;
  readonly block: string;
  readonly lengthBlocks: string;
  readonly secondsToNext: number | null;
  readonly rewards: readonly {
    readonly orchestrator: string;
    readonly label: string | null;
    readonly amountWei: string;
  }[];
  readonly feesWei: string;
};

export type NetworkChain = {
  /** False when the chain has not answered; figures are then frozen at `at`. */
  readonly reachable: boolean;
  readonly chainId: number | null;
  readonly block: string | null;
  readonly at: number | null;
  /** Seconds between blocks, measured. */
  readonly blockSec: number | null;
};

/** One line of "what just happened". The page turns `kind` and `data` into a sentence in the reader's language. */
export type NetworkEvent = {
  readonly id: string;
  readonly at: number;
  readonly kind:
    | "stream_started"
    | "stream_ended"
    | "orchestrator_stopped"
    | "orchestrator_gone"
    | "orchestrator_back"
    | "orchestrator_joined"
    | "takeover"
    | "ticket_won"
    | "ticket_redeemed"
    | "round_initialized"
    | "reward_called"
    | "segment_lost";
  readonly data: Readonly<Record<string, string | number | null>>;
};
