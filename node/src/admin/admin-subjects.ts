import type { RunnerPool } from "@livepeer-ts/compute";
import type {
  AiOffer,
  AiPoolState,
  AiWorkerCensus,
  LiveRunners,
  OrchestratorDirectory,
  StreamRegistry,
  SurveyedOrchestrator,
  TranscoderPool,
} from "@livepeer-ts/execution";
import type { Clock, Random } from "@livepeer-ts/kernel";
import type { CoreStatus } from "../cores/core-pool.ts";
import type { NodeConfig } from "../flags/node-config.ts";
import type { ChainContext } from "../roles/chain-context.ts";
import type { MaxPriceSettings } from "../roles/max-price-settings.ts";
import type { OperatorPrices } from "../roles/operator-prices.ts";
import type { Drain } from "./drain.ts";

/** The chain as the admin API needs it; transactions go through the node's one manager. */
export type ChainSubject = Pick<
  ChainContext,
  "chainId" | "signer" | "reader" | "book" | "blocks" | "rounds" | "pool" | "gas" | "transactions"
>;

/** How much a node takes on. */
export type CapacitySubject = {
  /** Sessions or streams that are open. */
  readonly running: () => number;
  readonly maxSessions: () => number;
  /** Throws `bad_option` for `auto` where there is nothing to add up. */
  readonly setMaxSessions: (maxSessions: number | "auto") => void;
  /** Sessions of another kind beside those, which a drain waits for too. */
  readonly otherSessions?: () => number;
  /** Jobs that are under way beside the sessions; absent: there are none of the kind. */
  readonly jobs?: () => number;
  /** No new sessions or streams, or again some. */
  readonly refuseNew: (refuses: boolean) => void;
  /** Before the end: takes not even segments of open sessions. Absent: the role's own end sees to its segments. */
  readonly refuseAll?: () => void;
  /** Segments that are worked on after that. */
  readonly inFlight?: () => number;
};

export type GatewaySubject = {
  readonly registry: StreamRegistry;
  readonly maxPrices: MaxPriceSettings;
  readonly directory: OrchestratorDirectory;
  /** What every orchestrator says about itself; asked again when a minute has passed. */
  readonly survey: () => Promise<readonly SurveyedOrchestrator[]>;
  /** Orchestrators for AI jobs by model. */
  readonly aiPools: () => readonly AiPoolState[];
};

export type OrchestratorSubject = {
  readonly prices: OperatorPrices;
  /** Of new offers, wei; 0 = none. */
  readonly setMaxFaceValue: (maxFaceValueWei: bigint) => void;
  /** Undefined where remote transcoders cannot come. */
  readonly transcoders: TranscoderPool | undefined;
  /** Models that gateways are told of. */
  readonly aiOffers: () => readonly AiOffer[];
  /** URI that gateways are told; empty: work is done at other nodes only. */
  readonly serviceUri: string;
  /** The processes that serve its port; none: this one does. */
  readonly cores: () => readonly CoreStatus[];
  /** Undefined where there are none. */
  readonly liveRunners: LiveRunners | undefined;
};

/** A remote worker's registration at its orchestrator. */
export type WorkerSubject = { readonly isRegistered: () => boolean };

/** What a role hands over. */
export type RoleSubjects = {
  readonly chain?: ChainSubject;
  readonly gateway?: GatewaySubject;
  readonly orchestrator?: OrchestratorSubject;
  /** Of a transcoder or AI worker for another machine's orchestrator. */
  readonly worker?: WorkerSubject;
  /** Models that this machine serves; absent: none. */
  readonly runners?: Pick<RunnerPool, "models">;
  /** Remote AI workers; absent: they cannot come. */
  readonly aiWorkers?: AiWorkerCensus;
  /** Absent: it takes no sessions. */
  readonly capacity?: CapacitySubject;
};

/** What belongs to the process, from its first moment on. */
export type ProcessSubjects = {
  readonly kind: NodeConfig["role"];
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the node stops; transactions outlive the call that asked for them. */
  readonly signal: AbortSignal;
  /** As in `-v`. */
  readonly logLevel: { get: () => number; set: (level: number) => void };
  /** Text for Prometheus; undefined without `-monitor`. */
  readonly metrics: (() => string) | undefined;
  readonly drain: Drain;
  /** Ends the process as SIGTERM does. */
  readonly exit: () => void;
};

/** Everything the routes work on. */
export type AdminSubjects = ProcessSubjects & RoleSubjects & { readonly isReady: boolean };
