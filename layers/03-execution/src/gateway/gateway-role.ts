import type {
  Clock,
  EventSink,
  HttpHandler,
  Logger,
  Metrics,
  Net,
  ObjectStore,
  PostUpload,
  Random,
  Tasks,
} from "@livepeer-ts/kernel";
import { toHex } from "@livepeer-ts/kernel";
import type { IngestSink } from "@livepeer-ts/media";
import { discover } from "../discovery/discover.ts";
import { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import { routed } from "../http/routed.ts";
import type { AccessCheck } from "../ports/access-check.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../ports/payment-sender.ts";
import type { ReceiptReader } from "../ports/receipts.ts";
import type { ResultVerifier } from "../ports/result-verifier.ts";
import type { StreamStores } from "../ports/stream-stores.ts";
import { HedgeBudget } from "../segments/hedge-budget.ts";
import { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { PeerStore } from "../storage/peer-store.ts";
import { recheckAccess } from "./access/access-recheck.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { LiveStream } from "./live-stream.ts";
import { playbackRoute } from "./playback-route.ts";
import { pushRoute } from "./push-route.ts";
import { SegmentSender } from "./segment-sender.ts";
import { SessionPool } from "./session-pool.ts";
import { StreamObjects } from "./stream-objects.ts";
import { StreamOutput } from "./stream-output.ts";
import { StreamRegistry } from "./stream-registry.ts";

export type GatewayDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: NodeSigner;
  readonly payments: PaymentSender;
  readonly directory: OrchestratorDirectory;
  readonly verifier: ResultVerifier;
  readonly receipts: ReceiptReader | undefined;
  readonly access: AccessCheck;
  /** In this process: what players fetch from this node. */
  readonly memory: ObjectStore;
  /** Where streams are stored and recorded beside that. */
  readonly stores: StreamStores;
  /** Uploads into the stores that orchestrators name; behind the egress guard. Absent: segments always go in the request. */
  readonly post?: PostUpload;
  readonly events: EventSink;
};

/** A running gateway: mount `handler` on a host, give `ingest` to the ingest servers, call `stop` at the end. */
export type GatewayRole = {
  readonly handler: HttpHandler;
  readonly ingest: IngestSink;
  readonly registry: StreamRegistry;
  /** Ends; segments that were taken over may still be delivered for `graceMs`. Default 5000. */
  stop(graceMs?: number): Promise<void>;
};

const sweepMs = 5000;
const refreshMs = 2500;
const downloadMs = 4000;

/** The gateway as a function of its ports; it does not listen. */
export function startGateway(options: GatewayOptions, deps: GatewayDeps): GatewayRole {
  const tasks = deps.tasks.child("gateway");
  const client = new OrchestratorClient(deps);
  const peerStore = deps.post === undefined ? {} : { peerStore: new PeerStore({ ...deps, post: deps.post }) };
  const times = { refreshMs, downloadMs };
  const sender = new SegmentSender({ ...deps, ...peerStore, ...times, client, localVerify: options.localVerify });
  const hedges = new HedgeBudget(options.hedges, deps.clock);
  const pulse = new OrchestratorPulse(deps.clock);
  const registry: StreamRegistry = new StreamRegistry(options, {
    ...deps,
    tasks,
    createStream: (identity, media, onEnd) =>
      new LiveStream(identity, options.stream, {
        ...deps,
        tasks,
        client,
        sender,
        hedges,
        pulse,
        onEnd,
        recording: media.recording,
        output: new StreamOutput(
          new StreamObjects(
            { manifestId: identity.manifestId, storeId: toHex(deps.random.bytes(4)).slice(2) },
            { ...deps, tasks, store: media.store },
          ),
        ),
        createPool: (capabilities) =>
          new SessionPool(
            { ...options.pool, maxPrice: () => options.maxPriceOf(capabilities) },
            {
              ...deps,
              pulse,
              discover: (signal) => discover(capabilities, options.discovery, { ...deps, tasks, client }, signal),
            },
          ),
      }),
  });
  deps.clock.every(sweepMs, () => registry.sweep(options.pushIdleMs), tasks);
  const { accessRecheckMs } = options;
  if (accessRecheckMs > 0) {
    const recheck = () => recheckAccess(accessRecheckMs, { ...deps, registry, tasks });
    deps.clock.every(Math.min(sweepMs, accessRecheckMs), recheck, tasks);
  }
  return {
    handler: routed([
      ...(options.httpIngest ? [pushRoute({ ...deps, registry })] : []),
      playbackRoute(registry, options.currentManifest),
    ]),
    ingest: registry,
    registry,
    async stop(graceMs = 5000) {
      await registry.stop(graceMs);
      await tasks.stop();
    },
  };
}
