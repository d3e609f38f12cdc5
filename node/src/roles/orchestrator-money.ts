import { createReceiptStore, createTicketStore } from "@livepeer-ts/data";
import {
  acceptAllPaymentRecipient,
  Balances,
  createReceiptIssuer,
  offChainSigner,
  PriceBook,
  parsePriceFlag,
  TicketPaymentRecipient,
} from "@livepeer-ts/economics";
import {
  anyGateway,
  type GatewayCheck,
  type NodeSigner,
  type PaymentRecipient,
  type ReceiptIssuer,
  WebhookGatewayCheck,
} from "@livepeer-ts/execution";
import { ActiveStatus } from "@livepeer-ts/protocol";
import type { ChainConfig, OrchestratorConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, startChainContext } from "./chain-context.ts";
import { showChain } from "./chain-gauges.ts";
import { CurrencyRates } from "./currency-rates.ts";
import { closeNodeDatabases, openNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { createNodeEvents } from "./event-sink.ts";
import { startSettlement } from "./winner-settlement.ts";

/** Who an orchestrator is and how it is paid. */
export type OrchestratorMoney = {
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
  readonly gateways: GatewayCheck;
  /** Undefined off chain. */
  readonly chain: ChainContext | undefined;
  readonly close: () => Promise<void>;
};

/** Between looks at the rates that prices depend on, ms. */
const repriceMs = 60_000;

/** Opens what the flags ask for: a free orchestrator, or one that takes tickets. */
export function openOrchestratorMoney(config: OrchestratorConfig, ports: ProcessPorts): Promise<OrchestratorMoney> {
  const { chain } = config;
  return chain === undefined ? offChainMoney(config, ports) : onChainMoney({ ...config, chain }, ports);
}

async function offChainMoney(config: OrchestratorConfig, ports: ProcessPorts): Promise<OrchestratorMoney> {
  const databases = await openNodeDatabases(config.dataDir, 0n, ports.clock.now());
  return {
    signer: offChainSigner,
    recipient: acceptAllPaymentRecipient,
    receipts: undefined,
    gateways: openGatewayCheck(config, ports) ?? anyGateway,
    chain: undefined,
    close: () => closeNodeDatabases(databases),
  };
}

async function onChainMoney(
  config: OrchestratorConfig & { readonly chain: ChainConfig },
  ports: ProcessPorts,
): Promise<OrchestratorMoney> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const events = createNodeEvents(config.events, `orchestrator-${chain.identity}`, databases, ports);
  const store = createTicketStore(databases);
  const active = new ActiveStatus(chain.identity, { ...ports, ...chain });
  await active.start(ports.tasks.signal);
  const settlement = await startSettlement(config.redeemer, { ...ports, chain, events, active, store });
  const balances = new Balances({}, ports.clock);
  balances.start(ports.tasks);
  const gateways = openGatewayCheck(config, ports);
  const prices = await openPrices(config, chain, gateways, ports);
  const recipient = new TicketPaymentRecipient(
    {
      recipient: chain.identity,
      ticketEvWei: config.tickets.ticketEvWei,
      maxFaceValueWei: config.tickets.maxFaceValueWei,
      redeemGas: chain.redeemGas,
      autoAdjustPrice: config.prices?.autoAdjust ?? true,
    },
    { ...ports, ...chain, ...settlement, events, active, balances, prices },
  );
  startDuties(config.chain.duties, chain, events, ports);
  const receipts = await createReceiptIssuer(
    { domain: { chainId: chain.chainId, verifyingContract: chain.book.bondingManager } },
    {
      ...ports,
      signer: chain.signer,
      store: createReceiptStore(databases.own),
      round: () => chain.rounds.current().lastInitializedRound,
    },
  );
  await start();
  showChain(chain, ports);
  return {
    signer: chain.signer,
    recipient,
    receipts,
    gateways: gateways ?? anyGateway,
    chain,
    close: async () => {
      recipient.stop();
      await settlement.stop();
      await closeNodeDatabases(databases);
    },
  };
}

function openGatewayCheck(
  { authWebhookUrl: url }: OrchestratorConfig,
  ports: ProcessPorts,
): WebhookGatewayCheck | undefined {
  return url === undefined ? undefined : new WebhookGatewayCheck({ url }, ports);
}

/** The price book of the flags; prices in other currencies follow their rates. */
async function openPrices(
  config: OrchestratorConfig & { readonly chain: ChainConfig },
  chain: ChainContext,
  gateways: WebhookGatewayCheck | undefined,
  ports: ProcessPorts,
): Promise<PriceBook> {
  const base = config.prices?.base ?? parsePriceFlag("0");
  const perGateway = config.prices?.perGateway ?? new Map();
  const rates = await CurrencyRates.start(
    [base, ...perGateway.values()],
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  const book = new PriceBook(rates.weiPerPixel(base), (gateway) => gateways?.priceFor(gateway));
  const setPrices = () => {
    const price = rates.weiPerPixel(base);
    book.setBase(price);
    ports.metrics.gauge("livepeer_transcoding_price", Number(price.num) / Number(price.den), { sender: "default" });
    for (const [gateway, price] of perGateway) book.setForGateway(gateway, rates.weiPerPixel(price));
  };
  setPrices();
  if (rates.isLive) ports.clock.every(repriceMs, async () => setPrices(), ports.tasks);
  return book;
}
