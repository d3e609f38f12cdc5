import { createReceiptStore, type NodeDatabases } from "@livepeer-ts/data";
import {
  acceptAllResultVerifier,
  createLocalResultVerifier,
  createReceiptReader,
  freePaymentSender,
  offChainSigner,
  TicketPaymentSender,
  TicketSender,
} from "@livepeer-ts/economics";
import {
  type NodeSigner,
  type OrchestratorDirectory,
  type PaymentSender,
  type ReceiptReader,
  type ResultVerifier,
  staticDirectory,
  webhookDirectory,
} from "@livepeer-ts/execution";
import type { EventSink } from "@livepeer-ts/kernel";
import type { ChainConfig, GatewayConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, startChainContext } from "./chain-context.ts";
import { CurrencyRates } from "./currency-rates.ts";
import { openNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { createNodeEvents } from "./event-sink.ts";
import { MaxPriceSettings } from "./max-price-settings.ts";

/** Who a gateway is, whom it can use and how it pays. */
export type GatewayMoney = {
  readonly signer: NodeSigner;
  readonly payments: PaymentSender;
  readonly verifier: ResultVerifier;
  readonly receipts: ReceiptReader | undefined;
  readonly directory: OrchestratorDirectory;
  readonly databases: NodeDatabases;
  readonly events: EventSink;
  readonly maxPrices: MaxPriceSettings;
  /** Undefined off chain. */
  readonly chain: ChainContext | undefined;
};

/** Opens what the flags ask for: a gateway of free orchestrators, or one that pays in tickets. */
export function openGatewayMoney(config: GatewayConfig, ports: ProcessPorts): Promise<GatewayMoney> {
  const { chain } = config;
  return chain === undefined ? offChainMoney(config, ports) : onChainMoney({ ...config, chain }, ports);
}

async function offChainMoney(config: GatewayConfig, ports: ProcessPorts): Promise<GatewayMoney> {
  const databases = await openNodeDatabases(config.dataDir, 0n, ports.clock.now());
  return {
    signer: offChainSigner,
    payments: freePaymentSender,
    verifier: acceptAllResultVerifier,
    receipts: undefined,
    directory: namedDirectory(config, ports) ?? staticDirectory([]),
    databases,
    events: createNodeEvents(config.events, "gateway-offchain", databases, ports),
    maxPrices: new MaxPriceSettings(config.maxPrices, CurrencyRates.fixed),
    chain: undefined,
  };
}

async function onChainMoney(
  config: GatewayConfig & { readonly chain: ChainConfig },
  ports: ProcessPorts,
): Promise<GatewayMoney> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const events = createNodeEvents(config.events, `gateway-${chain.signer.address}`, databases, ports);
  await chain.senders.info(chain.signer.address);
  const { base, perCapability } = config.maxPrices;
  const rates = await CurrencyRates.start(
    [...(base === undefined ? [] : [base]), ...perCapability.map(({ price }) => price)],
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  startDuties(config.chain.duties, chain, events, ports);
  await start();
  const tickets = new TicketSender(config.tickets, {
    signer: chain.signer,
    rounds: chain.rounds,
    funds: () => chain.senders.cached(chain.signer.address),
  });
  return {
    signer: chain.signer,
    payments: new TicketPaymentSender(tickets),
    verifier: createLocalResultVerifier(),
    receipts: createReceiptReader({
      domain: { chainId: chain.chainId, verifyingContract: chain.book.bondingManager },
      keep: { ...ports, store: createReceiptStore(databases.own) },
    }),
    directory: namedDirectory(config, ports) ?? chain.pool,
    databases,
    events,
    maxPrices: new MaxPriceSettings(config.maxPrices, rates),
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
