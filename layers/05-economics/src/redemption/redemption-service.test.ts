import {
  type Address,
  addressToBytes,
  concatBytes,
  type Hash32,
  hashFromBytes,
  keccak256,
  LpError,
  noMetrics,
  paddedBigEndian,
  silentLogger,
  toAddress,
  toHex,
  utf8,
  weiPerEther,
  zeroHash,
} from "@livepeer-ts/kernel";
import { RecordingEventSink, type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import type {
  AddressBook,
  ChainLog,
  ChainReader,
  RoundTime,
  TxIntent,
  TxRequest,
  TxResult,
  TxSubmitter,
} from "@livepeer-ts/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";
import { memoryTicketStore } from "../testing/memory-ticket-store.ts";
import { recipientRandHashOf, ticketAuxData, ticketHash } from "../tickets/ticket.ts";
import { PendingAmounts } from "./pending-amounts.ts";
import { batchIdPrefix, redemptionId, ticketsInBatch } from "./redeem-calls.ts";
import { type RedemptionOptions, RedemptionService } from "./redemption-service.ts";

const alice = toAddress(`0x${"aa".repeat(20)}`);
const bob = toAddress(`0x${"ab".repeat(20)}`);
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
let store: TicketStore;
let events: RecordingEventSink;
let pending: PendingAmounts;
let time: RoundTime;
let l1Listeners: ((block: bigint) => void)[];
let isActive: boolean;
let gasPriceWei: bigint;
let deposit: bigint;
let reserve: bigint;
let used: Set<string>;
/** What submitting a ticket alone does; by default it succeeds. */
let submitting: Map<string, () => Promise<TxResult>>;
/** Tickets that revert, alone and inside a batch. */
let reverting: Map<string, string>;
/** Called when a batch is handed over, before it is mined. */
let onBatch: () => Promise<void> | void;
let simulated: string[];
let submitted: string[];
let batches: string[][];
let batchMinGas: (bigint | undefined)[];
let fixedGas: bigint;
/** Why batches revert when they are simulated. */
let batchRevert: string | undefined;
/** Gas of a batch in percent of its tickets one by one. */
let batchGasPercent: bigint;
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
  reverting = new Map();
  onBatch = () => {};
  simulated = [];
  submitted = [];
  batches = [];
  batchMinGas = [];
  fixedGas = 0n;
  batchRevert = undefined;
  batchGasPercent = 80n;
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

const aloneGas = 180_000n;
const winners = new Map<string, WinningTicket>();
const revert = (reason: string) =>
  new LpError({ code: "tx_would_revert", message: `execution reverted: ${reason}`, details: { reason } });
const mined = (change: Partial<TxResult> = {}): TxResult => {
  return { hash: hash(77), blockNumber: 5n, blockHash: hash(5), gasUsed: aloneGas, logs: [], ...change };
};

/** The event `WinningTicketRedeemed`, encoded by hand. */
function redeemedLog(ticket: WinningTicket): ChainLog {
  const word = (value: bigint) => paddedBigEndian(value, 32);
  const auxData = ticketAuxData(ticket.creationRound, ticket.creationRoundBlockHash);
  const signature = "WinningTicketRedeemed(address,address,uint256,uint256,uint256,uint256,bytes)";
  return {
    address: book.ticketBroker,
    topics: [
      hashFromBytes(keccak256(utf8(signature))),
      hashFromBytes(addressToBytes(ticket.sender)),
      hashFromBytes(addressToBytes(ticket.recipient)),
    ],
    data: toHex(
      concatBytes(
        word(ticket.faceValueWei),
        word(ticket.winProb),
        word(BigInt(ticket.senderNonce)),
        word(ticket.recipientRand),
        word(160n),
        word(BigInt(auxData.length)),
        auxData,
      ),
    ),
    blockNumber: 5n,
    blockHash: hash(5),
    txHash: hash(77),
    logIndex: 0,
  };
}

/** A transaction manager with a contract behind it that does what `reverting` and `used` say. */
const submitter: TxSubmitter = {
  address: me,
  get gasLimit() {
    return fixedGas;
  },
  find: async (id) => known.get(id),
  findLatest: async (idPrefix, limit) =>
    [...known.values()]
      .filter(({ id }) => id.startsWith(idPrefix))
      .reverse()
      .slice(0, limit),
  async simulate(request: TxRequest) {
    if (request.id.startsWith(batchIdPrefix)) {
      if (batchRevert !== undefined) throw revert(batchRevert);
      return (BigInt(ticketsInBatch(request.data).length) * aloneGas * batchGasPercent) / 100n;
    }
    simulated.push(request.id);
    const reason = reverting.get(request.id);
    if (reason !== undefined) throw revert(reason);
    return aloneGas;
  },
  async submit(request: TxRequest) {
    if (request.id.startsWith(batchIdPrefix)) {
      const hashes = ticketsInBatch(request.data);
      batches.push(hashes);
      batchMinGas.push(request.minGas);
      if (!known.has(request.id)) {
        known.set(request.id, { ...request, gasLimit: 0n, state: "sending" } as unknown as TxIntent);
      }
      await onBatch();
      known.set(request.id, {
        ...request,
        gasLimit: 0n,
        state: "mined",
        mined: { success: true },
      } as unknown as TxIntent);
      const redeemed = hashes.filter((it) => !reverting.has(redemptionId({ ticketHash: it })) && !used.has(it));
      return mined({
        hash: hash(88),
        gasUsed: 1001n,
        logs: redeemed.map((ticketHash) => redeemedLog(winners.get(ticketHash) as WinningTicket)),
      });
    }
    submitted.push(request.id);
    const act = submitting.get(request.id);
    if (act !== undefined) return act();
    const reason = reverting.get(request.id);
    if (reason !== undefined) throw revert(reason);
    return mined();
  },
};

function winner(n: number, change: Partial<WinningTicket> & { sender?: Address } = {}): WinningTicket {
  const ticket = {
    sender: alice,
    recipient: me,
    faceValueWei: 40_000_000_000n,
    winProb: 1n,
    senderNonce: n,
    recipientRand: 1n,
    recipientRandHash: recipientRandHashOf(1n),
    signature: new Uint8Array(65).fill(n),
    creationRound: 10n,
    creationRoundBlockHash: hash(3),
    paramsExpirationBlock: 640n,
    ...change,
  };
  const complete = { ...ticket, ticketHash: ticketHash(ticket) };
  winners.set(complete.ticketHash, complete);
  return complete;
}

/** Stores a winner and returns it. */
async function won(n: number, change: Partial<WinningTicket> = {}): Promise<WinningTicket> {
  const ticket = winner(n, change);
  await store.storeWinner(ticket, n);
  return ticket;
}

let service: RedemptionService;

async function run(blocks = 1, options: Partial<RedemptionOptions> = {}): Promise<void> {
  const deps = { logger: silentLogger, metrics: noMetrics, clock: host.clock, events, reader, book, pending, store };
  if (l1Listeners.length === 0) {
    service = new RedemptionService(
      { redeemGas: 350_000n, confirmations: 1, ...options },
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

const idOf = (ticket: WinningTicket) => redemptionId(ticket);
const givenUp = () =>
  events.of<{ ticketHash: string; givenUp: string | null; txHash: string | null; gasUsed: string | null }>(
    "ticket.redeemed",
  );
const waitingCount = async () => (await store.pendingTotals(0n)).count;

/** A new process on what the old one left behind. */
async function restart(): Promise<void> {
  simulation.crash(host);
  host = simulation.host("orchestrator again");
  l1Listeners = [];
  pending = new PendingAmounts();
  events = new RecordingEventSink();
  submitted = [];
  batches = [];
}

describe("redemption", () => {
  it("settles a due winner with its transaction and reports it", async () => {
    const one = await won(1);
    await run();
    expect(await store.find(one.ticketHash)).toMatchObject({ txHash: hash(77) });
    expect(givenUp()).toMatchObject([
      { ticketHash: one.ticketHash, givenUp: null, txHash: hash(77), gasUsed: "180000" },
    ]);
    expect(pending.get(alice)).toBe(0n);
  });

  it("waits until the offer has ended", async () => {
    const one = await won(1, { paramsExpirationBlock: 653n });
    await run(2);
    expect(submitted).toEqual([]);
    await run(1);
    expect(submitted).toEqual([idOf(one)]);
  });

  it("is never held up by an older winner that fails, and asks for that one less and less often", async () => {
    const [one] = [await won(1), await won(2), await won(3), await won(4), await won(5)];
    reverting.set(idOf(one), "current round is not initialized");
    submitting.set(idOf(one), async () => {
      throw revert("current round is not initialized");
    });
    await run(40);
    expect(await waitingCount()).toBe(1);
    const tries = [...simulated, ...submitted].filter((id) => id === idOf(one)).length;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(9);
    submitting.clear();
    reverting.clear();
    await run(40);
    expect(await waitingCount()).toBe(0);
  });

  it("leaves out tickets that the chain no longer takes: two rounds old is too old", async () => {
    const [old, young] = [await won(1, { creationRound: 8n }), await won(2, { creationRound: 9n })];
    await run();
    expect(submitted).toEqual([idOf(young)]);
    expect(givenUp().find((event) => event.ticketHash === old.ticketHash)).toMatchObject({
      givenUp: "ticket is expired",
      txHash: null,
    });
    expect(await store.find(old.ticketHash)).toMatchObject({ txHash: zeroHash });
  });

  it("does not call expired what it had redeemed in time without marking it", async () => {
    const [own, others] = [await won(1, { creationRound: 8n }), await won(2, { creationRound: 8n })];
    used.add(own.ticketHash).add(others.ticketHash);
    known.set(idOf(own), { id: idOf(own), state: "final", mined: { success: true } } as unknown as TxIntent);
    await run();
    expect(await store.find(own.ticketHash)).toMatchObject({ txHash: hash(77) });
    expect(await store.find(others.ticketHash)).toMatchObject({ txHash: zeroHash });
    expect(givenUp().map((event) => event.givenUp)).toEqual([null, null]);
  });

  it("is tried several times more while its last round ends", async () => {
    const one = await won(1, { creationRound: 9n });
    time = { ...time, lastSeenL1Block: 640n };
    reverting.set(idOf(one), "sender is unlocked");
    submitting.set(idOf(one), async () => {
      throw revert("sender is unlocked");
    });
    await run(14);
    submitting.clear();
    reverting.clear();
    await run(1); // block 655 of 660
    expect(await store.find(one.ticketHash)).toMatchObject({ txHash: hash(77) });
  });

  it("gives up only what can never succeed", async () => {
    const one = await won(1);
    reverting.set(idOf(one), "ticket creationRound does not have a block hash");
    await run();
    expect(givenUp()).toMatchObject([{ givenUp: "ticket creationRound does not have a block hash" }]);
  });

  it("marks a ticket that somebody else redeemed", async () => {
    used.add((await won(1)).ticketHash);
    await run();
    expect(submitted).toEqual([]);
    expect(givenUp()).toMatchObject([{ givenUp: null, txHash: null }]);
  });

  it("takes up its own transaction of an earlier run instead of calling it used", async () => {
    const one = await won(1);
    used.add(one.ticketHash);
    known.set(idOf(one), { id: idOf(one), state: "mined", mined: { success: true } } as unknown as TxIntent);
    await run();
    expect(submitted).toEqual([idOf(one)]);
    expect(await store.find(one.ticketHash)).toMatchObject({ txHash: hash(77) });
  });

  it("does not burn a ticket for less than its face value while it can wait", async () => {
    const one = await won(1);
    [deposit, reserve] = [10_000_000_000n, 10_000_000_000n];
    await run(4);
    expect(submitted).toEqual([]);
    deposit = 30_000_000_000n; // together with the reserve it is enough
    await run(16);
    expect(submitted).toEqual([idOf(one)]);
  });

  it("takes what is there in the ticket's last round", async () => {
    const one = await won(1, { creationRound: 9n });
    [deposit, reserve] = [10_000_000_000n, 10_000_000_000n];
    await run();
    expect(submitted).toEqual([idOf(one)]);
  });

  it("does not pay more for gas than the ticket brings, nor redeem while inactive", async () => {
    const one = await won(1);
    gasPriceWei = 1_000_000n;
    await run();
    gasPriceWei = 7n;
    isActive = false;
    await run(4);
    expect(submitted).toEqual([]);
    isActive = true;
    await run(10);
    expect(submitted).toEqual([idOf(one)]);
  });

  it("counts redemptions under way against the sender's funds", async () => {
    const [one, two] = [await won(1), await won(2), await won(3)];
    onBatch = () => new Promise<void>(() => {});
    [deposit, reserve] = [80_000_000_000n, 0n];
    await run(3);
    expect(batches).toEqual([[one.ticketHash, two.ticketHash]]);
    expect(pending.get(alice)).toBe(80_000_000_000n);
  });
});

describe("redemption in batches", () => {
  it("puts the due winners of all senders into one transaction, and shares its gas among them", async () => {
    const due = [await won(1), await won(2), await won(3, { sender: bob })];
    await won(4, { paramsExpirationBlock: 2000n });
    await run();
    expect(batches).toEqual([due.map(({ ticketHash }) => ticketHash)]);
    // an estimate of the batch says nothing about what its tickets need: the contract swallows their failures
    expect(batchMinGas).toEqual([3n * 270_000n]);
    expect(submitted).toEqual([]);
    for (const { ticketHash } of due) expect(await store.find(ticketHash)).toMatchObject({ txHash: hash(88) });
    expect(givenUp().map(({ gasUsed }) => gasUsed)).toEqual(["335", "333", "333"]);
    expect(await waitingCount()).toBe(1);
    expect(pending.get(alice) + pending.get(bob)).toBe(0n);
  });

  it("keeps to the most tickets and the most gas, also to the gas that all transactions are held to", async () => {
    for (let n = 1; n <= 9; n++) await won(n, { sender: n % 2 === 0 ? alice : bob });
    await run(1, { maxBatchTickets: 4 });
    expect(batches.map((batch) => batch.length)).toEqual([4, 4]);
    expect(submitted).toHaveLength(1);

    for (let n = 11; n <= 19; n++) await won(n, { sender: n % 2 === 0 ? alice : bob });
    await restart();
    await run(1, { maxBatchGas: 3n * 270_000n });
    expect(batches.map((batch) => batch.length)).toEqual([3, 3, 3]);

    for (let n = 21; n <= 24; n++) await won(n);
    await restart();
    fixedGas = 2n * 270_000n;
    await run();
    expect(batches.map((batch) => batch.length)).toEqual([2, 2]);
    expect(await waitingCount()).toBe(0);
  });

  it("goes one by one where a batch is not cheaper", async () => {
    const due = [await won(1), await won(2)];
    batchGasPercent = 100n;
    await run();
    expect(batches).toEqual([]);
    expect(submitted).toEqual(due.map(idOf));
    expect(await waitingCount()).toBe(0);
  });

  it("leaves out what would fail, and redeems the others", async () => {
    const [one, two, three, four] = [await won(1), await won(2), await won(3, { sender: bob }), await won(4)];
    reverting.set(idOf(one), "sender is unlocked").set(idOf(four), "ticket is expired");
    await run();
    expect(batches).toEqual([[two.ticketHash, three.ticketHash]]);
    expect(service.reasonFor(one.ticketHash)).toContain("sender is unlocked");
    expect(givenUp().find(({ ticketHash }) => ticketHash === four.ticketHash)).toMatchObject({
      givenUp: "ticket is expired",
    });
  });

  it("learns why a ticket failed inside a mined batch, and tries it alone from then on", async () => {
    const [one, two, three] = [await won(1), await won(2), await won(3, { sender: bob })];
    onBatch = () => {
      reverting.set(idOf(three), "sender deposit and reserve are zero");
    };
    await run();
    expect(batches).toEqual([[one, two, three].map(({ ticketHash }) => ticketHash)]);
    expect(await waitingCount()).toBe(1);
    expect(service.reasonFor(three.ticketHash)).toContain("sender deposit and reserve are zero");
    expect(givenUp().map(({ gasUsed }) => gasUsed)).toEqual(["501", "500"]);
    expect(pending.get(bob)).toBe(0n);

    reverting.clear();
    submitted = [];
    onBatch = () => {};
    const later = [await won(4), await won(5)];
    await run(4);
    expect(batches.slice(1)).toEqual([later.map(({ ticketHash }) => ticketHash)]);
    expect(submitted).toEqual([idOf(three)]);
    expect(await waitingCount()).toBe(0);
  });

  it("settles what somebody else redeemed, or what expired, while the batch was on its way", async () => {
    const [one, two, three] = [await won(1), await won(2), await won(3)];
    onBatch = () => {
      used.add(two.ticketHash);
      reverting.set(idOf(three), "ticket is expired");
    };
    await run();
    expect(await store.find(one.ticketHash)).toMatchObject({ txHash: hash(88) });
    expect(givenUp().slice(1)).toMatchObject([
      { ticketHash: two.ticketHash, txHash: null, givenUp: null },
      { ticketHash: three.ticketHash, txHash: null, givenUp: "ticket is expired" },
    ]);
    expect(await waitingCount()).toBe(0);
  });

  it("goes one by one after a batch that failed as a whole", async () => {
    const due = [await won(1), await won(2)];
    onBatch = () => {
      known.clear();
      throw new LpError({ code: "rpc_error", message: "insufficient funds for gas * price + value" });
    };
    await run(3);
    expect(batches).toHaveLength(1);
    expect(submitted).toEqual(due.map(idOf));
    expect(await waitingCount()).toBe(0);
  });

  it("goes in halves, and in halves of these, after a batch that failed as a whole", async () => {
    for (let n = 1; n <= 9; n++) await won(n);
    onBatch = () => {
      if ((batches.at(-1)?.length ?? 0) <= 2) return;
      known.clear();
      throw new LpError({ code: "rpc_error", message: "exceeds block gas limit" });
    };
    await run(4);
    expect(batches.map((batch) => batch.length)).toEqual([9, 4, 4, 2, 2, 2, 2]);
    expect(submitted).toHaveLength(1);
    expect(await waitingCount()).toBe(0);
  });

  it("stays together when a round is not initialized yet", async () => {
    for (let n = 1; n <= 5; n++) await won(n);
    batchRevert = "current round is not initialized";
    await run(2);
    expect(batches).toEqual([]);
    batchRevert = undefined;
    await run(3);
    expect(batches.map((batch) => batch.length)).toEqual([5]);
    expect(await waitingCount()).toBe(0);
  });

  it("does not take a sender's float for more than ten, unless its deposit covers three times as much or it is the last round", async () => {
    for (let n = 1; n <= 20; n++) await won(n, { creationRound: n <= 2 ? 9n : 10n });
    onBatch = () => new Promise<void>(() => {});
    const face = 40_000_000_000n;
    deposit = 3n * 12n * face;
    await run(1);
    expect(batches.map((batch) => batch.length)).toEqual([12]);
    await run(1);
    expect(pending.get(alice)).toBe(12n * face);
    for (let n = 21; n <= 28; n++) await won(n, { creationRound: 9n });
    await run(1);
    expect(batches.map((batch) => batch.length)).toEqual([12, 8]);
  });

  it("takes those first whose time ends first, whoever their senders are", async () => {
    const [late, soon] = [await won(1), await won(2)];
    const [last, alsoLast] = [
      await won(3, { sender: bob, creationRound: 9n }),
      await won(4, { sender: bob, creationRound: 9n }),
    ];
    await run(1, { maxBatchTickets: 2 });
    const hashesOf = (tickets: WinningTicket[]) => tickets.map(({ ticketHash }) => ticketHash);
    expect(batches).toEqual([hashesOf([last, alsoLast]), hashesOf([late, soon])]);
  });

  it("takes 200 of one sender in one pass", async () => {
    for (let n = 1; n <= 200; n++) await won(n);
    await run(1);
    expect(batches.map((batch) => batch.length)).toEqual([50, 50, 50, 50]);
    expect(await waitingCount()).toBe(0);
  });

  it("sends the same batch again after a time-out, with none of its tickets elsewhere", async () => {
    const due = [await won(1), await won(2)];
    let attempts = 0;
    onBatch = () => {
      if (++attempts > 2) return;
      throw new LpError({ code: "tx_timeout", message: "timed out", retryable: true });
    };
    await run(1);
    await won(3);
    await run(6);
    const ids = due.map(({ ticketHash }) => ticketHash);
    expect(batches).toEqual([ids, ids, ids]);
    expect([...known.keys()]).toHaveLength(1);
    expect(submitted).toHaveLength(1);
    expect(await waitingCount()).toBe(0);
  });

  it("stays with the batch of the last run, whatever else is due by now", async () => {
    const sent = [await won(1), await won(2), await won(3, { sender: bob })];
    onBatch = () => new Promise<void>(() => {}); // the process is gone before anything is mined
    await run();
    await restart();
    const later = [await won(4), await won(5, { sender: bob })];
    onBatch = () => {};
    await run(2);
    const hashesOf = (tickets: WinningTicket[]) => tickets.map(({ ticketHash }) => ticketHash);
    expect(batches).toHaveLength(2);
    expect(batches).toContainEqual(hashesOf(sent));
    expect(batches).toContainEqual(hashesOf(later));
    expect([...known.keys()]).toHaveLength(2);
    expect(await waitingCount()).toBe(0);
  });

  it("marks each ticket of a mined batch after a crash in the middle of marking", async () => {
    const sent = [await won(1), await won(2), await won(3)];
    const inner = store;
    let marks = 0;
    store = {
      ...inner,
      markRedeemed: (signature, txHash, at) =>
        ++marks > 1 ? new Promise<void>(() => {}) : inner.markRedeemed(signature, txHash, at),
    };
    await run();
    expect(await waitingCount()).toBe(2);
    await restart();
    store = inner;
    await run();
    for (const { ticketHash } of sent) expect(await store.find(ticketHash)).toMatchObject({ txHash: hash(88) });
    expect([...known.keys()]).toHaveLength(1);
    expect(submitted).toEqual([]);
  });

  it("is not misled by an old batch in which a ticket had failed", async () => {
    const [, two] = [await won(1), await won(2)];
    onBatch = () => {
      reverting.set(idOf(two), "sender is unlocked");
    };
    await run();
    await restart();
    reverting.clear();
    onBatch = () => {
      reverting.set(idOf(two), "sender is unlocked"); // as it went then
    };
    await run(1);
    reverting.clear();
    submitted = [];
    await run(3);
    expect(submitted).toEqual([idOf(two)]);
    expect(await store.find(two.ticketHash)).toMatchObject({ txHash: hash(77) });
  });
});
