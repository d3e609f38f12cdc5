import { fromBinary } from "@bufbuild/protobuf";
import { type Payment, PaymentSchema, type PriceInfo } from "@livepeer-ts/execution";
import {
  type Address,
  formatRational,
  hashFromBytes,
  keccak256,
  LpError,
  noMetrics,
  paddedBigEndian,
  rational,
  silentLogger,
  weiPerEther,
  zeroAddress,
  zeroHash,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, Simulation, simRandom } from "@livepeer-ts/kernel/testing";
import type { SenderInfo } from "@livepeer-ts/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { PriceBook } from "../prices/price-book.ts";
import { PendingAmounts } from "../redemption/pending-amounts.ts";
import { paymentHeader, paymentMessage } from "../sender/payment-message.ts";
import { TicketSender } from "../sender/ticket-sender.ts";
import { createKeySigner } from "../signer/key-signer.ts";
import { memoryTicketStore } from "../testing/memory-ticket-store.ts";
import { ticketParamsFromWire } from "../tickets/ticket-params.ts";
import { Balances } from "./balances.ts";
import { TicketPaymentRecipient } from "./ticket-payment-recipient.ts";

const orchestrator = createKeySigner(paddedBigEndian(99n, 32));
const gateway = createKeySigner(paddedBigEndian(5n, 32));
const maxNonces = 600;

let simulation: Simulation;
let time: ReturnType<typeof startTime>;
let funds: SenderInfo;
let isActive: boolean;
let senderError: Error | undefined;
let listeners: ((block: bigint) => void)[];
let store: ReturnType<typeof memoryTicketStore>;
let events: RecordingEventSink;
let balances: Balances;
let pending: PendingAmounts;
let recipient: TicketPaymentRecipient;

function startTime() {
  return {
    lastInitializedRound: 10n,
    l1BlockHash: hashFromBytes(keccak256(Uint8Array.of(1))),
    previousL1BlockHash: hashFromBytes(keccak256(Uint8Array.of(2))),
    startL1Block: 600n,
    roundLength: 60n,
    poolSize: 2n,
    lastSeenL1Block: 610n,
  };
}

const rounds = {
  current: () => time,
  onRound: () => () => {},
  onL1Block: (listener: (block: bigint) => void) => {
    listeners.push(listener);
    return () => {};
  },
};

function newRecipient(options: { maxFaceValueWei?: bigint; price?: bigint } = {}): TicketPaymentRecipient {
  const host = simulation.host("orchestrator");
  balances = new Balances({}, host.clock);
  return new TicketPaymentRecipient(
    {
      recipient: orchestrator.address,
      redeemGas: 350_000n,
      maxFaceValueWei: options.maxFaceValueWei ?? 40_000_000_000n,
    },
    {
      clock: host.clock,
      random: simRandom(7),
      logger: silentLogger,
      metrics: noMetrics,
      events,
      tasks: host.tasks,
      rounds,
      senders: {
        cached: () => (senderError === undefined ? funds : undefined),
        info: async () => {
          if (senderError !== undefined) throw senderError;
          return funds;
        },
      },
      gas: { gasPriceWei: 7n },
      active: { isActive: () => isActive },
      pending,
      store,
      prices: new PriceBook(rational(options.price ?? 1000n)),
      balances,
    },
  );
}

beforeEach(() => {
  simulation = new Simulation(1);
  time = startTime();
  isActive = true;
  senderError = undefined;
  listeners = [];
  funds = {
    depositWei: weiPerEther,
    withdrawRound: 0n,
    reserveWei: weiPerEther,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };
  store = memoryTicketStore();
  events = new RecordingEventSink();
  pending = new PendingAmounts();
  recipient = newRecipient();
});

function newSender(): TicketSender {
  return new TicketSender({ maxTotalEvWei: rational(10n ** 20n) }, { signer: gateway, rounds, funds: () => funds });
}

