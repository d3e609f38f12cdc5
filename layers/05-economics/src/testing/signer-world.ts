import { create, fromBinary } from "@bufbuild/protobuf";
import {
  AuthTokenSchema,
  decodeBase64,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  type Payment,
  PaymentSchema,
  type ReceivedPayment,
} from "@livepeer-ts/execution";
import {
  addressToBytes,
  hashFromBytes,
  keccak256,
  noMetrics,
  paddedBigEndian,
  type Rational,
  rational,
  silentLogger,
  weiPerEther,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, type SimHost, Simulation, simRandom } from "@livepeer-ts/kernel/testing";
import type { SenderInfo } from "@livepeer-ts/protocol";
import { PriceBook } from "../prices/price-book.ts";
import { Balances } from "../recipient/balances.ts";
import { TicketPaymentRecipient } from "../recipient/ticket-payment-recipient.ts";
import { PendingAmounts } from "../redemption/pending-amounts.ts";
import { TicketSender } from "../sender/ticket-sender.ts";
import { createKeySigner } from "../signer/key-signer.ts";
import { RemoteSigner, type RemoteSignerDeps, type RemoteSignerOptions } from "../signer/remote/remote-signer.ts";
import { openAuthorizer } from "../signer/remote/signer-authorizer.ts";
import { memorySpendStore } from "./memory-spend-store.ts";
import { memoryTicketStore } from "./memory-ticket-store.ts";

/** Ms between L1 blocks. */
const blockMs = 12_000;

/** A remote signer and an orchestrator on virtual time, with everything real between them but the chain. */
export class SignerWorld {
  readonly simulation: Simulation;
  readonly host: SimHost;
  readonly key = createKeySigner(paddedBigEndian(5n, 32));
  readonly orchestrator = createKeySigner(paddedBigEndian(99n, 32));
  readonly events = new RecordingEventSink();
  readonly spending = memorySpendStore();
  readonly balances: Balances;
  readonly recipient: TicketPaymentRecipient;
  readonly prices: PriceBook;
  funds: SenderInfo = {
    depositWei: weiPerEther,
    withdrawRound: 0n,
    reserveWei: weiPerEther,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };
  session = 1;

  constructor(options: { seed?: number; priceWei: bigint; ticketEvWei: bigint; faceValueWei?: bigint }) {
    this.simulation = new Simulation(options.seed ?? 1);
    this.host = this.simulation.host("world");
    const { clock, tasks } = this.host;
    this.balances = new Balances({}, clock);
    this.prices = new PriceBook(rational(options.priceWei));
    this.recipient = new TicketPaymentRecipient(
      {
        recipient: this.orchestrator.address,
        redeemGas: 350_000n,
        ticketEvWei: options.ticketEvWei,
        maxFaceValueWei: options.faceValueWei ?? options.ticketEvWei * 5n,
        autoAdjustPrice: false,
      },
      {
        ...{ clock, tasks, random: simRandom(7), logger: silentLogger, metrics: noMetrics, events: this.events },
        rounds: this.rounds,
        senders: { cached: () => this.funds, info: async () => this.funds },
        gas: { gasPriceWei: 7n },
        active: { isActive: () => true },
        pending: new PendingAmounts(),
        store: memoryTicketStore(),
        prices: this.prices,
        balances: this.balances,
      },
    );
  }

  readonly rounds = {
    current: () => ({
      lastInitializedRound: 10n,
      l1BlockHash: hashFromBytes(keccak256(Uint8Array.of(1))),
      previousL1BlockHash: hashFromBytes(keccak256(Uint8Array.of(2))),
      startL1Block: 600n,
      roundLength: 60n,
      poolSize: 1n,
      lastSeenL1Block: 610n + BigInt(Math.floor(this.simulation.now / blockMs)),
    }),
    onRound: () => () => {},
    onL1Block: () => () => {},
  };

  /** A signer, fresh from its start: nothing of it outlives the process but the sums of the days. */
  signer(options: RemoteSignerOptions = {}, change: Partial<RemoteSignerDeps> = {}): RemoteSigner {
    const { clock } = this.host;
    const limits = { maxTicketEvWei: rational(10n ** 15n), maxTotalEvWei: rational(10n ** 18n) };
    return new RemoteSigner(options, {
      ...{ clock, random: simRandom(3), logger: silentLogger, metrics: noMetrics, events: this.events },
      signer: this.key,
      tickets: new TicketSender(limits, { signer: this.key, rounds: this.rounds, funds: () => this.funds }),
      authorizer: openAuthorizer,
      spending: this.spending,
      maxPriceOf: () => undefined,
      ...change,
    });
  }

  /** What the orchestrator tells a gateway. The session, and so the balance, is that of `session`. */
  async info(): Promise<OrchestratorInfo> {
    const sessionId = `session ${this.session}`;
    const { ticketParams, priceInfo } = await this.recipient.offer(this.key.address, undefined, sessionId);
    return create(OrchestratorInfoSchema, {
      transcoder: "https://orchestrator:8935",
      address: addressToBytes(this.orchestrator.address),
      authToken: create(AuthTokenSchema, {
        token: new Uint8Array(32),
        sessionId,
        expiration: BigInt(Math.floor(this.host.clock.now() / 1000) + 1800),
      }),
      ...(ticketParams === undefined ? {} : { ticketParams }),
      ...(priceInfo === undefined ? {} : { priceInfo }),
    });
  }

  /** The orchestrator takes the value of a `Livepeer-Payment` header. */
  receive(header: string): Promise<ReceivedPayment> {
    return this.recipient.receive(paymentIn(header), this.balanceId);
  }

  get balanceId(): string {
    return `session ${this.session}`;
  }

  get balance(): Rational {
    return this.balances.balance(this.key.address, this.balanceId);
  }
}

/** The message of a `Livepeer-Payment` header. */
export function paymentIn(header: string): Payment {
  return fromBinary(PaymentSchema, decodeBase64(header));
}
