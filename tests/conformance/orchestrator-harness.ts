import { SlotPool } from "@livepeer-ts/compute";
import { Balances, createKeySigner, PendingAmounts, PriceBook, TicketPaymentRecipient } from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import {
  AuthTokenIssuer,
  defaultCapabilities,
  type InfoSource,
  mandatoryCapabilities,
  nodeCapabilities,
  type OrchestratorServiceDeps,
  parseOrchestratorOptions,
  SessionTable,
  startOrchestrator,
} from "@livepeer-ts/execution";
import {
  fromHex,
  type Hash32,
  type HttpHandler,
  hashFromBytes,
  keccak256,
  noMetrics,
  type Rational,
  silentLogger,
  zeroHash,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, Simulation } from "@livepeer-ts/kernel/testing";

const nodeKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** The chain and prices of the orchestrator under test. */
export type HarnessOptions = {
  readonly serviceUri?: string;
  readonly nodes?: readonly string[];
  readonly basePrice?: Rational;
  readonly autoAdjustPrice?: boolean;
  readonly gasPriceWei?: bigint;
  readonly maxFloatWei?: bigint;
  readonly redeemGas?: bigint;
  readonly ticketEvWei?: bigint;
  readonly txCostMultiplier?: bigint;
  readonly lastSeenL1Block?: bigint;
  readonly round?: { readonly number: bigint; readonly hash: Hash32 };
  readonly maxSessions?: number;
  readonly setPrices?: (prices: PriceBook) => void;
};

/** The node's own parts around a chain that is given as figures. */
export function orchestratorHarness(options: HarnessOptions) {
  const host = new Simulation(1).host("orchestrator");
  const signer = createKeySigner(fromHex(nodeKey));
  const prices = new PriceBook(options.basePrice ?? { num: 1n, den: 1n });
  options.setPrices?.(prices);
  const time = {
    lastInitializedRound: options.round?.number ?? 1n,
    l1BlockHash: options.round?.hash ?? hashFromBytes(keccak256(Uint8Array.of(1))),
    previousL1BlockHash: zeroHash,
    startL1Block: 0n,
    roundLength: 100n,
    poolSize: 1n,
    lastSeenL1Block: options.lastSeenL1Block ?? 1n,
  };
  const funds = {
    depositWei: 10n ** 30n,
    withdrawRound: 0n,
    reserveWei: options.maxFloatWei ?? 10n ** 18n,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };
  const balances = new Balances({}, host.clock);
  const recipient = new TicketPaymentRecipient(
    {
      recipient: signer.address,
      redeemGas: options.redeemGas ?? 350_000n,
      autoAdjustPrice: options.autoAdjustPrice ?? false,
      ...(options.ticketEvWei === undefined ? {} : { ticketEvWei: options.ticketEvWei }),
      ...(options.txCostMultiplier === undefined ? {} : { txCostMultiplier: options.txCostMultiplier }),
    },
    {
      ...host,
      logger: silentLogger,
      metrics: noMetrics,
      events: new RecordingEventSink(),
      rounds: { current: () => time, onRound: () => () => {}, onL1Block: () => () => {} },
      senders: { cached: () => funds, info: async () => funds },
      gas: { gasPriceWei: options.gasPriceWei ?? 10_000_000n },
      active: { isActive: () => true },
      pending: new PendingAmounts(),
      store: memoryTicketStore(),
      prices,
      balances,
    },
  );
  const serviceUri = options.serviceUri ?? "https://orch.example.com:8935";
  const maxSessions = options.maxSessions ?? 10;
  const tokens = new AuthTokenIssuer(host);
  const sessions = new SessionTable({ maxSessions }, host.clock, () => {});
  const capabilities = nodeCapabilities({
    capabilities: defaultCapabilities,
    mandatories: mandatoryCapabilities,
    version: "0.9.1",
  });
  const info: InfoSource = {
    serviceUri,
    nodes: options.nodes ?? [],
    capabilities: () => capabilities,
    signer,
    recipient,
    tokens,
  };
  const service: OrchestratorServiceDeps = { info, sessions, signer, tokens };
  return { host, time, signer, recipient, balances, tokens, sessions, info, service, serviceUri, maxSessions };
}

/** The whole role behind its HTTP handler, without a transcoder. */
export function orchestratorHandler(harness: ReturnType<typeof orchestratorHarness>): HttpHandler {
  return startOrchestrator(
    parseOrchestratorOptions({ serviceUri: harness.serviceUri, maxSessions: Math.max(1, harness.maxSessions) }),
    {
      ...harness.host,
      net: { request: () => Promise.reject(new Error("no network in this suite")) },
      logger: silentLogger,
      metrics: noMetrics,
      signer: harness.signer,
      recipient: harness.recipient,
      receipts: undefined,
      backend: undefined,
      slots: new SlotPool({ slots: 1 }),
    },
  ).handler;
}
