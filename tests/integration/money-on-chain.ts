import { create, fromBinary } from "@bufbuild/protobuf";
import {
  Balances,
  createKeySigner,
  PendingAmounts,
  PriceBook,
  RedemptionService,
  RoundInitializer,
  TicketPaymentRecipient,
  TicketPaymentSender,
  TicketSender,
  type TicketStore,
} from "@livepeer-ts/economics";
import { AuthTokenSchema, OrchestratorInfoSchema, PaymentSchema } from "@livepeer-ts/execution";
import {
  type Address,
  concatBytes,
  fromHex,
  type Hex,
  keccak256,
  type Logger,
  type Net,
  noMetrics,
  paddedBigEndian,
  privateKeyToAddress,
  rational,
  silentLogger,
  type Tasks,
  toAddress,
  toHex,
  weiPerEther,
  zeroHash,
} from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { RecordingEventSink } from "@livepeer-ts/kernel/testing";
import {
  ActiveStatus,
  BlockWatcher,
  type ChainRpc,
  contractEvent,
  GasPriceMonitor,
  type IntentStore,
  loadAddressBook,
  OrchestratorPool,
  parseLogs,
  parseReceipt,
  protocolReads,
  RoundWatcher,
  RpcChainReader,
  SenderWatcher,
  TransactionManager,
  type TxIntent,
  toQuantity,
} from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, JsonRpc, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet } from "@livepeer-ts/protocol/deploy";
import { memoryHeaderStore } from "@livepeer-ts/protocol/testing";
import { expect } from "vitest";

// anvil's public test accounts
export const deployerKey: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
export const orchestratorKey: Hex = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
export const gatewayKey: Hex = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
export const poorGatewayKey: Hex = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";
export const secondGatewayKey: Hex = "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a";
export const orchestrator = privateKeyToAddress(fromHex(orchestratorKey));
export const faceValueWei = 40_000_000_000n;
export const clock = systemClock();

export type Stores = { readonly tickets: TicketStore; readonly intents: IntentStore };

export type RecipientOptions = {
  readonly net?: Net;
  readonly finalDepth?: number;
  readonly confirmations?: number;
  readonly maxBatchTickets?: number;
  readonly maxBatchGas?: bigint;
  readonly logger?: Logger;
  /** What the transaction manager talks through; default: the chain itself. */
  readonly sendingThrough?: (rpc: ChainRpc) => ChainRpc;
};

export type Recipient = Awaited<ReturnType<MoneyOnChain["startRecipient"]>>;

/** Waits for something that shows in no event here. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, limitMs = 30_000): Promise<void> {
  const end = clock.mono() + limitMs;
  while (!(await isTrue())) {
    if (clock.mono() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await clock.sleep(25);
  }
}

/** An orchestrator and gateways on a real chain, without the video. */
export class MoneyOnChain {
  readonly net = new NodeNet();
  /** Tasks that ended with an error. */
  readonly failures: string[] = [];
  readonly #anvil: Anvil;
  readonly #controller: Address;
  readonly #running: Tasks[] = [];

  private constructor(anvil: Anvil, controller: Address) {
    this.#anvil = anvil;
    this.#controller = controller;
  }

  static async start(gateways: readonly { key: Hex; depositWei: bigint; reserveWei: bigint }[]): Promise<MoneyOnChain> {
    const anvil = await startAnvil({ blockTimeSec: 0.25 });
    const devnet = await bringUpDevnet({
      rpcUrl: anvil.rpcUrl,
      deployerKey,
      orchestrators: [
        {
          key: orchestratorKey,
          amountWei: 1000n * weiPerEther,
          rewardCut: 100_000n,
          feeShare: 500_000n,
          serviceUri: "https://127.0.0.1:8935",
        },
      ],
      gateways: [...gateways],
    });
    return new MoneyOnChain(anvil, devnet.addresses.Controller);
  }

  async stop(): Promise<void> {
    await this.stopRecipients();
    await this.net.stop();
    await this.#anvil.stop();
  }

