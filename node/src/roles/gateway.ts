import { recordingsRoute } from "@livepeer-ts/data";
import {
  ByocGatewayStreams,
  byocGatewayRoutes,
  defaultAppGatewayOptions,
  defaultByocGatewayOptions,
  defaultByocGatewayStreamsOptions,
  type GatewayRole,
  OrchestratorClient,
  openAccess,
  openStreamAccess,
  PerformanceScores,
  parseGatewayOptions,
  routed,
  startAiGateway,
  startAppGateway,
  startGateway,
  startStreamHeartbeat,
  surveyOrchestrators,
  webhookAccess,
  webhookStreamAccess,
} from "@livepeer-ts/execution";
import { type EgressGuard, NodeNet, startHttpHost } from "@livepeer-ts/kernel/adapters";
import {
  createFfmpegRemuxer,
  FfmpegMediaMeter,
  FfmpegRtmpOutlet,
  FfmpegRtmpPuller,
  type RtmpServer,
  startRtmpServer,
} from "@livepeer-ts/media/adapters";
import type { CapacitySubject } from "../admin/admin-subjects.ts";
import { aiNetworkRoute } from "../admin/ai-network-route.ts";
import { endStreamRoute } from "../admin/end-stream-route.ts";
import { healthRoute } from "../admin/health-route.ts";
import type { GatewayConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { cachedSurvey } from "./cached-survey.ts";
import { closeNodeDatabases } from "./data-folder.ts";
import { type GatewayMoney, openGatewayMoney } from "./gateway-money.ts";
import { openLiveStore } from "./live-store.ts";
import { loggedAppCalls } from "./logged-app-calls.ts";
import { openNodeStores } from "./node-stores.ts";
import { peerNet } from "./peer-net.ts";
import { openResultChecks } from "./result-checks.ts";
import type { RunningRole } from "./running-role.ts";
import { noTranscodersToCount } from "./session-limit.ts";

const webhookTimeoutMs = 5000;
/** Connections to the apps behind one orchestrator: as many as there are calls at once. */
const connectionsPerApps = defaultAppGatewayOptions.maxCalls;
/** RTMP connections beside those of the streams that are allowed, from one address: players, and publishers that are refused. */
const spareRtmpConnections = 128;
/** What orchestrators said of their models is good for this long, ms: warmth and free places change quickly. */
const offersMs = 10_000;

/** A gateway: RTMP and HTTP push in, HLS out, work sent to orchestrators, on chain or off chain. */
export async function runGateway(config: GatewayConfig, ports: ProcessPorts): Promise<RunningRole> {
  let streams: GatewayRole["registry"] | undefined;
  const money = await openGatewayMoney(config, (manifestId) => streams?.get(manifestId)?.identity, ports);
  const { orchAddr, orchWebhookUrl, allowEgress, authWebhookUrl: webhook } = config;
  // a webhook on this machine or in a private network may name orchestrators there
  const lister = orchWebhookUrl ?? (orchAddr.length === 0 ? config.remoteSigner?.url : undefined);
  const named = lister === undefined ? orchAddr : [withoutPath(lister)];
  const peers = { named, chainId: money.chain?.chainId, allowEgress };
  const net = peerNet(peers, ports.net);
  const access =
    webhook === undefined ? undefined : webhookAccess({ url: webhook, timeoutMs: webhookTimeoutMs }, ports);
  const stores = await openNodeStores(
    { stores: config.stores, peers, webhookUrl: webhook, account: config.chain?.account ?? money.signer.address },
    ports,
  );
  const checks = openResultChecks(config, stores.live, ports);
  const { evidence } = config.verification;
  const options = parseGatewayOptions({
    ...config.options,
    localVerify: checks.isActive,
    maxPriceOf: (capabilities) => money.maxPrices.maxPriceOf(capabilities),
    // without a webhook everybody may publish: there is nobody to ask again
    ...(access === undefined ? { accessRecheckMs: 0 } : {}),
  });
  const live = await openLiveStore(config.dataDir, ports);
  const role = startGateway(options, {
    ...ports,
    ...money,
    net,
    verifier: checks.verifier,
    evidence: evidence === undefined ? undefined : await stores.openOwn(evidence),
    access: access ?? openAccess,
    memory: live.store,
    stores: stores.streams,
    post: stores.post,
    scores: openScores(config, ports),
  });
  const meter = new FfmpegMediaMeter({}, ports.clock);
  const client = new OrchestratorClient({ ...ports, net, signer: money.signer });
  const askAll = () => surveyOrchestrators({ ...ports, directory: money.directory, client }, ports.tasks.signal);
  const recentOffers = cachedSurvey(askAll, ports.clock, offersMs);
  const ai = startAiGateway(
    {
      ...config.ai,
      discovery: options.discovery,
      weights: options.pool.weights,
      ignoreMaxPriceIfNeeded: options.pool.ignoreMaxPriceIfNeeded,
      maxPriceOf: options.maxPriceOf,
    },
    { ...ports, ...money, net, meter, store: () => stores.streams.live(undefined), survey: recentOffers },
  );
  // calls of apps may keep a connection for long; nothing else waits for it
  const trustedAppNet = new NodeNet({ connectionsPerPeer: connectionsPerApps });
  const appNet = peerNet(peers, trustedAppNet, { connectionsPerPeer: connectionsPerApps });
  const apps = startAppGateway(
    {
      ...config.apps,
      blocklist: options.discovery.blocklist,
      weights: options.pool.weights,
      ignoreMaxPriceIfNeeded: options.pool.ignoreMaxPriceIfNeeded,
      maxPriceOf: (app, unit) => money.maxPrices.maxPriceOfApp(app, unit),
    },
    { ...ports, ...money, net, appNet },
  );
  const { registry } = role;
  streams = registry;
  let rtmp: RtmpServer | undefined;
  // browsers of other sites may ask about streams; go-livepeer has no flag for it
  const allowCors = (process.env["LIVE_AI_ALLOW_CORS"] ?? "") !== "";
  const jobs = { ...ports, ...money, net };
  const capabilityStreams = openCapabilityStreams(config, allowCors, () => rtmp?.port ?? 0, jobs, ports);
  const handler = routed([
    healthRoute,
    endStreamRoute(config.events.token, role.registry),
    aiNetworkRoute(config.events.token, {
      survey: recentOffers,
      weiPerUsd: money.weiPerUsd,
      clock: ports.clock,
    }),
    recordingsRoute({
      ...ports,
      store: stores.record,
      openStore: stores.openNamed,
      access,
      isRecording: stores.isRecording,
      remux: createFfmpegRemuxer(ports.clock),
    }),
    ...ai.routes,
    ...apps.routes.map((route) => loggedAppCalls(route, ports)),
    ...byocGatewayRoutes(defaultByocGatewayOptions, jobs),
    ...capabilityStreams.routes,
    { name: "gateway", match: () => true, handle: role.handler },
  ]);
  const host = await startHttpHost({ ...config.httpAddr, bodies: config.bodies }, handler, ports.logger);
  rtmp = await startRtmpServer(
    // all streams may come through one relay
    { ...config.rtmpAddr, maxConnections: () => 2 * (registry.maxStreams + spareRtmpConnections) },
    { ...ports, sink: capabilityStreams.ingest(role.ingest) },
  );
  ports.logger.info("gateway is ready", { httpPort: host.port, rtmpPort: rtmp.port });
  const capacity: CapacitySubject = {
    running: () => registry.streams.length + capabilityStreams.streams.length,
    maxSessions: () => registry.maxStreams,
    setMaxSessions: (maxSessions) => {
      if (maxSessions === "auto") throw noTranscodersToCount();
      registry.maxStreams = maxSessions;
    },
    otherSessions: () => apps.running().sessions,
    jobs: () => apps.running().calls,
    refuseNew: (refuses) => {
      registry.refusesNew = refuses;
      capabilityStreams.refusesNew = refuses;
      apps.refuseNew(refuses);
    },
  };
  const survey = cachedSurvey(askAll, ports.clock);
  return {
    subjects: {
      ...(money.chain === undefined ? {} : { chain: money.chain }),
      gateway: { registry, maxPrices: money.maxPrices, directory: money.directory, survey, aiPools: ai.pools },
      capacity,
    },
    facts: { httpPort: host.port, rtmpPort: rtmp.port, address: money.signer.address ?? "" },
    async stop() {
      await rtmp?.stop();
      await capabilityStreams.stop();
      await role.stop();
      await ai.stop();
      await apps.stop();
      await host.stop();
      await ports.tasks.stop();
      await meter.stop();
      await checks.stop();
      await net.stop();
      await appNet.stop();
      await trustedAppNet.stop();
      await stores.stop();
      await live.close();
      await ports.net.stop();
      await closeNodeDatabases(money.databases);
    },
  };
}

/** Streams of external capabilities, and whoever is asked and told about them. */
function openCapabilityStreams(
  { capabilityStreams: config }: GatewayConfig,
  allowCors: boolean,
  rtmpPort: () => number,
  jobs: Omit<ProcessPorts, "net"> & GatewayMoney & { readonly net: EgressGuard },
  ports: ProcessPorts,
): ByocGatewayStreams {
  const { webhook, heartbeat, outMs } = config;
  const defaults = defaultByocGatewayStreamsOptions;
  const streams = new ByocGatewayStreams(
    { ...defaultByocGatewayOptions, ...defaults, allowCors, rtmpPort, seat: { ...defaults.seat, outMs } },
    {
      ...jobs,
      access: webhook === undefined ? openStreamAccess : webhookStreamAccess(webhook, ports),
      outlet: new FfmpegRtmpOutlet({ locate: (host, port) => jobs.net.locate(host, port) }),
      puller: new FfmpegRtmpPuller(),
    },
  );
  if (heartbeat !== undefined) startStreamHeartbeat(heartbeat, { ...ports, streams });
  return streams;
}

/** The scores of `-orchPerfStatsUrl`; undefined without. */
function openScores({ scores: options }: GatewayConfig, ports: ProcessPorts): PerformanceScores | undefined {
  if (options === undefined) return undefined;
  const scores = new PerformanceScores(options, ports);
  scores.start(ports.tasks);
  return scores;
}

function withoutPath(url: string): string {
  return new URL(url).origin;
}
