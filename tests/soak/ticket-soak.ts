import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { createTicketStore, type NodeDatabases, nodeDatabaseFiles, prepareNodeDatabases } from "@livepeer-ts/data";
import { openNodeSqlite } from "@livepeer-ts/data/adapters";
import {
  Balances,
  createKeySigner,
  type KeySigner,
  PendingAmounts,
  PriceBook,
  paymentHeader,
  paymentMessage,
  RedemptionService,
  recipientRand,
  type SignedTicket,
  TicketPaymentRecipient,
  TicketSender,
  type TicketStore,
  ticketExpectedValue,
  ticketParamsFromWire,
} from "@livepeer-ts/economics";
import { decodeBase64, type Payment, PaymentSchema, type PriceInfo } from "@livepeer-ts/execution";
import {
  bigEndianToBigInt,
  compareRational,
  concatBytes,
  fromHex,
  type Hash32,
  hashFromBytes,
  keccak256,
  LpError,
  mulRational,
  noMetrics,
  paddedBigEndian,
  type Rational,
  rational,
  silentLogger,
  type Tasks,
  toHex,
  weiPerEther,
  zeroRational,
} from "@livepeer-ts/kernel";
import { createTasks, systemClock } from "@livepeer-ts/kernel/adapters";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { keccak256 as outsideKeccak } from "viem";
import { PayingChain } from "./paying-chain.ts";

export type TicketSoakOptions = {
  readonly tickets: number;
  readonly seed: number;
  /** Where the databases are; empty at the start. */
  readonly folder: string;
  /** Mean number of tickets between crashes. Default 2000. */
  readonly ticketsPerCrash?: number;
};

export type TicketSoakResult = {
  readonly tickets: number;
  /** Deliveries of payments, first ones and repeated ones. */
  readonly deliveries: number;
  readonly accepted: number;
  readonly refusedTwice: number;
  /** Tickets of offers that a crash had made void. */
  readonly refusedVoid: number;
  readonly crashes: number;
  readonly winners: number;
  /** In which they were redeemed. */
  readonly transactions: number;
  readonly redeemedWei: bigint;
  readonly seconds: number;
};

const faceValueWei = 40_000_000_000n;
/** One ticket of fifty wins. */
const ticketEvWei = faceValueWei / 50n;
const senderCount = 20;
const maxBatch = 60;
const blocksPerOffer = 40n;

type Sent = {
  readonly payment: Payment;
  readonly tickets: readonly SignedTicket[];
  readonly sender: number;
  readonly epoch: number;
  isDrawn: boolean;
};

/** The process dies here. */
class Crash extends Error {}

/** A promise broken: what the run is there to find. */
function fail(what: string): never {
  throw new Error(`ticket soak: ${what}`);
}

/**
 * Sends tickets through sender and recipient, out of order, twice and more, with crashes between and inside the writes of the store,
 * on real SQLite files. A ledger beside it knows each ticket and its draw, and everything is compared with it: each ticket is credited
 * once at most, and once if its payment was acknowledged; each winner among those is stored and redeemed once; sums agree to the wei.
 */
