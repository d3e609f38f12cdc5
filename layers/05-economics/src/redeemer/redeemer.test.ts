import { Code } from "@connectrpc/connect";
import { grpcRoute, routed } from "@livepeer-ts/execution";
import {
  type Address,
  type Hash32,
  LpError,
  noMetrics,
  paddedBigEndian,
  silentLogger,
  toAddress,
  zeroHash,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, type SimHost, SimNet, Simulation, simRandom } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";
import { PendingAmounts } from "../redemption/pending-amounts.ts";
import { winnerToMessage } from "../redemption/redeemer-message.ts";
import { createKeySigner } from "../signer/key-signer.ts";
import { memoryTicketStore } from "../testing/memory-ticket-store.ts";
import { recipientRandHashOf, type Ticket, ticketHash, ticketHashBytes } from "../tickets/ticket.ts";
import { RedeemerClient } from "./redeemer-client.ts";
import { RedeemerService } from "./redeemer-service.ts";
import { RemoteFloats } from "./remote-floats.ts";
import { WinnerHandover } from "./winner-handover.ts";

const url = "https://redeemer:8935";
const recipient = toAddress(`0x${"bb".repeat(20)}`);
const gateway = createKeySigner(paddedBigEndian(5n, 32));
const secret = "between the two";

let simulation: Simulation;
let net: SimNet;
let redeemer: SimHost;
let orchestrator: SimHost;
let queued: TicketStore;
let kept: TicketStore;
let pending: PendingAmounts;
let floatWei: bigint;
let stored: WinningTicket[];
let onRound: (() => void)[];
let onSender: ((sender: Address) => void)[];

function winner(nonce: number, change: Partial<Ticket> = {}): WinningTicket {
  const recipientRand = 77n;
  const ticket: Ticket = {
    recipient,
    sender: gateway.address,
    faceValueWei: 1000n,
    winProb: 2n ** 256n - 1n,
    senderNonce: nonce,
    recipientRandHash: recipientRandHashOf(recipientRand),
    creationRound: 10n,
    creationRoundBlockHash: `0x${"01".repeat(32)}` as Hash32,
    ...change,
  };
  const signature = gateway.signHash(ticketHashBytes(ticket));
  return { ...ticket, ticketHash: ticketHash(ticket), recipientRand, signature, paramsExpirationBlock: 640n };
}

function serve(options: { secret?: string; maxWaiting?: number; maxMonitors?: number } = {}): RedeemerService {
  const { secret: wanted, ...limits } = options;
  const service = new RedeemerService(
    { recipient, secret: wanted, ...limits },
    {
      clock: redeemer.clock,
      logger: silentLogger,
      metrics: noMetrics,
      rounds: {
        current: () => ({ lastInitializedRound: 10n }) as never,
        onRound: (listener) => {
          onRound.push(listener as () => void);
          return () => {};
        },
      },
      senders: {
        onChange: (listener) => {
          onSender.push(listener);
          return () => {};
        },
      },
      pending,
      store: queued,
      floats: { maxFloatWei: async () => floatWei },
      onStored: (ticket) => stored.push(ticket),
    },
  );
  net.mount(url, redeemer, routed([grpcRoute((router) => service.register(router), redeemer.clock)]));
  return service;
}

function connect(given?: string): RedeemerClient {
  return new RedeemerClient({ url, secret: given }, { net: net.port(orchestrator), clock: orchestrator.clock });
}

function handover(client: Pick<RedeemerClient, "queue">, store: TicketStore = kept): WinnerHandover {
  return new WinnerHandover(
    {},
    {
      ...{ clock: orchestrator.clock, random: simRandom(3), logger: silentLogger, metrics: noMetrics },
      events: new RecordingEventSink(),
      store,
      redeemer: client,
    },
  );
}

