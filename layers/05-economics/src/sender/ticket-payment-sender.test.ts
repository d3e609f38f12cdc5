import { create, fromBinary } from "@bufbuild/protobuf";
import {
  AuthTokenSchema,
  type OrchestratorInfo,
  OrchestratorInfoSchema,
  PaymentSchema,
  PriceInfoSchema,
} from "@livepeer-ts/execution";
import { compareRational, hashFromBytes, keccak256, paddedBigEndian, rational, weiPerEther } from "@livepeer-ts/kernel";
import type { SenderInfo } from "@livepeer-ts/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { createKeySigner } from "../signer/key-signer.ts";
import { ticketParamsToWire } from "../tickets/ticket-params.ts";
import { TicketPaymentSender } from "./ticket-payment-sender.ts";
import { TicketSender } from "./ticket-sender.ts";

const signer = createKeySigner(paddedBigEndian(5n, 32));
const ev = 8_000_000_000n;
const hash = (n: number) => hashFromBytes(keccak256(Uint8Array.of(n)));
let lastSeenL1Block: bigint;
let funds: SenderInfo | undefined;
let sender: TicketPaymentSender;

beforeEach(() => {
  lastSeenL1Block = 100n;
  funds = {
    depositWei: weiPerEther,
    withdrawRound: 0n,
    reserveWei: weiPerEther,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };
  const current = () => ({
    lastInitializedRound: 6n,
    l1BlockHash: hash(1),
    previousL1BlockHash: hash(2),
    startL1Block: 60n,
    roundLength: 60n,
    poolSize: 1n,
    lastSeenL1Block,
  });
  sender = new TicketPaymentSender(new TicketSender({}, { signer, rounds: { current }, funds: () => funds }));
});

function info(change: { price?: bigint; offer?: number; sessionId?: string } = {}): OrchestratorInfo {
  return create(OrchestratorInfoSchema, {
    ticketParams: ticketParamsToWire({
      recipient: signer.address,
      faceValueWei: ev * 5n,
      winProb: (2n ** 256n - 1n) / 5n,
      recipientRandHash: hash(change.offer ?? 3),
      seed: 5n,
      expirationBlock: 140n,
      expirationParams: { creationRound: 5n, creationRoundBlockHash: hash(4) },
    }),
    priceInfo: create(PriceInfoSchema, { pricePerUnit: change.price ?? 1000n, pixelsPerUnit: 1n }),
    authToken: create(AuthTokenSchema, { sessionId: change.sessionId ?? "a" }),
  });
}

const units = rational(8_000_000n); // 8.16e9 wei with the safety factor: two tickets at first
const decode = (header: string) => fromBinary(PaymentSchema, Buffer.from(header, "base64"));

describe("paying with tickets", () => {
  it("sends what the estimate needs and keeps the change for the next request", async () => {
    const session = sender.session(info());
    const first = await session.pay(units);
    expect(first.tickets.map((ticket) => ticket.senderNonce)).toEqual([1, 2]);
    expect(decode(first.header).ticketSenderParams).toHaveLength(2);
    first.settle(4_000_000n); // half of the estimate: 12e9 wei are left
    const second = await session.pay(units);
    expect(second.tickets).toEqual([]);
    expect(decode(second.header)).toMatchObject({ expectedPrice: { pricePerUnit: 1000n } });
    expect(decode(second.header).ticketParams).toBeUndefined();
    second.settle(8_000_000n);
    expect((await session.pay(units)).tickets.map((ticket) => ticket.senderNonce)).toEqual([3]);
  });

  it("gets credit back when the request never left, and loses it when no answer came", async () => {
    const session = sender.session(info());
    (await session.pay(units)).settle(4_000_000n);
    (await session.pay(units)).notSent();
    const spent = await session.pay(units);
    expect(spent.tickets).toEqual([]);
    spent.spent();
    spent.settle(0n); // only the first outcome counts
    expect((await session.pay(units)).tickets).toHaveLength(2);
  });

  it("does not spend the same credit twice when two requests overlap", async () => {
    const session = sender.session(info());
    (await session.pay(units)).settle(4_000_000n);
    const [a, b] = [await session.pay(units), await session.pay(units)];
    expect([a.tickets.length, b.tickets.length]).toEqual([0, 2]);
  });

  it("starts at zero when the session changed, and keeps nonces when only the offer is repeated", async () => {
    const session = sender.session(info());
    (await session.pay(units)).settle(0n);
    session.update(info({ sessionId: "b" }));
    const next = await session.pay(units);
    expect(next.tickets.map((ticket) => ticket.senderNonce)).toEqual([3, 4]);
    session.update(info({ sessionId: "b", offer: 9 }));
    next.spent();
    expect((await session.pay(units)).tickets.map((ticket) => ticket.senderNonce)).toEqual([1, 2]);
  });

  it("pays at most twice the price a session began with", async () => {
    const session = sender.session(info());
    session.update(info({ price: 2000n, offer: 4 }));
    await session.pay(units);
    session.update(info({ price: 2001n, offer: 5 }));
    await expect(session.pay(units)).rejects.toThrow(
      "Orchestrator price has more than doubled, Orchestrator price: 2001, Orchestrator initial price: 1000",
    );
    expect(compareRational(session.price() ?? rational(0n), rational(2001n))).toBe(0);
  });

  it("asks for a fresh offer when this one has expired", async () => {
    const session = sender.session(info());
    lastSeenL1Block = 139n;
    expect(() => session.check()).toThrow("TicketParams expired");
    await expect(session.pay(units)).rejects.toMatchObject({ code: "ticket_params_expired" });
    lastSeenL1Block = 138n;
    session.check();
  });

  it("refuses offers it cannot pay, in words", () => {
    sender.checkOffer(info());
    expect(() => sender.checkOffer(create(OrchestratorInfoSchema))).toThrow("ticketParams is nil");
    const unpriced = info();
    delete unpriced.priceInfo;
    expect(() => sender.checkOffer(unpriced)).toThrow("missing orchestrator price");
    funds = undefined;
    expect(() => sender.checkOffer(info())).toThrow(/has not been read from the chain yet/);
  });
});