export async function runTicketSoak(options: TicketSoakOptions): Promise<TicketSoakResult> {
  const run = new TicketSoak(options);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class TicketSoak {
  readonly #options: TicketSoakOptions;
  readonly #random;
  readonly #clock = systemClock();
  readonly #chain = new PayingChain();
  readonly #keys: readonly KeySigner[];
  /** Tickets that were acknowledged, by sender, in this life of the recipient; all have the same value. */
  #credited: number[] = [];
  #ticketValue: Rational = zeroRational;
  readonly #acknowledged = new Set<Hash32>();
  /** Winners that an acknowledged payment held: they must be redeemed. */
  readonly #owed = new Set<Hash32>();
  /** Winners that were delivered at all: no others may be redeemed. */
  readonly #drawn = new Set<Hash32>();
  #epoch = 0;
  #secret: Uint8Array = new Uint8Array(32);
  #lastSeenL1Block = 1000n;
  #databases: NodeDatabases | undefined;
  #tasks: Tasks | undefined;
  #recipient: TicketPaymentRecipient | undefined;
  #redemption: RedemptionService | undefined;
  #pending = new PendingAmounts();
  #balances: Balances | undefined;
  #store: TicketStore | undefined;
  #senders: TicketSender[] = [];
  #offers: ({ readonly session: string; readonly price: PriceInfo } | undefined)[] = [];
  #l1Listeners: ((block: bigint) => void)[] = [];
  /** Writes until the process dies; undefined: it lives on. */
  #writesLeft: { count: number; isAfter: boolean } | undefined;
  #sent = 0;
  #deliveries = 0;
  #refusedTwice = 0;
  #refusedVoid = 0;
  #crashes = 0;

  constructor(options: TicketSoakOptions) {
    this.#options = options;
    this.#random = simRandom(options.seed);
    this.#keys = Array.from({ length: senderCount }, (_, i) => createKeySigner(paddedBigEndian(BigInt(i + 2), 32)));
  }

  async run(): Promise<TicketSoakResult> {
    const { tickets, ticketsPerCrash = 2000 } = this.#options;
    const started = this.#clock.mono();
    await this.#boot();
    let wire: Sent[] = [];
    let nextCrash = this.#draw(2 * ticketsPerCrash);
    while (this.#sent < tickets) {
      wire.push(...(await this.#send(Math.min(maxBatch, tickets - this.#sent))));
      // what was sent together arrives in any order, and part of it later
      if (wire.length < 30 && this.#sent < tickets) continue;
      wire = this.#shuffled(wire);
      const arriving = wire.splice(0, Math.ceil(wire.length / 2));
      for (let sent = arriving.shift(); sent !== undefined; sent = arriving.shift()) {
        if (!(await this.#deliver(sent))) break;
        // once more soon, or much later
        if (this.#draw(4) === 0) arriving.splice(this.#draw(arriving.length + 1), 0, sent);
        else if (this.#draw(10) === 0) wire.push(sent);
      }
      if (this.#sent >= nextCrash) {
        nextCrash = this.#sent + this.#draw(2 * ticketsPerCrash);
        // between the payments, or inside one of the next writes
        if (this.#draw(3) === 0) await this.#crash();
        else this.#writesLeft = { count: this.#draw(6), isAfter: this.#draw(2) === 0 };
      }
      if (this.#draw(12) === 0) await this.#nextBlocks(BigInt(1 + this.#draw(8)));
    }
    this.#writesLeft = undefined;
    for (const sent of this.#shuffled(wire)) await this.#deliver(sent);
    this.#checkBalances();
    await this.#redeemAll();
    return {
      tickets: this.#sent,
      deliveries: this.#deliveries,
      accepted: this.#acknowledged.size,
      refusedTwice: this.#refusedTwice,
      refusedVoid: this.#refusedVoid,
      crashes: this.#crashes,
      winners: this.#chain.paidCount,
      transactions: this.#chain.transactionCount,
      redeemedWei: this.#chain.paidWei,
      seconds: (this.#clock.mono() - started) / 1000,
    };
  }

  async close(): Promise<void> {
    await this.#tasks?.stop();
    this.#recipient?.stop();
    await this.#databases?.livepeer.close();
    await this.#databases?.own.close();
    this.#databases = undefined;
  }

  /** A process starts: files opened, a secret of its own, nothing else remembered. */
  async #boot(): Promise<void> {
    const { folder } = this.#options;
    const databases = {
      livepeer: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.livepeer) }),
      own: openNodeSqlite({ path: join(folder, nodeDatabaseFiles.own) }),
    };
    await prepareNodeDatabases(databases, { chainId: 31337n, now: 0 });
    this.#databases = databases;
    this.#epoch++;
    this.#secret = this.#random.fork(`secret ${this.#epoch}`).bytes(32);
    this.#l1Listeners = [];
    this.#credited = this.#keys.map(() => 0);
    this.#offers = this.#keys.map(() => undefined);
    this.#senders = this.#keys.map(
      (signer) => new TicketSender({}, { signer, rounds: this.#rounds, funds: () => this.#funds }),
    );
    this.#pending = new PendingAmounts();
    this.#store = this.#crashing(createTicketStore(databases));
    this.#balances = new Balances({}, this.#clock);
    this.#tasks = createTasks("soak", silentLogger);
    const common = {
      ...{
        clock: this.#clock,
        logger: silentLogger,
        metrics: noMetrics,
        rounds: this.#rounds,
        gas: { gasPriceWei: 1n },
      },
      ...{
        events: { emit: async () => {} },
        active: { isActive: () => true },
        pending: this.#pending,
        store: this.#store,
      },
    };
    this.#recipient = new TicketPaymentRecipient(
      {
        recipient: this.#keys[0]?.address ?? fail("no key"),
        ticketEvWei,
        redeemGas: 350_000n,
        maxFaceValueWei: faceValueWei,
        autoAdjustPrice: false,
        secret: this.#secret,
      },
      {
        ...common,
        random: this.#random.fork(`recipient ${this.#epoch}`),
        tasks: this.#tasks,
        senders: { cached: () => this.#funds, info: async () => this.#funds },
        prices: new PriceBook(rational(1000n)),
        balances: this.#balances,
      },
    );
    this.#redemption = new RedemptionService({ redeemGas: 350_000n }, { ...common, ...this.#chain.deps });
    await this.#redemption.start(this.#tasks);
  }

  /** The process dies and another one starts. What was not yet credited in the old one's memory is gone, as it should be. */
  async #crash(): Promise<void> {
    this.#crashes++;
    this.#writesLeft = undefined;
    this.#checkBalances();
    await this.close();
    await this.#boot();
  }

  readonly #funds = {
    depositWei: 1_000_000n * weiPerEther,
    withdrawRound: 0n,
    reserveWei: weiPerEther,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };

  readonly #rounds = {
    current: () => ({
      lastInitializedRound: 10n,
      l1BlockHash: hashFromBytes(keccak256(Uint8Array.of(1))),
      previousL1BlockHash: hashFromBytes(keccak256(Uint8Array.of(2))),
      startL1Block: 600n,
      roundLength: 60n,
      poolSize: 1n,
      lastSeenL1Block: this.#lastSeenL1Block,
    }),
    onRound: () => () => {},
    onL1Block: (listener: (block: bigint) => void) => {
      this.#l1Listeners.push(listener);
      return () => {};
    },
  };

  /** The store, with a death before or after a write. */
  #crashing(store: TicketStore): TicketStore {
    const dying = async <T>(write: () => Promise<T>): Promise<T> => {
      const left = this.#writesLeft;
      if (left === undefined || left.count-- > 0) return write();
      if (left.isAfter) await write();
      throw new Crash("the process dies");
    };
    return {
      ...store,
      storeWinner: (ticket, at) => dying(() => store.storeWinner(ticket, at)),
      markRedeemed: (signature, txHash, at) => dying(() => store.markRedeemed(signature, txHash, at)),
    };
  }

  async #send(most: number): Promise<Sent[]> {
    const sender = this.#draw(senderCount);
    const count = 1 + this.#draw(most);
    const offer = await this.#offer(sender, count);
    const from = this.#senders[sender] ?? fail("no sender");
    const batch = from.createBatch(offer.session, count);
    this.#sent += count;
    const header = paymentHeader(
      paymentMessage(from.sender, offer.price, { ...batch, tickets: this.#shuffled(batch.tickets) }),
    );
    return [
      {
        payment: fromBinary(PaymentSchema, decodeBase64(header)),
        tickets: batch.tickets,
        sender,
        epoch: this.#epoch,
        isDrawn: false,
      },
    ];
  }

  async #offer(sender: number, count: number) {
    const known = this.#offers[sender];
    if (known !== undefined) {
      try {
        this.#senders[sender]?.checkSession(known.session, count);
        return known;
      } catch (error) {
        if (!(error instanceof LpError) || error.code !== "ticket_params_expired") throw error;
      }
    }
    const recipient = this.#recipient ?? fail("no recipient");
    const made = await recipient.offer(this.#keys[sender]?.address ?? fail("no key"), undefined, undefined);
    if (made.ticketParams === undefined || made.priceInfo === undefined) fail("no offer");
    const session = this.#senders[sender]?.startSession(ticketParamsFromWire(made.ticketParams)) ?? fail("no session");
    const offer = { session, price: made.priceInfo };
    this.#offers[sender] = offer;
    return offer;
  }

  /** Brings a payment to the recipient and keeps the books. False when the process died over it. */
  async #deliver(sent: Sent): Promise<boolean> {
    this.#deliveries++;
    const isVoid = sent.epoch !== this.#epoch;
    if (!isVoid && !sent.isDrawn) this.#drawAll(sent);
    const seen = sent.tickets.filter(({ hash }) => this.#acknowledged.has(hash)).length;
    try {
      const { acceptedCount } = await (this.#recipient ?? fail("no recipient")).receive(sent.payment, "id");
      if (isVoid) fail("tickets of a former life were credited");
      if (seen > 0) fail(`${seen} tickets were credited a second time`);
      if (acceptedCount !== sent.tickets.length)
        fail(`${acceptedCount} of ${sent.tickets.length} tickets were credited`);
    } catch (error) {
      if (error instanceof Crash) {
        await this.#crash();
        return false;
      }
      if (!(error instanceof LpError)) throw error;
      if (error.code === "ticket_recipient_rand" && isVoid) this.#refusedVoid += sent.tickets.length;
      else if (error.code === "ticket_nonce_seen" && seen === sent.tickets.length) this.#refusedTwice += seen;
      else if (error.code === "ticket_params_expired" && this.#isExpired(sent))
        this.#refusedVoid += sent.tickets.length;
      else throw error;
      return true;
    }
    for (const { hash } of sent.tickets) {
      this.#acknowledged.add(hash);
      if (this.#drawn.has(hash)) this.#owed.add(hash);
    }
    this.#ticketValue = ticketExpectedValue(sent.tickets[0]?.ticket ?? fail("no tickets"));
    this.#credited[sent.sender] = (this.#credited[sent.sender] ?? 0) + sent.tickets.length;
    return true;
  }

  #isExpired(sent: Sent): boolean {
    const block = sent.payment.ticketParams?.expirationBlock ?? new Uint8Array(0);
    return BigInt(toHex(block)) <= this.#lastSeenL1Block;
  }

  /** The draw, by an implementation of keccak that the product does not use. */
  #drawAll(sent: Sent): void {
    sent.isDrawn = true;
    const first = sent.tickets[0]?.ticket ?? fail("no tickets");
    const rand = paddedBigEndian(this.#randOf(first, sent), 32);
    for (const { ticket, hash, signature } of sent.tickets)
      if (BigInt(outsideKeccak(concatBytes(signature, rand))) < ticket.winProb)
        this.#learn(sent, { ticket, hash, signature }, rand);
  }

  #randOf(ticket: SignedTicket["ticket"], { payment }: Sent): bigint {
    const params = payment.ticketParams ?? fail("no ticket parameters");
    return recipientRand(this.#secret, {
      seed: BigInt(toHex(params.seed)),
      sender: ticket.sender,
      faceValueWei: ticket.faceValueWei,
      winProb: ticket.winProb,
      expirationBlock: BigInt(toHex(params.expirationBlock)),
      price: rational(1000n),
      creationRound: ticket.creationRound,
      creationRoundBlockHash: ticket.creationRoundBlockHash,
    });
  }

  #learn(sent: Sent, { ticket, hash, signature }: SignedTicket, rand: Uint8Array): void {
    this.#drawn.add(hash);
    const paramsExpirationBlock = BigInt(toHex(sent.payment.ticketParams?.expirationBlock ?? fromHex("0x00")));
    this.#chain.know({
      ...ticket,
      ticketHash: hash,
      signature,
      recipientRand: bigEndianToBigInt(rand),
      paramsExpirationBlock,
    });
  }

  /** The recipient's balances are what was acknowledged, exactly. */
  #checkBalances(): void {
    for (const [i, key] of this.#keys.entries()) {
      const expected = mulRational(this.#ticketValue, rational(BigInt(this.#credited[i] ?? 0)));
      const found = this.#balances?.balance(key.address, "id") ?? zeroRational;
      if (compareRational(found, expected) !== 0)
        fail(`the balance of sender ${i} is ${found.num}/${found.den}, not ${expected.num}/${expected.den}`);
    }
  }

  async #nextBlocks(count: bigint): Promise<void> {
    this.#lastSeenL1Block += count;
    for (const listener of this.#l1Listeners) listener(this.#lastSeenL1Block);
    await this.#quiet();
    // a death inside `markRedeemed` shows in the log of the redemption only
    if (this.#writesLeft !== undefined && this.#writesLeft.count < 0) await this.#crash();
  }

  /** Until the redemptions under way have ended. */
  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      await this.#clock.turn();
      if (this.#keys.some(({ address }) => this.#pending.get(address) > 0n)) turn = 0;
    }
  }

  async #redeemAll(): Promise<void> {
    const store = this.#store ?? fail("no store");
    await this.#nextBlocks(blocksPerOffer);
    for (let pass = 0; (await store.pendingTotals(0n)).count > 0; pass++) {
      if (pass > 10_000) fail("winners stay unredeemed");
      await this.#nextBlocks(1n);
    }
    for (const hash of this.#owed) {
      const row = await store.find(hash);
      if (row?.redeemedAt === undefined || row.txHash === undefined || BigInt(row.txHash) === 0n)
        fail(`winner ${hash} was acknowledged and is not redeemed`);
    }
    const rows = this.#databases?.livepeer.read((sql) =>
      sql.all("SELECT count(*) AS n, count(DISTINCT txHash) AS txs FROM ticketQueue"),
    );
    const [count, transactions] = [Number(rows?.[0]?.["n"]), Number(rows?.[0]?.["txs"])];
    const { paidCount, transactionCount } = this.#chain;
    if (count !== paidCount || transactions !== transactionCount)
      fail(
        `${count} winners are stored, in ${transactions} transactions; the chain paid ${paidCount} in ${transactionCount}`,
      );
    if (count < this.#owed.size || count > this.#drawn.size)
      fail(`${count} winners are stored; ${this.#owed.size} are owed and ${this.#drawn.size} were drawn`);
    const expected = mulRational(rational(BigInt(count)), rational(faceValueWei));
    if (compareRational(rational(this.#chain.paidWei), expected) !== 0)
      fail(`${this.#chain.paidWei} wei were paid for ${count} winners`);
  }

  #draw(below: number): number {
    return Math.floor(this.#random.unit() * below);
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.#draw(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
