import { createReceiptStore, type NodeDatabases } from "@livepeer-ts/data";
import {
  createReceiptReader,
  freePaymentSender,
  offChainSigner,
  RemotePaymentSender,
  RemoteSignerClient,
  remoteIdentitySigner,
  signerPaths,
  TicketPaymentSender,
  TicketSender,
} from "@livepeer-ts/economics";
import {
  type JobSigner,
  type NodeSigner,
  type OrchestratorDirectory,
  type PaymentSender,
  type ReceiptReader,
  type SegmentSigner,
  staticDirectory,
  webhookDirectory,
} from "@livepeer-ts/execution";
import { checksumAddress, type EventSink, type Rational } from "@livepeer-ts/kernel";
import type { ChainConfig, GatewayConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, startChainContext } from "./chain-context.ts";
import { showChain, showFunds } from "./chain-gauges.ts";
import { CurrencyRates } from "./currency-rates.ts";
import { openNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { type FindStream, openEventFeeds } from "./event-feeds.ts";
import { createNodeEvents } from "./event-sink.ts";
import { MaxPriceSettings, pricesIn } from "./max-price-settings.ts";
import { usdRate } from "./usd-rate.ts";

/** Who a gateway is, whom it can use and how it pays. */
export type GatewayMoney = {
  readonly signer: NodeSigner;
  /** Signs segments where the signer has no key. */
  readonly segmentSigner?: SegmentSigner;
  /** The same of jobs of external capabilities. */
  readonly jobSigner?: JobSigner;
  readonly payments: PaymentSender;
  readonly receipts: ReceiptReader | undefined;
  readonly directory: OrchestratorDirectory;
  readonly databases: NodeDatabases;
  readonly events: EventSink;
  readonly maxPrices: MaxPriceSettings;
  /** Wei for a US dollar; undefined where no feed says it. */
  readonly weiPerUsd: () => Promise<Rational | undefined>;
  /** Undefined off chain. */
  readonly chain: ChainContext | undefined;
};

/** Opens what the flags ask for: a gateway of free orchestrators, or one that pays in tickets. */
export function openGatewayMoney(
  config: GatewayConfig,
  streamOf: FindStream,
  ports: ProcessPorts,
): Promise<GatewayMoney> {
  const { chain, remoteSigner } = config;
  if (remoteSigner !== undefined) return remoteMoney({ ...config, remoteSigner }, streamOf, ports);
  return chain === undefined
    ? offChainMoney(config, streamOf, ports)
    : onChainMoney({ ...config, chain }, streamOf, ports);
}

async function offChainMoney(config: GatewayConfig, streamOf: FindStream, ports: ProcessPorts): Promise<GatewayMoney> {
  const feeds = await openEventFeeds(config, "", streamOf, ports);
  const databases = await openNodeDatabases(config.dataDir, 0n, ports.clock.now());
  return {
    signer: offChainSigner,
    payments: freePaymentSender,
    receipts: undefined,
    directory: namedDirectory(config, ports) ?? staticDirectory([]),
    databases,
    events: createNodeEvents(config.events, "gateway-offchain", databases, ports, feeds),
    maxPrices: new MaxPriceSettings(config.maxPrices, { ...ports, rates: CurrencyRates.fixed }),
    weiPerUsd: async () => undefined,
    chain: undefined,
  };
}

/** The key is at a remote signer, which knows the chain too. Rejects when it cannot be reached at the start. */
async function remoteMoney(
  config: GatewayConfig & { readonly remoteSigner: NonNullable<GatewayConfig["remoteSigner"]> },
  streamOf: FindStream,
  ports: ProcessPorts,
): Promise<GatewayMoney> {
  const { remoteSigner } = config;
  const client = new RemoteSignerClient(remoteSigner, ports);
  const { signal } = ports.tasks;
  const identity = await client.identity(signal);
  const feeds = await openEventFeeds(config, checksumAddress(identity.address), streamOf, ports);
  const databases = await openNodeDatabases(config.dataDir, 0n, ports.clock.now());
  const url = `${remoteSigner.url}${signerPaths.discoverOrchestrators}`;
  return {
    signer: remoteIdentitySigner(identity),
    segmentSigner: client,
    jobSigner: client,
    payments: new RemotePaymentSender({ ...ports, client, sender: identity.address, signal }),
    receipts: undefined,
    directory: namedDirectory(config, ports) ?? webhookDirectory({ url, headers: remoteSigner.headers }, ports),
    databases,
    events: createNodeEvents(config.events, `gateway-${identity.address}`, databases, ports, feeds),
    maxPrices: new MaxPriceSettings(config.maxPrices, { ...ports, rates: CurrencyRates.fixed }),
    weiPerUsd: async () => undefined,
    chain: undefined,
  };
}

async function onChainMoney(
  config: GatewayConfig & { readonly chain: ChainConfig },
  streamOf: FindStream,
  ports: ProcessPorts,
): Promise<GatewayMoney> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const feeds = await openEventFeeds(config, checksumAddress(chain.signer.address), streamOf, ports);
  const events = createNodeEvents(config.events, `gateway-${chain.signer.address}`, databases, ports, feeds);
  await chain.senders.info(chain.signer.address);
  const rates = await CurrencyRates.start(
    pricesIn(config.maxPrices),
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  startDuties(config.chain.duties, chain, events, ports);
  await start();
  showChain(chain, ports);
  showFunds(chain, ports);
  const tickets = new TicketSender(config.tickets, {
    signer: chain.signer,
    rounds: chain.rounds,
    funds: () => chain.senders.cached(chain.signer.address),
  });
  return {
    signer: chain.signer,
    payments: new TicketPaymentSender(tickets),
    receipts: createReceiptReader({
      domain: { chainId: chain.chainId, verifyingContract: chain.book.bondingManager },
      keep: { ...ports, store: createReceiptStore(databases.own) },
    }),
    directory: namedDirectory(config, ports) ?? chain.pool,
    databases,
    events,
    maxPrices: new MaxPriceSettings(config.maxPrices, { ...ports, rates }),
    weiPerUsd: usdRate(rates, ports),
    chain,
  };
}

/** Whom the operator names, by a webhook or a list; undefined: nobody. */
function namedDirectory(
  { orchWebhookUrl: url, orchAddr }: GatewayConfig,
  ports: ProcessPorts,
): OrchestratorDirectory | undefined {
  if (url !== undefined) return webhookDirectory({ url }, ports);
  return orchAddr.length > 0 ? staticDirectory(orchAddr) : undefined;
}
