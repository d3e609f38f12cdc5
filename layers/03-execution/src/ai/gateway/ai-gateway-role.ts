import type {
  Clock,
  EventSink,
  HttpRoute,
  Logger,
  Metrics,
  Net,
  ObjectStore,
  Random,
  Tasks,
} from "@livepeer-ts/kernel";
import { type DiscoveryOptions, discover } from "../../discovery/discover.ts";
import { OrchestratorClient } from "../../discovery/orchestrator-client.ts";
import type { SurveyedOrchestrator } from "../../discovery/survey.ts";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { OrchestratorDirectory } from "../../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../../ports/payment-sender.ts";
import type { SegmentSigner } from "../../ports/segment-signer.ts";
import { MediaShelf } from "../media/media-shelf.ts";
import type { MediaMeter } from "../ports/media-meter.ts";
import { type AiGatewayOptions, AiJobs } from "./ai-jobs.ts";
import { aiGatewayRoutes } from "./ai-routes.ts";
import { AiSender } from "./ai-sender.ts";
import type { AiPoolState } from "./ai-session-pool.ts";
import { chatCompletionRoutes } from "./chat-completions.ts";
import { chatModelRoutes } from "./chat-models.ts";
import { defaultVideoResultsOptions, VideoResults } from "./video-results.ts";
import { defaultWatchedJobsOptions, WatchedJobs } from "./watched-jobs.ts";

export type AiGatewayDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly signer: NodeSigner;
  readonly segmentSigner?: SegmentSigner | undefined;
  readonly payments: PaymentSender;
  readonly directory: OrchestratorDirectory;
  readonly meter: MediaMeter;
  /** Where results go; undefined: this node serves them. */
  readonly store: () => Promise<ObjectStore | undefined>;
  /** What the orchestrators of the directory say of themselves; may be some seconds old. */
  readonly survey: () => Promise<readonly SurveyedOrchestrator[]>;
};

/** AI jobs of a gateway: mount `routes` before its other routes, call `stop` at the end. */
export type AiGatewayRole = {
  readonly routes: readonly HttpRoute[];
  /** The orchestrators of each model that was asked for. */
  pools(): readonly AiPoolState[];
  stop(): Promise<void>;
};

/** Results in memory. */
const shelfOptions = { maxBytes: 512 * 1024 * 1024, keepMs: 3_600_000 };

/** The AI side of a gateway as a function of its ports; it does not listen. */
export function startAiGateway(
  options: AiGatewayOptions & { readonly discovery: DiscoveryOptions },
  deps: AiGatewayDeps,
): AiGatewayRole {
  const tasks = deps.tasks.child("AI gateway");
  const client = new OrchestratorClient(deps);
  const jobs = new AiJobs(options, {
    ...deps,
    tasks,
    sender: new AiSender({ ...deps, client }),
    discover: (capabilities, signal) => discover(capabilities, options.discovery, { ...deps, tasks, client }, signal),
  });
  const shelf = new MediaShelf(shelfOptions, deps.clock);
  const videos = new VideoResults(defaultVideoResultsOptions, deps.clock);
  const watched = new WatchedJobs(defaultWatchedJobsOptions, deps.clock);
  const common = { ...deps, tasks, jobs, shelf, videos, watched };
  return {
    routes: [...aiGatewayRoutes(common), ...chatCompletionRoutes(common), ...chatModelRoutes(deps)],
    pools: () => jobs.pools,
    stop: () => tasks.stop(),
  };
}
