import type { BandwidthMeter, ComputeFacts, SlotPool } from "@livepeer-ts/compute";
import {
  type Clock,
  type HttpHandler,
  type Logger,
  LpError,
  type Metrics,
  type Net,
  type ObjectStore,
  type PostUpload,
  type Random,
  type Tasks,
} from "@livepeer-ts/kernel";
import type { TranscoderBackend } from "@livepeer-ts/media";
import { withByoc } from "../ai/byoc/byoc-capability.ts";
import { MediaShelf } from "../ai/media/media-shelf.ts";
import { withAiOffers } from "../ai/orchestrator/ai-capabilities.ts";
import { aiRoute } from "../ai/orchestrator/ai-route.ts";
import { combinedEngine } from "../ai/orchestrator/combined-engine.ts";
import { GatedEngine } from "../ai/orchestrator/gated-engine.ts";
import type { AiEngine, AiOffer } from "../ai/ports/ai-engine.ts";
import type { MediaMeter } from "../ai/ports/media-meter.ts";
import { aiResultsRoute } from "../ai/remote/ai-results-route.ts";
import { AiWorkerPool } from "../ai/remote/ai-worker-pool.ts";
import { type AiWorkerServiceDeps, registerAiWorkerService } from "../ai/remote/ai-worker-service.ts";
import { AuthTokenIssuer } from "../auth/auth-token.ts";
import { defaultCapabilities, mandatoryCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { grpcRoute } from "../grpc/grpc-route.ts";
import { routed } from "../http/routed.ts";
import type { GatewayCheck } from "../ports/gateway-check.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import type { ReceiptIssuer } from "../ports/receipts.ts";
import type { SegmentBooks } from "../ports/segment-books.ts";
import { remoteEngine } from "../remote/remote-engine.ts";
import { transcodeResultsRoute } from "../remote/transcode-results-route.ts";
import { TranscoderPool } from "../remote/transcoder-pool.ts";
import { registerTranscoderService } from "../remote/transcoder-service.ts";
import { StoreGrants } from "../storage/store-grants.ts";
import type { Capabilities } from "../wire/net_pb.gen.ts";
import { type LiveWork, type RunningLiveWork, startLiveWork } from "./live-work.ts";
import { localEngine } from "./local-engine.ts";
import { ObjectShelf } from "./object-shelf.ts";
import type { InfoSource } from "./orchestrator-info.ts";
import { checkedMaxSessions, type OrchestratorOptions } from "./orchestrator-options.ts";
import { registerOrchestratorService } from "./orchestrator-service.ts";
import { ownBooks } from "./own-books.ts";
import { paymentRoute } from "./payment-route.ts";
import { ResultStore } from "./result-store.ts";
import type { SegmentEngine } from "./segment-engine.ts";
import { segmentRoute } from "./segment-route.ts";
import { SegmentWorker } from "./segment-worker.ts";
import { SessionTable } from "./session-table.ts";

export type OrchestratorDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
  /** Who may come. Default: everybody. */
  readonly gateways?: GatewayCheck;
  /** Absent = an orchestrator without a transcoder. */
  readonly backend: TranscoderBackend | undefined;
  readonly slots: SlotPool;
  /** The node's own external store: gateways put sources there, and results go there when they have no store. Absent: none. */
  readonly store?: ObjectStore;
  /** Uploads into the stores that gateways name; behind the egress guard. Absent: results wait in memory. */
  readonly post?: PostUpload;
  /** Capability numbers of the node; default set when absent. */
  readonly capabilities?: readonly number[];
  /** What gateways may know of the machine. Absent, or undefined: nothing. */
  readonly facts?: () => ComputeFacts | undefined;
  /** Told how quickly segments came in. Absent: nobody wants to know. */
  readonly bandwidth?: Pick<BandwidthMeter, "add">;
  /** How the work of AI jobs is measured, and the engine of this machine; remote workers come with the secret. Absent: no AI jobs are taken. */
  readonly ai?: { readonly meter: MediaMeter; readonly engine: AiEngine | undefined };
  /** Applications of others behind this node, and the channels that they use. Absent: none. */
  readonly live?: LiveWork;
};

/** A running role: mount `handler` on a host, call `stop` at the end. */
export type Role = { readonly handler: HttpHandler; stop(): Promise<void> };

