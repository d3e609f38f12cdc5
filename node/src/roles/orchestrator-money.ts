import { createReceiptStore, createTicketStore } from "@livepeer-ts/data";
import {
  acceptAllPaymentRecipient,
  Balances,
  createReceiptIssuer,
  offChainSigner,
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
import { OperatorPrices } from "./operator-prices.ts";
import { startSettlement } from "./winner-settlement.ts";

/** Who an orchestrator is and how it is paid. */
export type OrchestratorMoney = {
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
  readonly gateways: GatewayCheck;
  readonly prices: OperatorPrices;
  /** Undefined off chain. */
  readonly chain: ChainContext | undefined;
  /** Of new offers, wei; 0 = none. Off chain there are no offers. */
  readonly setMaxFaceValue: (maxFaceValueWei: bigint) => void;
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
    prices: new OperatorPrices(parsePriceFlag("0"), new Map(), { ...ports, rates: CurrencyRates.fixed }),
    chain: undefined,
    setMaxFaceValue: () => {},
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
    { ...ports, ...chain, ...settlement, events, active, balances, prices: prices.book },
  );
  startDuties(config.chain.duties, chain, events, ports, true);
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
    prices,
    chain,
    setMaxFaceValue: (maxFaceValueWei) => {
      recipient.maxFaceValueWei = maxFaceValueWei;
    },
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

/** The prices of the flags; those in other currencies follow their rates. */
async function openPrices(
  config: OrchestratorConfig & { readonly chain: ChainConfig },
  chain: ChainContext,
  gateways: WebhookGatewayCheck | undefined,
  ports: ProcessPorts,
): Promise<OperatorPrices> {
  const base = config.prices?.base ?? parsePriceFlag("0");
  const perGateway = config.prices?.perGateway ?? new Map();
  const models = [...(config.ai?.prices ?? []), ...(config.serverless?.prices ?? [])];
  const rates = await CurrencyRates.start(
    [base, ...perGateway.values(), ...models.map(({ price }) => price)],
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  const prices = new OperatorPrices(base, perGateway, {
    ...ports,
    rates,
    models,
    quoted: (gateway) => gateways?.priceFor(gateway),
  });
  const reprice = async () => {
    if (rates.isLive) prices.reprice();
  };
  ports.clock.every(repriceMs, reprice, ports.tasks);
  return prices;
}