  async stopRecipients(): Promise<void> {
    for (const tasks of this.#running.splice(0)) await tasks.stop();
  }

  /** Everything an orchestrator needs to be paid. */
  async startRecipient(stores: Stores, options: RecipientOptions = {}) {
    const logger: Logger = {
      ...silentLogger,
      error: (message, fields) => this.failures.push(`${message} ${JSON.stringify(fields)}`),
    };
    const tasks = createTasks("recipient", logger);
    this.#running.push(tasks);
    const { signal } = tasks;
    const base = { clock, logger: options.logger ?? silentLogger, metrics: noMetrics };
    const rpc = new JsonRpc(
      { urls: [this.#anvil.rpcUrl], retryDelayMs: 20, maxAttempts: 2 },
      { ...base, net: options.net ?? this.net },
    );
    const reader = new RpcChainReader(rpc);
    const book = await loadAddressBook(reader, this.#controller, signal);
    const blocks = new BlockWatcher({ pollIntervalMs: 50 }, { ...base, rpc, reader, store: memoryHeaderStore() });
    const shared = { ...base, reader, book, blocks };
    const rounds = new RoundWatcher(shared);
    const senders = new SenderWatcher({}, { ...shared, rounds, claimant: orchestrator });
    const active = new ActiveStatus(orchestrator, shared);
    const pool = new OrchestratorPool({}, { ...shared, rounds });
    const gas = new GasPriceMonitor({ pollIntervalMs: 500 }, { ...base, reader });
    await rounds.start(signal);
    senders.start(tasks);
    await active.start(signal);
    await pool.start(signal);
    await gas.start(tasks);
    await blocks.start(tasks);
    const submitter = new TransactionManager(
      fromHex(orchestratorKey),
      { receiptPollMs: 50, timeoutMs: 20_000, finalDepth: options.finalDepth ?? 30 },
      { ...base, rpc: options.sendingThrough?.(rpc) ?? rpc, reader, store: stores.intents },
    );
    await submitter.start(tasks);
    const events = new RecordingEventSink();
    const pending = new PendingAmounts();
    const recipient = new TicketPaymentRecipient(
      { recipient: orchestrator, redeemGas: 350_000n, maxFaceValueWei: faceValueWei },
      {
        ...base,
        random: systemRandom(),
        events,
        tasks,
        rounds,
        senders,
        gas,
        active,
        pending,
        store: stores.tickets,
        prices: new PriceBook(rational(1000n)),
        balances: new Balances({}, clock),
      },
    );
    const redemption = new RedemptionService(
      {
        redeemGas: 350_000n,
        confirmations: options.confirmations ?? 2,
        ...(options.maxBatchTickets === undefined ? {} : { maxBatchTickets: options.maxBatchTickets }),
        ...(options.maxBatchGas === undefined ? {} : { maxBatchGas: options.maxBatchGas }),
      },
      { ...shared, events, rounds, gas, active, pending, store: stores.tickets, submitter },
    );
    await redemption.start(tasks);
    return {
      tasks,
      rpc,
      reader,
      book,
      rounds,
      senders,
      pool,
      recipient,
      events,
      submitter,
      redemption,
      pending,
      blocks,
    };
  }

  /** The process ends here, in the middle of whatever it does. */
  crash(node: Recipient): void {
    this.#running.splice(this.#running.indexOf(node.tasks), 1);
    void node.tasks.stop().catch((error) => this.failures.push(String(error)));
  }

  /** The gateway's half; it uses the recipient's view of the chain, but its own key and funds. */
  async startSender(node: Recipient, key: Hex = gatewayKey): Promise<TicketPaymentSender> {
    const address = privateKeyToAddress(fromHex(key));
    await node.senders.info(address);
    const tickets = new TicketSender(
      {},
      { signer: createKeySigner(fromHex(key)), rounds: node.rounds, funds: () => node.senders.cached(address) },
    );
    return new TicketPaymentSender(tickets);
  }

  /** Pays for segments until `count` tickets have won; returns how many tickets went out. */
  async payUntilWon(node: Recipient, count: number, key: Hex = gatewayKey): Promise<{ sent: number; won: number }> {
    const address = privateKeyToAddress(fromHex(key));
    const sender = await this.startSender(node, key);
    let [sent, won] = [0, 0];
    while (won < count) {
      const offer = await node.recipient.offer(address, undefined, undefined);
      const info = create(OrchestratorInfoSchema, {
        transcoder: "https://127.0.0.1:8935",
        authToken: create(AuthTokenSchema, { sessionId: "session" }),
        ...(offer.ticketParams === undefined ? {} : { ticketParams: offer.ticketParams }),
        ...(offer.priceInfo === undefined ? {} : { priceInfo: offer.priceInfo }),
      });
      sender.checkOffer(info);
      const session = sender.session(info);
      for (let segment = 0; segment < 5 && won < count; segment++) {
        const payment = await session.pay(rational(8_000_000n));
        const message = fromBinary(PaymentSchema, Buffer.from(payment.header, "base64"));
        const received = await node.recipient.receive(message, "session");
        expect(received.acceptedCount).toBe(payment.tickets.length);
        sent += payment.tickets.length;
        won += received.wonCount;
        node.recipient.debit(address, "session", 8_000_000n, message.expectedPrice);
        payment.settle(8_000_000n);
      }
    }
    return { sent, won };
  }

  mine(node: Recipient, blocks: number): Promise<unknown> {
    return node.rpc.call("anvil_mine", [toQuantity(blocks)], node.tasks.signal);
  }

  /** No blocks until `startBlocks`: all offers until then end at the same block, so that their winners become due together. */
  async stopBlocks(node: Recipient): Promise<void> {
    await node.rpc.call("evm_setIntervalMining", [0], node.tasks.signal);
    const head = await this.head(node);
    await until("the last block seen", () => node.rounds.current().lastSeenL1Block >= head);
  }

  async startBlocks(node: Recipient): Promise<void> {
    await node.rpc.call("evm_setIntervalMining", [1], node.tasks.signal);
  }

  async head(node: Recipient): Promise<bigint> {
    return (await node.reader.header("latest", node.tasks.signal))?.number ?? 0n;
  }

  /** What the chain says was paid to the orchestrator since `fromBlock`. */
  async transfers(node: Recipient, fromBlock: bigint) {
    const filter = { address: node.book.ticketBroker, fromBlock: toQuantity(fromBlock), toBlock: "latest" };
    const logs = parseLogs(await node.rpc.call("eth_getLogs", [filter], node.tasks.signal));
    const amounts = logs.flatMap((log) => {
      const event = contractEvent(ticketBrokerAbi, "WinningTicketTransfer", log);
      return event === undefined ? [] : [event.amount];
    });
    return { count: amounts.length, totalWei: amounts.reduce((sum, amount) => sum + amount, 0n) };
  }

  /** Deposit and reserve of a gateway in the contract, wei. */
  async funds(node: Recipient, key: Hex = gatewayKey): Promise<{ depositWei: bigint; reserveWei: bigint }> {
    const read = protocolReads(node.book).senderInfo(privateKeyToAddress(fromHex(key)));
    const [funds, reserve] = await node.reader.read(read, node.tasks.signal);
    return { depositWei: funds.deposit, reserveWei: reserve.fundsRemaining };
  }

  /** The recipient's own transactions in which tickets were redeemed since `fromBlock`, as the chain has them. */
  async redemptions(
    node: Recipient,
    fromBlock: bigint,
  ): Promise<{ gasLimit: bigint; tickets: number; block: bigint }[]> {
    const filter = { address: node.book.ticketBroker, fromBlock: toQuantity(fromBlock), toBlock: "latest" };
    const logs = parseLogs(await node.rpc.call("eth_getLogs", [filter], node.tasks.signal));
    const counts = new Map<string, number>();
    for (const log of logs) {
      if (contractEvent(ticketBrokerAbi, "WinningTicketRedeemed", log) === undefined) continue;
      counts.set(log.txHash, (counts.get(log.txHash) ?? 0) + 1);
    }
    const sent = await Promise.all(
      [...counts].map(async ([hash, tickets]) => {
        const answer = await node.rpc.call("eth_getTransactionByHash", [hash], node.tasks.signal);
        const { gas, blockNumber, from } = answer as Readonly<Record<"gas" | "blockNumber" | "from", string>>;
        return { gasLimit: BigInt(gas), tickets, block: BigInt(blockNumber), from: toAddress(from) };
      }),
    );
    return sent.filter(({ from }) => from === orchestrator);
  }

  /** Lets the contract forget the block hash of a round, as if the chain had not known it. Returns the way to give it back. */
  async forgetRoundHash(node: Recipient, round: bigint): Promise<() => Promise<void>> {
    const { rpc, reader, book, tasks } = node;
    const hash = await reader.read(protocolReads(book).blockHashForRound(round), tasks.signal);
    // where a mapping keeps an entry, by the number of the mapping's slot
    const slots = Array.from({ length: 20 }, (_, slot) =>
      toHex(keccak256(concatBytes(paddedBigEndian(round, 32), paddedBigEndian(BigInt(slot), 32)))),
    );
    const stored = await Promise.all(
      slots.map((slot) => rpc.call("eth_getStorageAt", [book.roundsManager, slot, "latest"], tasks.signal)),
    );
    const slot = slots[stored.indexOf(hash)];
    if (slot === undefined) throw new Error("the hash of the round lies nowhere");
    const set = async (value: string) => {
      // another process may give it back
      await rpc.call("anvil_setStorageAt", [book.roundsManager, slot, value], AbortSignal.timeout(10_000));
    };
    await set(zeroHash);
    return () => set(hash);
  }

  /** The transaction manager's record of a transaction. */
  async intentOf(node: Recipient, txHash: string | undefined): Promise<TxIntent | undefined> {
    const intents = await node.submitter.findLatest("redeem", 50);
    return intents.find(({ attempts }) => attempts.some(({ hash }) => hash === txHash));
  }

  /** Sends from an account that anvil holds the key of, and waits until it is mined. Throws when it failed. */
  async sendFrom(node: Recipient, key: Hex, data: Hex, valueWei = 0n): Promise<void> {
    const from = privateKeyToAddress(fromHex(key));
    const call = {
      from,
      to: node.book.ticketBroker,
      data,
      value: toQuantity(valueWei),
      gas: toQuantity(3_000_000n),
      // anvil's own suggestion can be below its tip
      gasPrice: toQuantity(2_000_000_000n),
    };
    const { signal } = node.tasks;
    const hash = await node.rpc.call("eth_sendTransaction", [call], signal);
    await until("mined", async () => (await node.rpc.call("eth_getTransactionReceipt", [hash], signal)) !== null);
    expect(parseReceipt(await node.rpc.call("eth_getTransactionReceipt", [hash], signal)).success).toBe(true);
  }

  /** To the start of a fresh round, so that a test does not run into the end of one. */
  async freshRound(node: Recipient): Promise<void> {
    const { startL1Block, roundLength, lastInitializedRound } = node.rounds.current();
    await this.mine(node, Number(startL1Block + roundLength - (await this.head(node))));
    this.keepRounds(node);
    await until("the next round", () => node.rounds.current().lastInitializedRound > lastInitializedRound);
  }

  /** To the block of the round with this number, from 0; the round has not come so far yet. */
  async toBlockOfRound(node: Recipient, number: bigint): Promise<void> {
    await this.mine(node, Number(node.rounds.current().startL1Block + number - (await this.head(node))));
  }

  /** Initializes rounds as they come. */
  keepRounds(node: Recipient): void {
    const initializer = new RoundInitializer(
      { maxDelayMs: 1 },
      { ...node, clock, random: systemRandom(), logger: silentLogger, metrics: noMetrics },
    );
    initializer.start(node.tasks);
  }
}