/** A running orchestrator. */
export type OrchestratorRole = Role & {
  readonly sessions: SessionTable;
  /** For processes that do the work of this one's port. */
  readonly books: SegmentBooks;
  /** Called with the session's id when one has ended. */
  onSessionEnd(listener: (sessionId: string) => void): void;
  /** Undefined where remote transcoders cannot come. */
  readonly transcoders: TranscoderPool | undefined;
  /** Models that it offers, whoever runs them. */
  aiOffers(): readonly AiOffer[];
  /** AI jobs that have no result yet. */
  readonly aiJobCount: number;
  /** Undefined where remote AI workers cannot come. */
  readonly aiWorkers: AiWorkerPool | undefined;
  /** Undefined without. */
  readonly live: RunningLiveWork | undefined;
  /** True when it can transcode by itself. */
  readonly hasLocalTranscoder: boolean;
  /** Sessions at once; those that are open go on when it is less. Throws `bad_option` for `auto` without remote transcoders. */
  setMaxSessions(maxSessions: number | "auto"): void;
};

const sweepMs = 10_000;
/** Results of AI jobs until the gateway has fetched them. */
const aiShelf = { maxBytes: 512 * 1024 * 1024, keepMs: 600_000 };

/** The orchestrator as a function of its ports; it does not listen. */
export function startOrchestrator(options: OrchestratorOptions, deps: OrchestratorDeps): OrchestratorRole {
  const tasks = deps.tasks.child("orchestrator");
  const tokens = new AuthTokenIssuer({ clock: deps.clock, random: deps.random });
  const shelf = new ObjectShelf(options.objectsPerDirectory);
  const { pool, engine, capabilities: transcoding } = createEngine(options, shelf, deps);
  const secret = options.transcoderSecret;
  const ai = deps.ai === undefined ? undefined : createAi(deps.ai, options, () => sessions.refusesNew, deps);
  const withModels = ai === undefined ? transcoding : () => withAiOffers(transcoding(), ai.engine.offers());
  const capabilities = () => {
    const own = withByoc(withModels(), (live?.byoc?.capabilities.all.length ?? 0) > 0);
    return live?.serverless?.capabilities(own) ?? own;
  };
  const limitOf = (maxSessions: number | "auto") =>
    maxSessions === "auto" ? () => pool?.capacity ?? 0 : checkedMaxSessions(maxSessions);
  const onChange = () => countSessions();
  const endListeners: ((sessionId: string) => void)[] = [];
  const sessions = new SessionTable(
    { maxSessions: limitOf(options.maxSessions), onChange },
    deps.clock,
    (sessionId) => {
      shelf.dropSession(sessionId);
      for (const listener of endListeners) listener(sessionId);
      if (engine !== undefined) tasks.spawn("end session", () => engine.endSession(sessionId));
    },
  );
  const info: InfoSource = {
    serviceUri: options.serviceUri,
    nodes: options.nodes,
    capabilities,
    signer: deps.signer,
    recipient: deps.recipient,
    tokens,
    ...(deps.facts === undefined ? {} : { facts: deps.facts }),
    ...(deps.store === undefined ? {} : { grants: new StoreGrants(deps.store, deps.clock) }),
  };
  const results = new ResultStore(deps);
  const places = deps.backend === undefined ? {} : { places: deps.slots };
  const books = ownBooks({ ...deps, ...places, tokens, capabilities, sessions, info });
  const orchId = orchIdOf(deps.recipient);
  const worker = new SegmentWorker({ ...deps, engine, books, shelf, results, orchId, serviceUri: options.serviceUri });
  const { inputDownloadMs } = options;
  const common = { ...deps, tokens, capabilities, sessions, info, books, worker, inputDownloadMs };
  const live =
    deps.live === undefined
      ? undefined
      : startLiveWork(
          options.serviceUri,
          deps.live,
          { ...deps, tokens, info, isShut: () => sessions.refusesNew },
          tasks,
        );
  const countSessions = () => {
    deps.metrics.gauge("livepeer_max_sessions_total", sessions.maxSessions);
    deps.metrics.gauge("livepeer_current_sessions_total", sessions.size);
  };
  const sweep = async () => {
    sessions.sweep();
    countSessions();
  };
  deps.clock.every(sweepMs, sweep, tasks);
  const transcoders = pool === undefined || secret === undefined ? undefined : { pool, secret, logger: deps.logger };
  return {
    handler: routed([
      ...(live?.routes ?? []),
      grpcRoute((router) => {
        registerOrchestratorService(router, common);
        if (transcoders !== undefined) registerTranscoderService(router, transcoders);
        if (ai?.workers !== undefined) registerAiWorkerService(router, ai.workers);
      }, deps.clock),
      segmentRoute(common),
      paymentRoute(common),
      ...(transcoders === undefined ? [] : [transcodeResultsRoute(transcoders)]),
      ...(ai === undefined ? [] : [aiRoute({ ...common, ...ai, serviceUri: options.serviceUri }), ai.shelf.route()]),
      ...(ai?.workers === undefined ? [] : [aiResultsRoute(ai.workers)]),
      shelf.route(),
    ]),
    sessions,
    books,
    onSessionEnd: (listener) => {
      endListeners.push(listener);
    },
    transcoders: pool,
    aiOffers: () => ai?.engine.offers() ?? [],
    get aiJobCount() {
      return (ai?.engine.running ?? 0) + (live?.serverless?.jobCount() ?? 0);
    },
    aiWorkers: ai?.workers?.pool,
    live,
    hasLocalTranscoder: deps.backend !== undefined,
    setMaxSessions(maxSessions) {
      if (maxSessions === "auto" && pool === undefined) {
        throw new LpError({
          code: "bad_option",
          message: "Max Sessions 'auto' needs remote transcoders (-orchestrator without -transcoder): give a number",
        });
      }
      sessions.setMaxSessions(limitOf(maxSessions));
      if (maxSessions !== "auto" && pool === undefined) deps.slots.resize(maxSessions);
    },
    stop: () => tasks.stop(),
  };
}

