import { createReceiptStore, createTicketStore } from "@livepeer-ts/data";
import {
  acceptAllPaymentRecipient,
  Balances,
  createReceiptIssuer,
  offChainSigner,
  PendingAmounts,
  parsePriceFlag,
  RedemptionService,
  TicketPaymentRecipient,
} from "@livepeer-ts/economics";
import type { NodeSigner, PaymentRecipient, ReceiptIssuer } from "@livepeer-ts/execution";
import { ActiveStatus } from "@livepeer-ts/protocol";
import type { ChainConfig, OrchestratorConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, startChainContext } from "./chain-context.ts";
import { CurrencyRates } from "./currency-rates.ts";
import { closeNodeDatabases, openNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { createNodeEvents } from "./event-sink.ts";
import { OperatorPrices } from "./operator-prices.ts";

/** Who an orchestrator is and how it is paid. */
export type OrchestratorMoney = {
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
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
    prices: new OperatorPrices(parsePriceFlag("0"), new Map(), CurrencyRates.fixed),
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
  const pending = new PendingAmounts();
  const active = new ActiveStatus(chain.identity, { ...ports, ...chain });
  await active.start(ports.tasks.signal);
  const balances = new Balances({}, ports.clock);
  balances.start(ports.tasks);
  const prices = await openPrices(config, chain, ports);
  const recipient = new TicketPaymentRecipient(
    {
      recipient: chain.identity,
      ticketEvWei: config.tickets.ticketEvWei,
      maxFaceValueWei: config.tickets.maxFaceValueWei,
      redeemGas: chain.redeemGas,
      autoAdjustPrice: config.prices?.autoAdjust ?? true,
    },
    { ...ports, ...chain, events, active, pending, store, balances, prices: prices.book },
  );
  const redemption = new RedemptionService(
    { redeemGas: chain.redeemGas },
    { ...ports, ...chain, events, active, pending, store, submitter: chain.transactions },
  );
  await redemption.start(ports.tasks);
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
  return {
    signer: chain.signer,
    recipient,
    receipts,
    prices,
    chain,
    setMaxFaceValue: (maxFaceValueWei) => {
      recipient.maxFaceValueWei = maxFaceValueWei;
    },
    close: async () => {
      recipient.stop();
      await closeNodeDatabases(databases);
    },
  };
}

/** The prices of the flags; those in other currencies follow their rates. */
async function openPrices(
  config: OrchestratorConfig & { readonly chain: ChainConfig },
  chain: ChainContext,
  ports: ProcessPorts,
): Promise<OperatorPrices> {
  const base = config.prices?.base ?? parsePriceFlag("0");
  const perGateway = config.prices?.perGateway ?? new Map();
  const rates = await CurrencyRates.start(
    [base, ...perGateway.values()],
    config.chain,
    { ...ports, ...chain },
    ports.tasks,
  );
  const prices = new OperatorPrices(base, perGateway, rates);
  const reprice = async () => {
    if (rates.isLive) prices.reprice();
  };
  ports.clock.every(repriceMs, reprice, ports.tasks);
  return prices;
}
