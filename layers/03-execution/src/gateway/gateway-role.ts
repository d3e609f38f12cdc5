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
import { BodyBudget, errorText, toHex } from "@livepeer-ts/kernel";
import type { IngestSink } from "@livepeer-ts/media";
import { type Discovery, discover } from "../discovery/discover.ts";
import { OrchestratorClient } from "../discovery/orchestrator-client.ts";
import { routed } from "../http/routed.ts";
import type { AccessCheck } from "../ports/access-check.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../ports/payment-sender.ts";
import type { ReceiptReader } from "../ports/receipts.ts";
import type { ResultVerifier } from "../ports/result-verifier.ts";
import type { SegmentSigner } from "../ports/segment-signer.ts";
import type { StreamStores } from "../ports/stream-stores.ts";
import type { DiscoveryRecord } from "../records/discovery-record.ts";
import { HedgeBudget } from "../segments/hedge-budget.ts";
import { OrchestratorPulse } from "../segments/orchestrator-pulse.ts";
import { PeerStore } from "../storage/peer-store.ts";
import { recheckAccess } from "./access/access-recheck.ts";
import { FastVerification } from "./fast-verification.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { LiveStream } from "./live-stream.ts";
import { LowLatency } from "./low-latency.ts";
import { orchestratorAddress } from "./orchestrator-session.ts";
import { playbackRoute } from "./playback-route.ts";
import { pushRoute } from "./push-route.ts";
import type { ScoreFilter } from "./score-filter.ts";
import { SegmentSender } from "./segment-sender.ts";
import { SessionPool } from "./session-pool.ts";
import { StreamObjects } from "./stream-objects.ts";
import { StreamOutput } from "./stream-output.ts";
import { StreamRegistry } from "./stream-registry.ts";
import { SuccessRates } from "./success-rates.ts";
import { VerificationEvidence } from "./verification-evidence.ts";

export type GatewayDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: NodeSigner;
  /** Signs segments in the signer's place. */
  readonly segmentSigner?: SegmentSigner | undefined;
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
  readonly scores?: ScoreFilter | undefined;
  /** Where results that failed fast verification are kept. Absent: nowhere. */
  readonly evidence?: ObjectStore | undefined;
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
/** Of what may be downloaded at once, for one orchestrator: two that send all they may leave the others nothing. */
const peerShare = 0.5;

/** Records whom a stream could use, when that is not who it was before (`told`). Records never stop the video: a failure is logged. */
async function tellDiscovery(
  manifestId: string,
  { found }: Discovery,
  told: { uris: string },
  deps: GatewayDeps,
): Promise<void> {
  const uris = found
    .map(({ info }) => info.transcoder)
    .sort()
    .join();
  if (uris === told.uris) return;
  told.uris = uris;
  const data: DiscoveryRecord = {
    manifestId,
    orchestrators: found.map(({ entry, info, latencyMs }) => ({
      address: orchestratorAddress({ entry, info }),
      uri: info.transcoder,
      latencyMs: Math.round(latencyMs),
    })),
  };
  try {
    await deps.events.emit({ type: "discovery.done", subject: manifestId, data });
  } catch (error) {
    deps.metrics.count("livepeer_records_lost_total", { type: "discovery.done" });
    deps.logger.error("record not stored", { type: "discovery.done", manifestId, error: errorText(error) });
  }
}

/** The gateway as a function of its ports; it does not listen. */
export function startGateway(options: GatewayOptions, deps: GatewayDeps): GatewayRole {
  const tasks = deps.tasks.child("gateway");
  const downloads = new BodyBudget({
    totalBytes: options.downloadBytes,
    perPeerBytes: Math.ceil(options.downloadBytes * peerShare),
  });
  const client = new OrchestratorClient({ ...deps, downloads });
  const peerStore = deps.post === undefined ? {} : { peerStore: new PeerStore({ ...deps, post: deps.post }) };
  const times = { refreshMs, downloadMs };
  const sender = new SegmentSender({ ...deps, ...peerStore, ...times, client, localVerify: options.localVerify });
  const hedges = new HedgeBudget(options.hedges, deps.clock);
  const pulse = new OrchestratorPulse(deps.clock);
  const rates = new SuccessRates(deps);
  rates.start(tasks);
  const evidence =
    deps.evidence === undefined ? undefined : new VerificationEvidence({}, { ...deps, tasks, store: deps.evidence });
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
        rates,
        verification:
          identity.verificationFreq > 0
            ? new FastVerification({ frequency: identity.verificationFreq }, { ...deps, evidence })
            : undefined,
        onEnd,
        recording: media.recording,
        output: new StreamOutput(
          new StreamObjects(
            { manifestId: identity.manifestId, storeId: toHex(deps.random.bytes(4)).slice(2) },
            { ...deps, tasks, store: media.store },
          ),
          new LowLatency({ manifestId: identity.manifestId }, deps),
        ),
        createPool: (capabilities) => {
          const told = { uris: "" };
          return new SessionPool(
            { ...options.pool, maxPrice: () => options.maxPriceOf(capabilities) },
            {
              ...deps,
              pulse,
              discover: async (signal) => {
                const result = await discover(capabilities, options.discovery, { ...deps, tasks, client }, signal);
                await tellDiscovery(identity.manifestId, result, told, deps);
                return result;
              },
            },
          );
        },
      }),
  });
  deps.metrics.gauge("livepeer_max_sessions_total", options.maxStreams);
  deps.metrics.gauge("livepeer_current_sessions_total", 0);
  deps.clock.every(sweepMs, () => registry.sweep(options.pushIdleMs), tasks);
  deps.clock.every(sweepMs, async () => gaugeVerification(registry, deps.metrics), tasks);
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

/** Streams that are to be verified, and those of them that have a verified orchestrator. */
function gaugeVerification(registry: StreamRegistry, metrics: Metrics): void {
  const enabled = registry.streams.filter((stream) => stream.identity.verificationFreq > 0);
  const using = enabled.filter((stream) => stream.hasVerified);
  metrics.gauge("livepeer_fast_verification_enabled_current_sessions_total", enabled.length);
  metrics.gauge("livepeer_fast_verification_using_current_sessions_total", using.length);
}