type Ai = {
  readonly meter: MediaMeter;
  readonly engine: GatedEngine;
  /** Media of jobs and their results, for gateways and workers. */
  readonly shelf: MediaShelf;
  readonly workers: (AiWorkerServiceDeps & { readonly logger: Logger }) | undefined;
};

/** The engine of this machine where there is one, and the remote workers where they may come. `isShut`: no new job is taken. */
function createAi(
  { meter, engine }: NonNullable<OrchestratorDeps["ai"]>,
  { transcoderSecret: secret, serviceUri }: OrchestratorOptions,
  isShut: () => boolean,
  deps: OrchestratorDeps,
): Ai {
  const shelf = new MediaShelf(aiShelf, deps.clock);
  const workers =
    secret === undefined
      ? undefined
      : { secret, logger: deps.logger, pool: new AiWorkerPool({ ...deps, shelf, serviceUri }) };
  const engines = [engine, workers?.pool].filter((one) => one !== undefined);
  return { meter, shelf, workers, engine: new GatedEngine(combinedEngine(engines), isShut) };
}

/** Who works, as transcoders are told. */
function orchIdOf({ recipient }: Pick<PaymentRecipient, "recipient">): string {
  return recipient ?? "offchain";
}

type Engine = {
  readonly pool: TranscoderPool | undefined;
  readonly engine: SegmentEngine | undefined;
  readonly capabilities: () => Capabilities;
};

/** The local back end where there is one, else the remote transcoders where they may come. */
function createEngine(options: OrchestratorOptions, shelf: ObjectShelf, deps: OrchestratorDeps): Engine {
  const { version, serviceUri } = options;
  const { backend } = deps;
  const announced = (capabilities: readonly number[]) =>
    nodeCapabilities({ capabilities, mandatories: mandatoryCapabilities, version });
  if (backend !== undefined || options.transcoderSecret === undefined) {
    const own = announced(deps.capabilities ?? defaultCapabilities);
    const engine = backend === undefined ? undefined : localEngine({ backend, version });
    return { pool: undefined, engine, capabilities: () => own };
  }
  const orchId = orchIdOf(deps.recipient);
  const pool = new TranscoderPool({ orchId, ownCapabilities: announced([]) }, deps);
  const engine = remoteEngine({ pool, shelf, serviceUri, random: deps.random });
  return { pool, engine, capabilities: () => pool.capabilities };
}
