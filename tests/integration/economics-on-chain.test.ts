import { create, fromBinary } from "@bufbuild/protobuf";
import {
  Balances,
  createKeySigner,
  PendingAmounts,
  PriceBook,
  RedemptionService,
  RewardCaller,
  RoundInitializer,
  redemptionId,
  TicketPaymentRecipient,
  TicketPaymentSender,
  TicketSender,
  type TicketStore,
} from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import { AuthTokenSchema, OrchestratorInfoSchema, PaymentSchema } from "@livepeer-ts/execution";
import {
  type Address,
  errorText,
  fromHex,
  type Hex,
  type Logger,
  LpError,
  type Net,
  noMetrics,
  privateKeyToAddress,
  rational,
  silentLogger,
  type Tasks,
  weiPerEther,
  zeroHash,
} from "@livepeer-ts/kernel";
import { createTasks, NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { RecordingEventSink } from "@livepeer-ts/kernel/testing";
import {
  ActiveStatus,
  type AddressBook,
  BlockWatcher,
  contractEvent,
  GasPriceMonitor,
  type IntentStore,
  loadAddressBook,
  OrchestratorPool,
  parseLogs,
  protocolReads,
  RoundWatcher,
  RpcChainReader,
  SenderWatcher,
  TransactionManager,
  toQuantity,
} from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, JsonRpc, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet } from "@livepeer-ts/protocol/deploy";
import { memoryHeaderStore, memoryIntentStore } from "@livepeer-ts/protocol/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// anvil's public test accounts
const deployerKey: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const orchestratorKey: Hex = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const gatewayKey: Hex = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const orchestrator = privateKeyToAddress(fromHex(orchestratorKey));
const gateway = privateKeyToAddress(fromHex(gatewayKey));
const faceValueWei = 40_000_000_000n;
const clock = systemClock();

let anvil: Anvil;
let controller: Address;
const net = new NodeNet();

/** A network that can be cut. */
class CuttableNet implements Net {
  isDown = false;

  request(request: Parameters<Net["request"]>[0]) {
    if (!this.isDown) return net.request(request);
    return Promise.reject(new LpError({ code: "net_dial", message: "the cable is pulled", retryable: true }));
  }
}

