import { SlotPool } from "@livepeer-ts/compute";
import { recordingsRoute } from "@livepeer-ts/data";
import { localAiEngine, parseOrchestratorOptions, routed, startOrchestrator } from "@livepeer-ts/execution";
import type { HttpHandler, ObjectStore } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { createFfmpegRemuxer, FfmpegMediaMeter, FfmpegVideoAssembler } from "@livepeer-ts/media/adapters";
import { healthRoute } from "../admin/health-route.ts";
import { CorePool } from "../cores/core-pool.ts";
import type { OrchestratorConfig } from "../flags/node-config.ts";
import { nodeVersion } from "../node-version.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { startAvailabilityCheck } from "./availability-check.ts";
import { openLiveWork } from "./live-work.ts";
import type { OpenTranscoder } from "./local-transcoder.ts";
import { openMachineFacts } from "./machine-facts.ts";
import { type NodeStores, openNodeStores } from "./node-stores.ts";
import { openRunners } from "./open-runners.ts";
import { orchestratorListenAddress } from "./orchestrator-listen-address.ts";
import { openOrchestratorMoney } from "./orchestrator-money.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";
import { findServiceUri } from "./service-uri.ts";

/** An orchestrator that transcodes on this machine or on remote ones, on chain or off chain. */
export async function runOrchestrator(
  config: OrchestratorConfig,
  ports: ProcessPorts,
  openTranscoder: OpenTranscoder,
): Promise<RunningRole> {
  const local = config.local === undefined ? undefined : await openTranscoder(config.local, config.dataDir, ports);
  const money = await openOrchestratorMoney(config, ports);
  const service = await findServiceUri(config.service, money.chain, { ...ports, signal: ports.tasks.signal });
  const { allowEgress, maxSessions } = config;
  const named = service === undefined ? [] : [service.uri];
  const peers = { named, chainId: money.chain?.chainId, allowEgress };
  const net = peerNet(peers, ports.net);
  const stores = await openNodeStores({ stores: config.stores, peers, account: config.chain?.account }, ports);
  const facts = await openMachineFacts(config.compute, ports);
  const ai = await openAi(config, service?.uri ?? "", ports);
  const work = await openLiveWork(config, money);
  const role = startOrchestrator(
    parseOrchestratorOptions({
      serviceUri: service?.uri ?? "",
      nodes: config.nodes,
      maxSessions,
      transcoderSecret: config.secret,
      version: nodeVersion,
    }),
    {
      ...ports,
      ...money,
      ...facts,
      net,
      ...(stores.live === undefined ? {} : { store: stores.live }),
      post: stores.post,
      backend: local?.backend,
      // remote transcoders keep their own
      slots: new SlotPool({ slots: maxSessions === "auto" ? 1 : maxSessions }),
      ...(local === undefined ? {} : { capabilities: local.capabilities }),
      ...(ai === undefined ? {} : { ai }),
      ...(work === undefined ? {} : { live: work.live }),
    },
  );
  await work?.start(role.live);
  const isTls = (config.http.scheme ?? (service?.uri.startsWith("http://") ? "http" : "https")) === "https";
  const tls = isTls ? await createSelfSignedCertificate(service?.host ?? "localhost") : undefined;
  const address = orchestratorListenAddress(config.http.address, service);
  const handler =
    stores.record === undefined ? role.handler : withRecordings(role.handler, stores.record, stores, ports);
  const served = routed([healthRoute, { name: "orchestrator", match: () => true, handle: handler }]);
  const cores =
    config.cores === 1
      ? undefined
      : await CorePool.start(
          {
            address,
            start: {
              count: config.cores,
              tls,
              serviceUri: service?.uri ?? "",
              orchId: money.recipient.recipient ?? "offchain",
              chainId: money.chain?.chainId,
              account: config.chain?.account,
              // several processes would each believe to have the whole device
              local: config.local?.hardware === undefined ? config.local : undefined,
              dataDir: config.dataDir,
              stores: config.stores,
              allowEgress,
              logFormat: config.logFormat,
            },
          },
          { ...ports, role, handler: served, bandwidth: facts.bandwidth },
        );
  const host =
    cores ??
    (await startHttpHost(
      { ...address, ...(tls === undefined ? { h2c: true } : { tls }), bodies: config.bodies },
      served,
      ports.logger,
    ));
  if (service !== undefined && config.startupAvailabilityCheck)
    startAvailabilityCheck(service.uri, { ...ports, signer: money.signer }, ports.tasks);
  ports.logger.info("orchestrator is ready", {
    serviceUri: service?.uri ?? "none",
    port: host.port,
    ...(cores === undefined ? {} : { cores: config.cores }),
    transcoder: local === undefined ? (config.secret === undefined ? "none" : "remote") : local.engine,
  });
  const { sessions } = role;
  return {
    subjects: {
      ...(money.chain === undefined ? {} : { chain: money.chain }),
      orchestrator: {
        prices: money.prices,
        setMaxFaceValue: money.setMaxFaceValue,
        transcoders: role.transcoders,
        aiOffers: () => role.aiOffers(),
        serviceUri: service?.uri ?? "",
        cores: () => cores?.status() ?? [],
        liveRunners: role.live?.runners,
      },
      ...(role.aiWorkers === undefined ? {} : { aiWorkers: role.aiWorkers }),
      ...(ai?.pool === undefined ? {} : { runners: ai.pool }),
      capacity: {
        running: () => sessions.size,
        jobs: () => role.aiJobCount,
        maxSessions: () => sessions.maxSessions,
        setMaxSessions: (wanted) => role.setMaxSessions(wanted),
        refuseNew: (refuses) => {
          sessions.refusesNew = refuses;
        },
        refuseAll: () => {
          sessions.refusesAll = true;
        },
        inFlight: () => sessions.queuedCount,
      },
    },
    ...(cores === undefined ? {} : { failed: cores.failed }),
    facts: { port: host.port, address: money.signer.address ?? "" },
    async stop() {
      await host.stop();
      await role.stop();
      await ai?.pool?.stop();
      await ai?.meter.stop();
      await local?.backend.close();
      await ports.tasks.stop();
      await net.stop();
      await work?.stop();
      await stores.stop();
      await ports.net.stop();
      await money.close();
    },
  };
}

/** AI jobs, on runners of this machine where it has some; undefined: none are taken. */
async function openAi({ ai, dataDir }: OrchestratorConfig, orchestratorUri: string, ports: ProcessPorts) {
  if (ai === undefined) return undefined;
  const meter = new FfmpegMediaMeter({}, ports.clock);
  if (ai.runners === undefined) return { meter, engine: undefined, pool: undefined };
  const pool = await openRunners(ai.runners, { dataDir, orchestratorUri }, ports);
  // runners are the operator's own: they are reached past the guard for what peers name
  const engine = localAiEngine({ ...ports, pool, assembler: new FfmpegVideoAssembler({}, ports.clock) });
  return { meter, engine, pool };
}

/** Recordings out of the operator's store, beside the orchestrator's own routes. */
function withRecordings(
  handler: HttpHandler,
  store: ObjectStore,
  { openNamed, isRecording }: NodeStores,
  ports: ProcessPorts,
): HttpHandler {
  const remux = createFfmpegRemuxer(ports.clock);
  const recordings = recordingsRoute({ ...ports, store, openStore: openNamed, access: undefined, isRecording, remux });
  return routed([recordings, { name: "orchestrator", match: () => true, handle: handler }]);
}
