import { createSpendStore } from "@livepeer-ts/data";
import {
  openAuthorizer,
  RemoteSigner,
  signerPaths,
  signerRoutes,
  TicketSender,
  webhookAuthorizer,
} from "@livepeer-ts/economics";
import {
  discoverOrchestratorsRoute,
  NetworkSnapshot,
  nodeCapabilities,
  OrchestratorClient,
  routed,
  staticDirectory,
  webhookDirectory,
} from "@livepeer-ts/execution";
import { checksumAddress, type HttpRoute } from "@livepeer-ts/kernel";
import { startHttpHost } from "@livepeer-ts/kernel/adapters";
import { healthRoute } from "../admin/health-route.ts";
import type { RemoteSignerConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, startChainContext } from "./chain-context.ts";
import { CurrencyRates } from "./currency-rates.ts";
import { closeNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { openEventFeeds } from "./event-feeds.ts";
import { createNodeEvents } from "./event-sink.ts";
import { MaxPriceSettings, pricesIn } from "./max-price-settings.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";

/** A remote signer: holds the key that pays, for gateways that have none. */
export async function runRemoteSigner(config: RemoteSignerConfig, ports: ProcessPorts): Promise<RunningRole> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const { address } = chain.signer;
  const feeds = await openEventFeeds(config, checksumAddress(address), () => undefined, ports);
  const events = createNodeEvents(config.events, `signer-${address}`, databases, ports, feeds);
  await chain.senders.info(address);
  const rates = await CurrencyRates.start(
    pricesIn(config.maxPrices),
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  const maxPrices = new MaxPriceSettings(config.maxPrices, { ...ports, rates });
  const tickets = new TicketSender(config.tickets, {
    signer: chain.signer,
    rounds: chain.rounds,
    funds: () => chain.senders.cached(address),
  });
  const signer = new RemoteSigner(config, {
    ...ports,
    events,
    signer: chain.signer,
    tickets,
    authorizer: config.webhook === undefined ? openAuthorizer : webhookAuthorizer(config.webhook, ports),
    spending: createSpendStore(databases.own),
    maxPriceOf: (capabilities) => maxPrices.maxPriceOf(capabilities ?? nodeCapabilities({ capabilities: [] })),
  });
  startDuties(config.chain.duties, chain, events, ports);
  await start();
  const discovery = config.discovery === undefined ? undefined : openDiscovery(config, config.discovery, chain, ports);
  const handler = routed([
    healthRoute,
    ...signerRoutes({ ...ports, signer }),
    ...(discovery === undefined ? [] : [discovery.route]),
  ]);
  const host = await startHttpHost({ ...config.httpAddr, bodies: config.bodies }, handler, ports.logger);
  if (config.isOpen) ports.logger.warn("whoever reaches this address can have payments signed", { port: host.port });
  ports.logger.info("remote signer is ready", { port: host.port, address });
  return {
    subjects: { chain },
    facts: { port: host.port, address },
    async stop() {
      await host.stop();
      await ports.tasks.stop();
      await discovery?.stop();
      await ports.net.stop();
      await closeNodeDatabases(databases);
    },
  };
}

function openDiscovery(
  config: RemoteSignerConfig,
  { orchWebhookUrl, orchAddr }: NonNullable<RemoteSignerConfig["discovery"]>,
  chain: ChainContext,
  ports: ProcessPorts,
): { readonly route: HttpRoute; readonly stop: () => Promise<void> } {
  const named = orchWebhookUrl === undefined ? orchAddr : [new URL(orchWebhookUrl).origin];
  const net = peerNet({ named, chainId: chain.chainId, allowEgress: config.allowEgress }, ports.net);
  const directory =
    orchWebhookUrl !== undefined
      ? webhookDirectory({ url: orchWebhookUrl }, ports)
      : orchAddr.length > 0
        ? staticDirectory(orchAddr)
        : chain.pool;
  const client = new OrchestratorClient({ ...ports, net, signer: chain.signer });
  const snapshot = new NetworkSnapshot({}, { ...ports, net, client, directory });
  return {
    route: discoverOrchestratorsRoute(signerPaths.discoverOrchestrators, snapshot, ports.logger),
    stop: () => net.stop(),
  };
}