/** Runs the network until the promise settles. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  void outcome.then(() => {
    isOver = true;
  });
  await simulation.run(simulation.now + 60_000, () => isOver);
  const end = await outcome;
  if ("error" in end) throw end.error;
  return end.value;
}

const never = new AbortController().signal;
const waiting = (store: TicketStore) => store.pendingTotals(0n);

beforeEach(() => {
  simulation = new Simulation(1);
  net = new SimNet(simulation);
  redeemer = simulation.host("redeemer");
  orchestrator = simulation.host("orchestrator");
  queued = memoryTicketStore();
  kept = memoryTicketStore();
  pending = new PendingAmounts();
  floatWei = 5000n;
  stored = [];
  onRound = [];
  onSender = [];
});

describe("a redeemer", () => {
  it("keeps each winner once, before it answers", async () => {
    serve();
    const client = connect();
    await settled(client.queue(winner(1), never));
    await settled(client.queue(winner(1), never));
    await settled(client.queue(winner(2), never));
    expect(await waiting(queued)).toEqual({ count: 2, faceValueWei: 2000n });
    expect(stored.map(({ senderNonce }) => senderNonce)).toEqual([1, 2]);
  });

  it("refuses tickets of other recipients in go-livepeer's words", async () => {
    const service = serve();
    const other = toAddress(`0x${"cc".repeat(20)}`);
    await expect(service.queue(winnerToMessage(winner(1, { recipient: other })))).rejects.toMatchObject({
      code: Code.PermissionDenied,
      rawMessage:
        "invalid ticket recipient 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC, expected 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
    });
  });

  it("refuses what the contract would refuse, and says why", async () => {
    const service = serve();
    const refused = async (ticket: WinningTicket, why: string) =>
      expect(service.queue(winnerToMessage(ticket))).rejects.toMatchObject({
        code: Code.InvalidArgument,
        rawMessage: `the ticket cannot be redeemed: ${why}`,
      });
    await refused(winner(1, { winProb: 0n }), "it did not win");
    await refused(winner(1, { faceValueWei: 0n }), "its face value is 0");
    await refused(winner(1, { creationRound: 12n }), "it was created in round 12, and this is round 10");
    await refused({ ...winner(1), senderNonce: 2 }, "its signature is not its sender's");
    await refused(
      { ...winner(1), recipientRand: 78n },
      "the recipient's random number is not the one that was promised",
    );
    await refused({ ...winner(1), signature: new Uint8Array(3) }, "its signature has 3 bytes instead of 65");
    await refused({ ...winner(1), paramsExpirationBlock: 2n ** 63n }, `expiration block ${2n ** 63n} is out of range`);
    expect((await waiting(queued)).count).toBe(0);
  });

  it("says that its disk failed, and is asked again", async () => {
    const inner = queued;
    let isFull = true;
    queued = {
      ...inner,
      storeWinner: async (ticket, at) => {
        if (isFull) throw new Error("database or disk is full");
        return inner.storeWinner(ticket, at);
      },
    };
    const service = serve();
    await expect(service.queue(winnerToMessage(winner(1)))).rejects.toMatchObject({
      code: Code.Internal,
      rawMessage: "database or disk is full",
    });
    const over = handover(connect());
    await over.start(orchestrator.tasks);
    await over.store.storeWinner(winner(1), 1);
    await simulation.run(simulation.now + 5000);
    expect((await waiting(kept)).count).toBe(1);
    isFull = false;
    await simulation.run(simulation.now + 60_000);
    expect((await waiting(kept)).count).toBe(0);
    expect((await waiting(inner)).count).toBe(1);
  });

  it("takes no more winners than may wait", async () => {
    const service = serve({ maxWaiting: 2 });
    await service.queue(winnerToMessage(winner(1)));
    await service.queue(winnerToMessage(winner(2)));
    await expect(service.queue(winnerToMessage(winner(3)))).rejects.toMatchObject({ code: Code.ResourceExhausted });
    await queued.markRedeemed(winner(1).signature, zeroHash, 5);
    await service.queue(winnerToMessage(winner(3)));
  });

  it("wants its secret where it has one", async () => {
    serve({ secret });
    for (const given of [undefined, "another", ""]) {
      await expect(settled(connect(given).queue(winner(1), never))).rejects.toMatchObject({
        code: "redeemer_away",
        message: expect.stringContaining("start the orchestrator with the same -redeemerSecret"),
      });
      await expect(settled(connect(given).maxFloat(gateway.address, never))).rejects.toThrow(/-redeemerSecret/);
    }
    await settled(connect(secret).queue(winner(1), never));
    expect(await settled(connect(secret).maxFloat(gateway.address, never))).toBe(5000n);
  });

  it("sends 0 for a float below it, which the message cannot carry", async () => {
    serve();
    floatWei = -7n;
    expect(await settled(connect().maxFloat(gateway.address, never))).toBe(0n);
  });

  it("tells the float when it becomes another one, and nothing at the beginning", async () => {
    serve({ maxMonitors: 1 });
    const stop = new AbortController();
    const seen: bigint[] = [];
    orchestrator.tasks.spawn("watch", async () => {
      for await (const wei of connect().monitor(gateway.address, stop.signal)) seen.push(wei);
    });
    await simulation.run(simulation.now + 1000);
    await expect(settled(connect().monitor(gateway.address, never).next())).rejects.toThrow(/ask with MaxFloat/);
    expect(seen).toEqual([]);
    floatWei = 4000n;
    pending.add(gateway.address, 1000n);
    await simulation.run(simulation.now + 1000);
    pending.add(recipient, 1n); // another sender's
    for (const tell of onSender) tell(gateway.address); // nothing new
    await simulation.run(simulation.now + 1000);
    floatWei = 3000n;
    for (const tell of onRound) tell();
    await simulation.run(simulation.now + 1000);
    expect(seen).toEqual([4000n, 3000n]);
    stop.abort(new LpError({ code: "over", message: "over" }));
    await simulation.run(simulation.now + 1000);
    expect(net.openExchanges()).toEqual([]);
  });
});

describe("handing winners over", () => {
  it("waits for a redeemer that is away and brings each winner once, oldest first", async () => {
    const over = handover(connect());
    await over.start(orchestrator.tasks);
    for (const nonce of [1, 2, 3]) await over.store.storeWinner(winner(nonce), nonce);
    expect(over.pending.get(gateway.address)).toBe(3000n);
    await simulation.run(simulation.now + 20_000);
    expect((await waiting(kept)).count).toBe(3);
    serve();
    await simulation.run(simulation.now + 60_000);
    expect(stored.map(({ senderNonce }) => senderNonce)).toEqual([1, 2, 3]);
    expect((await waiting(kept)).count).toBe(0);
    expect(over.pending.get(gateway.address)).toBe(0n);
    await over.store.storeWinner(winner(4), 4);
    await over.store.storeWinner(winner(4), 4);
    await simulation.run(simulation.now + 1000);
    expect(stored.map(({ senderNonce }) => senderNonce)).toEqual([1, 2, 3, 4]);
  });

  it("goes on after a crash between the redeemer's answer and the note of it", async () => {
    serve();
    const crashing = { ...kept, markRedeemed: () => new Promise<void>(() => {}) };
    const first = handover(connect(), crashing);
    await first.start(orchestrator.tasks);
    await first.store.storeWinner(winner(1), 1);
    await simulation.run(simulation.now + 1000);
    expect([stored.length, (await waiting(kept)).count]).toEqual([1, 1]);
    const second = handover(connect());
    await second.start(orchestrator.tasks);
    expect(second.pending.get(gateway.address)).toBe(1000n);
    await simulation.run(simulation.now + 1000);
    expect([stored.length, (await waiting(kept)).count]).toEqual([1, 0]);
    expect(second.pending.get(gateway.address)).toBe(0n);
  });

  it("keeps what is refused for good, and brings the others", async () => {
    serve();
    const over = handover(connect());
    await over.start(orchestrator.tasks);
    const lost = winner(1, { winProb: 0n });
    for (const ticket of [lost, winner(2), winner(3)]) await over.store.storeWinner(ticket, 1);
    await simulation.run(simulation.now + 5000);
    expect(stored.map(({ senderNonce }) => senderNonce)).toEqual([2, 3]);
    expect(await kept.pendingSenders(0n)).toEqual([gateway.address]);
    expect((await kept.find(lost.ticketHash))?.redeemedAt).toBeUndefined();
  });
});

describe("floats of a redeemer", () => {
  const newFloats = (fallbackWei: bigint, options: ConstructorParameters<typeof RemoteFloats>[0] = {}) =>
    new RemoteFloats(options, {
      ...{ clock: orchestrator.clock, logger: silentLogger, metrics: noMetrics, owner: orchestrator.tasks },
      redeemer: connect(),
      fallback: { maxFloatWei: async () => fallbackWei },
    });

  it("are asked for once and then followed", async () => {
    serve();
    const floats = newFloats(1n);
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(5000n);
    await simulation.run(simulation.now + 1000);
    floatWei = 4000n;
    expect(await floats.maxFloatWei(gateway.address)).toBe(5000n);
    pending.add(gateway.address, 1000n);
    await simulation.run(simulation.now + 1000);
    expect(await floats.maxFloatWei(gateway.address)).toBe(4000n);
  });

  it("are good for two seconds when they are not followed", async () => {
    serve();
    const floats = newFloats(1n, { maxWatched: 0 });
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(5000n);
    floatWei = 4000n;
    await simulation.run(simulation.now + 1000);
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(5000n);
    await simulation.run(simulation.now + 1500);
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(4000n);
  });

  it("are worked out here while the redeemer is away", async () => {
    serve();
    const floats = newFloats(1n);
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(5000n);
    await simulation.run(simulation.now + 500);
    simulation.crash(redeemer);
    net.reset(redeemer);
    await simulation.run(simulation.now + 500);
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(1n);
    redeemer = simulation.host("redeemer again");
    serve();
    expect(await settled(floats.maxFloatWei(gateway.address))).toBe(5000n);
  });

  it("are forgotten when nobody asks, and their streams end", async () => {
    serve();
    const floats = newFloats(1n, { idleMs: 1000, sweepMs: 2000, maxSenders: 2 });
    for (let i = 1; i <= 3; i++) await settled(floats.maxFloatWei(toAddress(`0x${"0".repeat(39)}${i}`)));
    expect(floats.size).toBe(2);
    await simulation.run(simulation.now + 5000);
    expect(floats.size).toBe(0);
    expect(net.openExchanges()).toEqual([]);
  });
});