const failures: string[] = [];
const reportingLogger: Logger = {
  ...silentLogger,
  error: (message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`),
};

type Stores = { readonly tickets: TicketStore; readonly intents: IntentStore };

/** Everything an orchestrator needs to be paid, on the real chain. */
async function startRecipient(
  stores: Stores,
  options: { net?: Net; finalDepth?: number; confirmations?: number } = {},
) {
  const tasks = createTasks("recipient", reportingLogger);
  const { signal } = tasks;
  const base = { clock, logger: silentLogger, metrics: noMetrics };
  const rpc = new JsonRpc(
    { urls: [anvil.rpcUrl], retryDelayMs: 20, maxAttempts: 2 },
    { ...base, net: options.net ?? net },
  );
  const reader = new RpcChainReader(rpc);
  const book = await loadAddressBook(reader, controller, signal);
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
    { ...base, rpc, reader, store: stores.intents },
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
    { redeemGas: 350_000n, confirmations: options.confirmations ?? 2 },
    { ...shared, events, rounds, gas, active, pending, store: stores.tickets, submitter },
  );
  await redemption.start(tasks);
  return { tasks, rpc, reader, book, rounds, senders, pool, recipient, events, submitter, redemption, pending, blocks };
}

type Recipient = Awaited<ReturnType<typeof startRecipient>>;

/** The gateway's half; it uses the recipient's view of the chain, but its own key and funds. */
async function startSender(node: Recipient) {
  await node.senders.info(gateway);
  const tickets = new TicketSender(
    {},
    { signer: createKeySigner(fromHex(gatewayKey)), rounds: node.rounds, funds: () => node.senders.cached(gateway) },
  );
  return new TicketPaymentSender(tickets);
}

/** Pays for segments until `count` tickets have won; returns how many tickets went out. */
async function payUntilWon(node: Recipient, count: number): Promise<{ sent: number; won: number }> {
  const sender = await startSender(node);
  let [sent, won] = [0, 0];
  while (won < count) {
    const offer = await node.recipient.offer(gateway, undefined, undefined);
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
      node.recipient.debit(gateway, "session", 8_000_000n, message.expectedPrice);
      payment.settle(8_000_000n);
    }
  }
  return { sent, won };
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean, limitMs = 15_000): Promise<void> {
  const end = clock.mono() + limitMs;
  while (!(await isTrue())) {
    if (clock.mono() > end) throw new Error(`${what}: not within ${limitMs} ms`);
    await clock.sleep(25);
  }
}

const mine = (node: Recipient, blocks: number) => node.rpc.call("anvil_mine", [toQuantity(blocks)], node.tasks.signal);

/** What the chain says was paid to the orchestrator since `fromBlock`. */
async function transfers(node: Recipient, book: AddressBook, fromBlock: bigint) {
  const filter = { address: book.ticketBroker, fromBlock: toQuantity(fromBlock), toBlock: "latest" };
  const logs = parseLogs(await node.rpc.call("eth_getLogs", [filter], node.tasks.signal));
  const amounts = logs.flatMap((log) => {
    const event = contractEvent(ticketBrokerAbi, "WinningTicketTransfer", log);
    return event === undefined ? [] : [event.amount];
  });
  return { count: amounts.length, totalWei: amounts.reduce((sum, amount) => sum + amount, 0n) };
}

async function deposit(node: Recipient): Promise<bigint> {
  const [funds] = await node.reader.read(protocolReads(node.book).senderInfo(gateway), node.tasks.signal);
  return funds.deposit;
}

/** To the start of a fresh round, so that a test does not run into the end of one. */
async function freshRound(node: Recipient): Promise<void> {
  const { startL1Block, roundLength, lastInitializedRound } = node.rounds.current();
  const head = await node.reader.header("latest", node.tasks.signal);
  await mine(node, Number(startL1Block + roundLength - (head?.number ?? 0n)));
  const initializer = new RoundInitializer(
    { maxDelayMs: 1 },
    { ...node, clock, random: systemRandom(), logger: silentLogger, metrics: noMetrics },
  );
  initializer.start(node.tasks);
  await until("the next round", () => node.rounds.current().lastInitializedRound > lastInitializedRound);
}

const running: Tasks[] = [];
const track = (node: Recipient): Recipient => {
  running.push(node.tasks);
  return node;
};

beforeAll(async () => {
  anvil = await startAnvil({ blockTimeSec: 0.25 });
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
    gateways: [{ key: gatewayKey, depositWei: weiPerEther, reserveWei: weiPerEther }],
  });
  controller = devnet.addresses.Controller;
}, 60_000);

afterEach(async () => {
  for (const tasks of running.splice(0)) await tasks.stop();
});

afterAll(async () => {
  await net.stop();
  await anvil?.stop();
});

describe("tickets on a real chain", () => {
  it("are paid, won, redeemed and settled to the wei, and the round is rewarded once", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const node = track(await startRecipient(stores));
    await freshRound(node);
    const from = (await node.reader.header("latest", node.tasks.signal))?.number ?? 0n;
    const depositBefore = await deposit(node);

    const rewards = { ...node, logger: silentLogger, metrics: noMetrics };
    new RewardCaller(rewards).start(node.tasks);
    new RewardCaller(rewards).start(node.tasks);

    const { won } = await payUntilWon(node, 3);
    expect(await stores.tickets.pendingTotals(0n)).toEqual({ count: won, faceValueWei: BigInt(won) * faceValueWei });
    await clock.sleep(200);
    expect((await transfers(node, node.book, from)).count).toBe(0); // not before the offers ended
    await mine(node, 41);
    await until("all winners redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);

    const paid = await transfers(node, node.book, from);
    expect(paid).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(depositBefore - (await deposit(node))).toBe(paid.totalWei);
    const redeemed = node.events.of<{ givenUp: string | null; txHash: string }>("ticket.redeemed");
    expect(redeemed.map((event) => event.givenUp)).toEqual(Array.from({ length: won }, () => null));
    expect(node.events.of("ticket.won")).toHaveLength(won);
    expect(node.pending.get(gateway)).toBe(0n);
    // the watcher's picture of the sender agrees with the contract
    await until("events seen", async () => node.senders.cached(gateway)?.depositWei === (await deposit(node)));

    await until("the reward", () => node.events.of("reward.called").length > 0);
    const [transcoder] = await node.reader.readAll(
      [protocolReads(node.book).transcoder(orchestrator)],
      node.tasks.signal,
    );
    expect(transcoder[0]).toBe(node.rounds.current().lastInitializedRound);
    expect((await node.pool.list()).map((entry) => entry.uri)).toEqual(["https://127.0.0.1:8935"]);
    expect(failures).toEqual([]);
  });

  it("are redeemed again after a reorganization took the redemption out, and paid once", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const node = track(await startRecipient(stores, { confirmations: 1, finalDepth: 200 }));
    await freshRound(node);
    const from = (await node.reader.header("latest", node.tasks.signal))?.number ?? 0n;
    const { won } = await payUntilWon(node, 1);
    await mine(node, 41);
    await until("redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);
    const winner = node.events.of<{ ticketHash: string; block: string }>("ticket.redeemed")[0];
    const head = (await node.reader.header("latest", node.tasks.signal))?.number ?? 0n;
    const depth = head - BigInt(winner?.block ?? head) + 1n;
    await node.rpc.call("anvil_reorg", [Number(depth), []], node.tasks.signal);

    await until("sent again", async () => {
      const paid = await transfers(node, node.book, from);
      const intent = await node.submitter.find(redemptionId({ ticketHash: winner?.ticketHash ?? "" }));
      const block =
        intent?.mined === undefined ? undefined : await node.reader.header(intent.mined.blockNumber, node.tasks.signal);
      return paid.count === won && block !== undefined && block.hash === intent?.mined?.blockHash;
    });
    expect((await transfers(node, node.book, from)).totalWei).toBe(BigInt(won) * faceValueWei);
    await until("events seen", async () => node.senders.cached(gateway)?.depositWei === (await deposit(node)));
    expect(failures).toEqual([]);
  });

  it("are accepted while the Ethereum node is away, and redeemed when it is back", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const cable = new CuttableNet();
    const node = track(await startRecipient(stores, { net: cable }));
    await freshRound(node);
    const from = (await node.reader.header("latest", node.tasks.signal))?.number ?? 0n;
    await startSender(node);
    cable.isDown = true;
    await until("the outage is noticed", () => node.blocks.health.failingSince !== undefined);
    const { won } = await payUntilWon(node, 2);
    expect((await stores.tickets.pendingTotals(0n)).count).toBe(won);
    await clock.sleep(1500);
    cable.isDown = false;
    await mine(node, 41);
    await until("redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);
    expect(await transfers(node, node.book, from)).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(node.blocks.health.failingSince).toBeUndefined();
    expect(failures).toEqual([]);
  });

  it("are marked with their own transaction after a crash between sending and marking", async () => {
    const tickets = memoryTicketStore();
    const intents = memoryIntentStore();
    const crashing: TicketStore = {
      ...tickets,
      markRedeemed: () => new Promise<void>(() => {}), // the process is gone before this is written
    };
    const first = track(await startRecipient({ tickets: crashing, intents }));
    await freshRound(first);
    const from = (await first.reader.header("latest", first.tasks.signal))?.number ?? 0n;
    await payUntilWon(first, 1);
    await mine(first, 41);
    await until("mined", async () => (await transfers(first, first.book, from)).count > 0);
    const waiting = await tickets.pendingWinners(gateway, {
      minCreationRound: 0n,
      maxExpirationBlock: 2n ** 60n,
      limit: 9,
    });
    expect(waiting.length).toBeGreaterThan(0);
    running.splice(0); // never stopped in order: it crashed; its timers end with the next line
    void first.tasks.stop().catch((error) => failures.push(errorText(error)));

    const second = track(await startRecipient({ tickets, intents }));
    await until("marked", async () => (await tickets.pendingTotals(0n)).count === 0);
    const paid = await transfers(second, second.book, from);
    expect(paid.totalWei).toBe(BigInt(paid.count) * faceValueWei);
    for (const winner of waiting) {
      const settled = await tickets.find(winner.ticketHash);
      expect(settled?.txHash).not.toBe(zeroHash);
      const intent = await second.submitter.find(redemptionId(winner));
      expect(intent?.mined?.hash).toBe(settled?.txHash);
      expect(intent?.attempts).toHaveLength(1);
    }
    expect(paid.count).toBe(waiting.length);
    expect(failures).toEqual([]);
  });
});