async function offer() {
  const made = await recipient.offer(gateway.address, undefined, undefined);
  const sender = newSender();
  if (made.ticketParams === undefined || made.priceInfo === undefined) throw new Error("no offer");
  const params = ticketParamsFromWire(made.ticketParams);
  const { expirationBlock } = params;
  return { session: sender.startSession(params), sender, price: made.priceInfo, expirationBlock, params };
}

const payWith = (from: { session: string; sender: TicketSender; price: PriceInfo }, count: number): Payment =>
  fromBinary(
    PaymentSchema,
    Buffer.from(
      paymentHeader(paymentMessage(from.sender.sender, from.price, from.sender.createBatch(from.session, count))),
      "base64",
    ),
  );

async function refusalOf(payment: Payment): Promise<{ message: string; fatal: unknown }> {
  try {
    await recipient.receive(payment, "id");
  } catch (error) {
    if (error instanceof LpError) return { message: error.message, fatal: error.details["fatal"] };
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a recipient of tickets", () => {
  it("credits the exact value of a batch and keeps every winner before it answers", async () => {
    const made = await offer();
    const received = await recipient.receive(payWith(made, 50), "id");
    const each = made.sender.expectedValue(made.session);
    expect(received.acceptedCount).toBe(50);
    expect(formatRational(received.credited)).toBe(formatRational(rational(each.num * 50n, each.den)));
    expect(formatRational(balances.balance(gateway.address, "id"))).toBe(formatRational(received.credited));
    const waiting = await store.pendingTotals(0n);
    expect(waiting.count).toBe(received.wonCount);
    expect(received.wonCount).toBeGreaterThan(0);
    await simulation.run(1);
    expect(events.of("ticket.won")).toHaveLength(received.wonCount);
    expect(events.of<{ acceptedCount: number }>("tickets.received")[0]?.acceptedCount).toBe(50);
  });

  it("sells no tickets of rounds without a block hash: the contract takes none", async () => {
    time = { ...time, l1BlockHash: zeroHash, previousL1BlockHash: zeroHash };
    await expect(offer()).rejects.toMatchObject({ code: "no_round_hash", retryable: true });
    recipient = newRecipient({ price: 0n });
    expect((await recipient.offer(gateway.address, undefined, undefined)).ticketParams).toBeDefined();
    recipient = newRecipient();
    time = { ...startTime(), l1BlockHash: zeroHash };
    expect((await offer()).params.expirationParams?.creationRound).toBe(9n);
  });

  it("does not answer before a winner is stored", async () => {
    const inner = store;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    store = {
      ...inner,
      storeWinner: async (...args) => {
        await gate;
        return inner.storeWinner(...args);
      },
    };
    recipient = newRecipient();
    let isAnswered = false;
    const answer = recipient.receive(payWith(await offer(), 50), "id").then(() => {
      isAnswered = true;
    });
    await simulation.run(1000);
    expect(isAnswered).toBe(false);
    expect(balances.covers(gateway.address, "id", 1n)).toBe(false);
    release();
    await answer;
  });

  it("takes each nonce once, in any order", async () => {
    const made = await offer();
    const payment = payWith(made, 20);
    payment.ticketSenderParams.reverse();
    expect((await recipient.receive(payment, "id")).acceptedCount).toBe(20);
    const before = balances.balance(gateway.address, "id");
    const again = await refusalOf(payment);
    expect(again.message).toMatch(/^invalid ticket senderNonce: already seen sender=0x[0-9a-fA-F]{40} nonce=1$/);
    expect(again.fatal).toBe(false);
    expect(balances.balance(gateway.address, "id")).toEqual(before);
  });

  it(`takes ${maxNonces} tickets per offer and no more`, async () => {
    const made = await offer();
    expect((await recipient.receive(payWith(made, maxNonces), "id")).acceptedCount).toBe(maxNonces);
    expect(() => made.sender.createBatch(made.session, 1)).toThrow(/used for 600 tickets/);
    const forgetful = { ...made, sender: newSender() };
    forgetful.session = forgetful.sender.startSession(made.params);
    expect((await refusalOf(payWith(forgetful, 1))).message).toMatch(/already seen sender=\S+ nonce=1$/);
  });

  it("credits nothing after the first refusal of a batch, but keeps later winners", async () => {
    const made = await offer();
    const payment = payWith(made, 60);
    const first = payment.ticketSenderParams[1];
    if (first !== undefined) first.sig = first.sig.slice().fill(1, 0, 8);
    const refused = await refusalOf(payment);
    expect(refused).toEqual({ message: "invalid ticket signature", fatal: false });
    const each = made.sender.expectedValue(made.session);
    expect(formatRational(balances.balance(gateway.address, "id"))).toBe(formatRational(each));
    expect((await store.pendingTotals(0n)).count).toBeGreaterThan(1);
  });

  it("refuses tickets whose offer ended, and forgets their nonces", async () => {
    const made = await offer();
    await recipient.receive(payWith(made, 1), "id");
    time = { ...time, lastSeenL1Block: made.expirationBlock - 2n };
    const payment = payWith(made, 1);
    time = { ...time, lastSeenL1Block: made.expirationBlock };
    for (const listener of listeners) listener(made.expirationBlock);
    expect(await refusalOf(payment)).toEqual({ message: "TicketParams expired", fatal: false });
  });

  it.each([
    ["face value", (payment: Payment) => payment.ticketParams?.faceValue.fill(1)],
    ["win probability", (payment: Payment) => payment.ticketParams?.winProb.fill(0xff)],
    ["expiration block", (payment: Payment) => payment.ticketParams?.expirationBlock.fill(0x7f)],
    [
      "price",
      (payment: Payment) => {
        if (payment.expectedPrice !== undefined) payment.expectedPrice.pricePerUnit = 1n;
      },
    ],
    [
      "creation round",
      (payment: Payment) => {
        if (payment.expirationParams !== undefined) payment.expirationParams.creationRound++;
      },
    ],
  ])("notices a changed %s", async (_what, change) => {
    const payment = payWith(await offer(), 1);
    change(payment);
    const expected = { message: "invalid recipientRand for ticket recipientRandHash", fatal: true };
    expect(await refusalOf(payment)).toEqual(expected);
    // also when the offer is known from good tickets
    const made = await offer();
    await recipient.receive(payWith(made, 1), "id");
    const second = payWith(made, 1);
    change(second);
    expect(await refusalOf(second)).toEqual(expected);
  });

  it("refuses tickets for somebody else and from nobody", async () => {
    const payment = payWith(await offer(), 1);
    payment.ticketParams?.recipient.fill(3);
    expect(await refusalOf(payment)).toEqual({ message: "invalid ticket recipient", fatal: true });
    const anonymous = payWith(await offer(), 1);
    anonymous.sender = new Uint8Array(20);
    expect((await refusalOf(anonymous)).message).toBe("invalid ticket sender");
    anonymous.sender = new Uint8Array(0);
    expect((await refusalOf(anonymous)).message).toMatch(/^Could not find Sender for payment: /);
  });

  it("refuses senders that unlock soon or cannot be read, with their checksummed address", async () => {
    const payment = payWith(await offer(), 1);
    funds = { ...funds, withdrawRound: 11n };
    const unlocking = await refusalOf(payment);
    expect(unlocking.message).toMatch(/^deposit and reserve for sender 0x\S+ is set to unlock soon$/);
    expect(unlocking.fatal).toBe(true);
    funds = { ...funds, withdrawRound: 12n };
    expect((await recipient.receive(payment, "id")).acceptedCount).toBe(1);
    senderError = new Error("no connection");
    expect((await refusalOf(payment)).message).toMatch(/^could not get sender info for 0x\S+: no connection$/);
  });

  it("takes no tickets while it is not active", async () => {
    const payment = payWith(await offer(), 1);
    isActive = false;
    expect((await refusalOf(payment)).message).toMatch(
      /^orchestrator 0x\S+ is inactive in round 10, cannot process payments$/,
    );
  });

  it("names what is wrong with an expected price", async () => {
    const payment = payWith(await offer(), 1);
    if (payment.expectedPrice !== undefined) payment.expectedPrice.pixelsPerUnit = 0n;
    expect((await refusalOf(payment)).message).toBe(
      'invalid expected price sent with payment err="pixels per unit is 0"',
    );
    delete payment.expectedPrice;
    expect((await refusalOf(payment)).message).toBe(
      'invalid expected price sent with payment err="expected price is nil"',
    );
  });

  it("offers less face value while redemptions are pending, and refuses when the reserve is too small", async () => {
    recipient = newRecipient({ maxFaceValueWei: 0n });
    funds = { ...funds, reserveWei: 200_000_000_000_000n, depositWei: 1n };
    const faceValue = async () =>
      ticketParamsFromWire((await recipient.offer(gateway.address, undefined, undefined)).ticketParams as never)
        .faceValueWei;
    const whole = await faceValue();
    pending.add(gateway.address, 99_999_999_999_990n);
    await expect(faceValue()).rejects.toThrow("insufficient sender reserve");
    pending.subtract(gateway.address, 99_999_999_999_990n);
    expect(await faceValue()).toBe(whole);
  });

  it("keeps the price a session was opened at", async () => {
    const made = await offer();
    await recipient.receive(payWith(made, 1), "id");
    const again = await recipient.offer(gateway.address, undefined, "id");
    expect(again.priceInfo).toMatchObject({
      pricePerUnit: made.price.pricePerUnit,
      pixelsPerUnit: made.price.pixelsPerUnit,
    });
  });

  it("does not give the work away to whoever first pays nothing", async () => {
    const free = paymentMessage(gateway.address, undefined, undefined);
    expect(await recipient.receive(free, "id")).toMatchObject({ acceptedCount: 0 });
    expect(balances.agreedPrice(gateway.address, "id")).toBeUndefined();
    const price = recipient.priceOf(gateway.address, "id", undefined);
    expect(price.pricePerUnit).toBeGreaterThan(0n);
    expect(recipient.hasBalance(gateway.address, "id", price)).toBe(false);
  });

  it("charges what was agreed with tickets, whatever a payment without tickets claims", async () => {
    const made = await offer();
    const claim = { ...made.price, pricePerUnit: 0n };
    // a first claim agrees nothing, and neither do tickets that do not hold
    await recipient.receive(paymentMessage(gateway.address, claim, undefined), "id");
    const forged = payWith(made, 1);
    forged.expectedPrice = claim;
    await expect(recipient.receive(forged, "id")).rejects.toThrow("invalid recipientRand");
    expect(balances.agreedPrice(gateway.address, "id")).toBeUndefined();

    await recipient.receive(payWith(made, 1), "id");
    await recipient.receive(paymentMessage(gateway.address, claim, undefined), "id");
    expect(recipient.priceOf(gateway.address, "id", undefined)).toMatchObject({
      pricePerUnit: made.price.pricePerUnit,
      pixelsPerUnit: made.price.pixelsPerUnit,
    });
  });

  it("serves a price of 0 without tickets", async () => {
    recipient = newRecipient({ price: 0n });
    const made = await recipient.offer(gateway.address, undefined, undefined);
    expect(ticketParamsFromWire(made.ticketParams as never)).toMatchObject({ faceValueWei: 0n, winProb: 0n });
    await recipient.receive(paymentMessage(gateway.address, made.priceInfo, undefined), "id");
    expect(recipient.hasBalance(gateway.address, "id", made.priceInfo)).toBe(true);
    expect(recipient.debit(gateway.address, "id", 10n ** 9n, made.priceInfo).num).toBe(0n);
  });

  it("lets the balance go below zero and asks for a ticket's value again", async () => {
    const made = await offer();
    await recipient.receive(payWith(made, 1), "id");
    expect(recipient.hasBalance(gateway.address, "id", made.price)).toBe(true);
    recipient.debit(gateway.address, "id", 10n ** 12n, made.price);
    expect(recipient.hasBalance(gateway.address, "id", made.price)).toBe(false);
    expect(balances.balance(gateway.address, "id").num).toBeLessThan(0n);
    const nobody: Address = zeroAddress;
    expect(recipient.hasBalance(nobody, "id", undefined)).toBe(true);
  });
});
