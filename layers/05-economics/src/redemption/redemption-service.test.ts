import {
  type Address,
  type Hash32,
  LpError,
  noMetrics,
  silentLogger,
  toAddress,
  weiPerEther,
  zeroHash,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import type {
  AddressBook,
  ChainReader,
  RoundTime,
  TxIntent,
  TxRequest,
  TxResult,
  TxSubmitter,
} from "@livepeer-ts/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { memoryTicketStore } from "../testing/memory-ticket-store.ts";
import { PendingAmounts } from "./pending-amounts.ts";
import { RedemptionService, redemptionId } from "./redemption-service.ts";

const alice = toAddress(`0x${"aa".repeat(20)}`);
const me = toAddress(`0x${"bb".repeat(20)}`);
const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hash32;
const contract = (n: number) => toAddress(`0x${n.toString(16).padStart(40, "0")}`);
const book: AddressBook = {
  controller: contract(1),
  livepeerToken: contract(2),
  serviceRegistry: contract(3),
  bondingManager: contract(4),
  ticketBroker: contract(5),
  roundsManager: contract(6),
  minter: contract(7),
  livepeerTokenFaucet: undefined,
  livepeerGovernor: undefined,
  bondingVotes: undefined,
  treasury: undefined,
};

let simulation: Simulation;
let host: SimHost;
let store: ReturnType<typeof memoryTicketStore>;
let events: RecordingEventSink;
let pending: PendingAmounts;
let time: RoundTime;
let l1Listeners: ((block: bigint) => void)[];
let isActive: boolean;
let gasPriceWei: bigint;
let deposit: bigint;
let reserve: bigint;
let used: Set<string>;
/** What submitting a ticket does; by default it succeeds. */
let submitting: Map<string, () => Promise<TxResult>>;
let submitted: string[];
let known: Map<string, TxIntent>;

beforeEach(() => {
  simulation = new Simulation(1);
  host = simulation.host("orchestrator");
  store = memoryTicketStore();
  events = new RecordingEventSink();
  pending = new PendingAmounts();
  l1Listeners = [];
  isActive = true;
  gasPriceWei = 7n;
  deposit = weiPerEther;
  reserve = weiPerEther;
  used = new Set();
  submitting = new Map();
  submitted = [];
  known = new Map();
  time = {
    lastInitializedRound: 10n,
    l1BlockHash: hash(1),
    previousL1BlockHash: hash(2),
    startL1Block: 600n,
    roundLength: 60n,
    poolSize: 1n,
    lastSeenL1Block: 650n,
  };
});

/** Answers by the name of the read; arguments of `usedTickets` are the last word of the call data. */
const answers = (read: { name: string; data: string }): unknown => {
  switch (read.name) {
    case "ticketValidityPeriod":
      return 2n;
    case "usedTickets":
      return used.has(`0x${read.data.slice(-64)}`);
    case "getSenderInfo":
      return [
        { deposit, withdrawRound: 0n },
        { fundsRemaining: reserve, claimedInCurrentRound: 0n },
      ];
    default:
      return 0n;
  }
};
const reader = {
  read: async (read: { name: string; data: string }) => answers(read),
  readAll: async (reads: readonly { name: string; data: string }[]) => reads.map(answers),
  header: async () => ({ number: 1000n }),
} as unknown as ChainReader;

const submitter: TxSubmitter = {
  address: me,
  find: async (id) => known.get(id),
  async submit(request: TxRequest) {
    submitted.push(request.id);
    const act = submitting.get(request.id);
    if (act !== undefined) return act();
    return { hash: hash(77), blockNumber: 5n, blockHash: hash(5), gasUsed: 180_000n, logs: [] };
  },
};

function winner(n: number, change: Partial<WinningTicket> & { sender?: Address } = {}): WinningTicket {
  return {
    ticketHash: hash(n),
    sender: alice,
    recipient: me,
    faceValueWei: 40_000_000_000n,
    winProb: 1n,
    senderNonce: n,
    recipientRand: 1n,
    recipientRandHash: hash(n),
    signature: new Uint8Array(65).fill(n),
    creationRound: 10n,
    creationRoundBlockHash: hash(3),
    paramsExpirationBlock: 640n,
    ...change,
  };
}

async function run(blocks = 1): Promise<void> {
  const deps = { logger: silentLogger, metrics: noMetrics, clock: host.clock, events, reader, book, pending, store };
  if (l1Listeners.length === 0) {
    const service = new RedemptionService(
      { redeemGas: 350_000n, confirmations: 1 },
      {
        ...deps,
        submitter,
        rounds: {
          current: () => time,
          onRound: () => () => {},
          onL1Block: (listener) => {
            l1Listeners.push(listener);
            return () => {};
          },
        },
        gas: {
          get gasPriceWei() {
            return gasPriceWei;
          },
        },
        active: { isActive: () => isActive },
      },
    );
    await service.start(host.tasks);
    await simulation.run(simulation.now + 10);
  }
  for (let i = 0; i < blocks; i++) {
    time = { ...time, lastSeenL1Block: time.lastSeenL1Block + 1n };
    for (const listener of l1Listeners) listener(time.lastSeenL1Block);
    await simulation.run(simulation.now + 10);
  }
}

const idOf = (n: number) => redemptionId({ ticketHash: hash(n) });
const wouldRevert = (reason: string) => async () => {
  throw new LpError({ code: "tx_would_revert", message: `execution reverted: ${reason}`, details: { reason } });
};
const givenUp = () =>
  events.of<{ ticketHash: string; givenUp: string | null; txHash: string | null }>("ticket.redeemed");

describe("redemption", () => {
  it("settles a due winner with its transaction and reports it", async () => {
    await store.storeWinner(winner(1), 0);
    await run();
    expect(await store.find(hash(1))).toMatchObject({ txHash: hash(77) });
    expect(givenUp()).toMatchObject([{ ticketHash: hash(1), givenUp: null, txHash: hash(77), gasUsed: "180000" }]);
    expect(pending.get(alice)).toBe(0n);
  });

  it("waits until the offer has ended", async () => {
    await store.storeWinner(winner(1, { paramsExpirationBlock: 653n }), 0);
    await run(2);
    expect(submitted).toEqual([]);
    await run(1);
    expect(submitted).toEqual([idOf(1)]);
  });

  it("is never held up by an older winner that fails, and asks for that one less and less often", async () => {
    for (let n = 1; n <= 5; n++) await store.storeWinner(winner(n), n);
    submitting.set(idOf(1), wouldRevert("current round is not initialized"));
    await run(40);
    expect((await store.pendingTotals(0n)).count).toBe(1);
    const tries = submitted.filter((id) => id === idOf(1)).length;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(9);
    submitting.clear();
    await run(40);
    expect((await store.pendingTotals(0n)).count).toBe(0);
  });

  it("leaves out tickets that the chain no longer takes: two rounds old is too old", async () => {
    await store.storeWinner(winner(1, { creationRound: 8n }), 0);
    await store.storeWinner(winner(2, { creationRound: 9n }), 0);
    await run();
    expect(submitted).toEqual([idOf(2)]);
    expect(givenUp().find((event) => event.ticketHash === hash(1))).toMatchObject({
      givenUp: "ticket is expired",
      txHash: null,
    });
    expect(await store.find(hash(1))).toMatchObject({ txHash: zeroHash });
  });

  it("gives up only what can never succeed", async () => {
    await store.storeWinner(winner(1), 0);
    submitting.set(idOf(1), wouldRevert("ticket creationRound does not have a block hash"));
    await run();
    expect(givenUp()).toMatchObject([{ givenUp: "ticket creationRound does not have a block hash" }]);
  });

  it("marks a ticket that somebody else redeemed", async () => {
    await store.storeWinner(winner(1), 0);
    used.add(hash(1));
    await run();
    expect(submitted).toEqual([]);
    expect(givenUp()).toMatchObject([{ givenUp: null, txHash: null }]);
  });

  it("takes up its own transaction of an earlier run instead of calling it used", async () => {
    await store.storeWinner(winner(1), 0);
    used.add(hash(1));
    known.set(idOf(1), { state: "mined", mined: { success: true } } as unknown as TxIntent);
    await run();
    expect(submitted).toEqual([idOf(1)]);
    expect(await store.find(hash(1))).toMatchObject({ txHash: hash(77) });
  });

  it("does not burn a ticket for less than its face value while it can wait", async () => {
    await store.storeWinner(winner(1), 0);
    [deposit, reserve] = [10_000_000_000n, 10_000_000_000n];
    await run(4);
    expect(submitted).toEqual([]);
    deposit = 30_000_000_000n; // together with the reserve it is enough
    await run(16);
    expect(submitted).toEqual([idOf(1)]);
  });

  it("takes what is there in the ticket's last round", async () => {
    await store.storeWinner(winner(1, { creationRound: 9n }), 0);
    [deposit, reserve] = [10_000_000_000n, 10_000_000_000n];
    await run();
    expect(submitted).toEqual([idOf(1)]);
  });

  it("does not pay more for gas than the ticket brings, nor redeem while inactive", async () => {
    await store.storeWinner(winner(1), 0);
    gasPriceWei = 1_000_000n;
    await run();
    gasPriceWei = 7n;
    isActive = false;
    await run(4);
    expect(submitted).toEqual([]);
    isActive = true;
    await run(10);
    expect(submitted).toEqual([idOf(1)]);
  });

  it("counts redemptions under way against the sender's funds", async () => {
    const stuck = new Promise<TxResult>(() => {});
    for (let n = 1; n <= 3; n++) {
      await store.storeWinner(winner(n), n);
      submitting.set(idOf(n), () => stuck);
    }
    [deposit, reserve] = [80_000_000_000n, 0n];
    await run(3);
    expect(submitted.sort()).toEqual([idOf(1), idOf(2)]);
    expect(pending.get(alice)).toBe(80_000_000_000n);
  });
});
