import { batchIdPrefix, batchRedeemCallData, type StoredWinner, type TicketStore } from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import { fromHex, type Hex, type Logger, privateKeyToAddress, silentLogger, weiPerEther } from "@livepeer-ts/kernel";
import { type ChainRpc, contractCall } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { memoryIntentStore } from "@livepeer-ts/protocol/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  deployerKey,
  faceValueWei,
  gatewayKey,
  MoneyOnChain,
  poorGatewayKey,
  secondGatewayKey,
  until,
} from "./money-on-chain.ts";

let world: MoneyOnChain;

beforeAll(async () => {
  world = await MoneyOnChain.start([
    { key: gatewayKey, depositWei: weiPerEther, reserveWei: weiPerEther },
    { key: secondGatewayKey, depositWei: weiPerEther, reserveWei: weiPerEther },
    // two tickets, and not a wei more
    { key: poorGatewayKey, depositWei: faceValueWei, reserveWei: faceValueWei },
  ]);
}, 60_000);

afterEach(() => world.stopRecipients());

afterAll(() => world?.stop());

const waitingCount = async (store: TicketStore) => (await store.pendingTotals(0n)).count;

function waitingOf(store: TicketStore, key: Hex): Promise<readonly StoredWinner[]> {
  const query = { minCreationRound: 0n, maxExpirationBlock: 2n ** 60n, limit: 999 };
  return store.pendingWinners(privateKeyToAddress(fromHex(key)), query);
}

/** Selector of `batchRedeemWinningTickets`. */
const batchSelector = "d01b808e";

/** Does something else first, when a batch is handed over for the first time. */
function atFirstBatch(act: (forward: () => Promise<unknown>) => Promise<unknown>): (rpc: ChainRpc) => ChainRpc {
  let isDone = false;
  return (rpc) => ({
    call(method, params, signal) {
      const forward = () => rpc.call(method, params, signal);
      const isBatch = method === "eth_sendRawTransaction" && String(params[0]).includes(batchSelector);
      if (isDone || !isBatch) return forward();
      isDone = true;
      return act(forward);
    },
  });
}

const never = () => new Promise<never>(() => {});

describe("winners redeemed in one transaction on a real chain", () => {
  it("pays each in full, for less gas than one by one", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const node = await world.startRecipient(stores);
    await world.freshRound(node);
    const from = await world.head(node);
    const before = await world.funds(node);
    await world.stopBlocks(node);
    const { won } = await world.payUntilWon(node, 5);
    const waiting = await waitingOf(stores.tickets, gatewayKey);
    await world.startBlocks(node);
    await world.mine(node, 41);
    await until("redeemed", async () => (await waitingCount(stores.tickets)) === 0);

    expect(await world.transfers(node, from)).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(before.depositWei - (await world.funds(node)).depositWei).toBe(BigInt(won) * faceValueWei);
    const settled = await Promise.all(waiting.map(({ ticketHash }) => stores.tickets.find(ticketHash)));
    expect(new Set(settled.map((winner) => winner?.txHash)).size).toBe(1);
    const batch = await world.intentOf(node, settled[0]?.txHash);
    expect(batch?.id).toMatch(batchIdPrefix);
    const shares = node.events.of<{ gasUsed: string }>("ticket.redeemed").map(({ gasUsed }) => BigInt(gasUsed));
    const gasUsed = shares.reduce((sum, share) => sum + share, 0n);
    expect(gasUsed).toBe(batch?.mined?.gasUsed);

    await world.stopRecipients();
    const singles = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const other = await world.startRecipient(singles, { maxBatchTickets: 1 });
    await world.freshRound(other);
    await world.stopBlocks(other);
    const { won: alone } = await world.payUntilWon(other, won);
    await world.startBlocks(other);
    await world.mine(other, 41);
    await until("redeemed too", async () => (await waitingCount(singles.tickets)) === 0);
    const gasAlone = other.events
      .of<{ gasUsed: string }>("ticket.redeemed")
      .reduce((sum, event) => sum + BigInt(event.gasUsed), 0n);
    console.log(`gas: ${won} winners in one transaction ${gasUsed}, ${alone} winners one by one ${gasAlone}`);
    expect(gasUsed * BigInt(alone)).toBeLessThan(gasAlone * BigInt(won));
    expect(world.failures).toEqual([]);
  });

  it("lets none of 200 expire that are due together, with half of a short round left to them", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const maxBatchGas = 12_000_000n;
    let stolen: StoredWinner | undefined;
    const failedInside: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => {
        if (message === "ticket failed in a batch") failedInside.push(fields?.["ticket"]);
      },
    };
    const node = await world.startRecipient(stores, {
      ...{ maxBatchGas, logger },
      sendingThrough: atFirstBatch(async (forward) => {
        // one of the first batch is redeemed by somebody else before it is mined
        await world.sendFrom(node, deployerKey, batchRedeemCallData([stolen as StoredWinner]));
        return forward();
      }),
    });
    await world.freshRound(node);
    const round = node.rounds.current();
    const from = await world.head(node);
    const keys = [gatewayKey, secondGatewayKey];
    const before = await Promise.all(keys.map((key) => world.funds(node, key)));
    // offers of block 45 end at 85, which is block 25 of the next round, the tickets' last
    await world.toBlockOfRound(node, 45n);
    await world.stopBlocks(node);
    const won = [
      (await world.payUntilWon(node, 140, gatewayKey)).won,
      (await world.payUntilWon(node, 60, secondGatewayKey)).won,
    ];
    const count = won.reduce((sum, of) => sum + of, 0);
    const waiting = await waitingOf(stores.tickets, gatewayKey);
    expect(waiting[0]?.creationRound).toBe(round.lastInitializedRound);
    stolen = waiting[3];
    // and one that nobody can redeem any more
    const expired = waiting[0] as StoredWinner;
    const old = { ...expired, creationRound: expired.creationRound - 2n, signature: new Uint8Array(65).fill(7) };
    await stores.tickets.storeWinner({ ...old, ticketHash: `0x${"07".repeat(32)}` as typeof old.ticketHash }, 1);
    await world.startBlocks(node);
    await world.mine(node, 40);
    await until("all settled", async () => (await waitingCount(stores.tickets)) === 0, 60_000);

    expect(await world.transfers(node, from)).toEqual({ count, totalWei: BigInt(count) * faceValueWei });
    const paid = await Promise.all(
      keys.map(async (key, i) => (before[i]?.depositWei ?? 0n) - (await world.funds(node, key)).depositWei),
    );
    expect(paid).toEqual(won.map((of) => BigInt(of) * faceValueWei));
    const sent = await world.redemptions(node, from);
    expect(sent.reduce((sum, { tickets }) => sum + tickets, 0)).toBe(count - 1);
    for (const { gasLimit } of sent) expect(gasLimit).toBeLessThanOrEqual(maxBatchGas);
    expect(sent.length).toBeLessThan(10);
    const end = round.startL1Block + 2n * round.roundLength;
    for (const { block } of sent) expect(block).toBeLessThan(end);
    expect(failedInside).toEqual([stolen?.ticketHash]);
    const givenUp = node.events
      .of<{ givenUp: string | null }>("ticket.redeemed")
      .filter((event) => event.givenUp !== null);
    expect(givenUp.map((event) => event.givenUp)).toEqual(["ticket is expired"]);
    expect(world.failures).toEqual([]);
  }, 90_000);

  it("lets no ticket that fails in it hold up another, and pays that one when its sender can", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const putOff: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      debug: (message, fields) => {
        if (message === "redemption put off") putOff.push(`${fields?.["ticket"]} ${fields?.["reason"]}`);
      },
    };
    let rest: readonly StoredWinner[] = [];
    let leftOfPoor: { depositWei: bigint; reserveWei: bigint } | undefined;
    const node = await world.startRecipient(stores, {
      logger,
      sendingThrough: atFirstBatch(async (forward) => {
        // a stranger is faster, and spends what the sender of two tickets in the batch has
        await world.sendFrom(node, deployerKey, batchRedeemCallData(rest));
        leftOfPoor = await world.funds(node, poorGatewayKey);
        return forward();
      }),
    });
    await world.freshRound(node);
    const from = await world.head(node);
    const before = await world.funds(node);
    await world.stopBlocks(node);
    const { won: poor } = await world.payUntilWon(node, 4, poorGatewayKey);
    const { won: rich } = await world.payUntilWon(node, 2);
    const ofPoor = await waitingOf(stores.tickets, poorGatewayKey);
    const inBatch = ofPoor.slice(0, 2);
    rest = ofPoor.slice(2);
    const ofRich = await waitingOf(stores.tickets, gatewayKey);
    await world.startBlocks(node);
    await world.mine(node, 41);
    await until("the good ones redeemed", async () => (await waitingOf(stores.tickets, gatewayKey)).length === 0);

    expect(leftOfPoor).toEqual({ depositWei: 0n, reserveWei: 0n });
    const settled = await Promise.all(ofRich.map(({ ticketHash }) => stores.tickets.find(ticketHash)));
    const batch = await world.intentOf(node, settled[0]?.txHash);
    expect(batch?.id).toMatch(batchIdPrefix);
    expect(before.depositWei - (await world.funds(node)).depositWei).toBe(BigInt(rich) * faceValueWei);
    for (const { ticketHash } of inBatch) {
      await until("the reason", () =>
        putOff.some((line) => line.includes(ticketHash) && line.includes("sender deposit and reserve are zero")),
      );
      expect((await stores.tickets.find(ticketHash))?.redeemedAt).toBeUndefined();
    }

    const owed = BigInt(poor - 2) * faceValueWei;
    await world.sendFrom(node, poorGatewayKey, contractCall(ticketBrokerAbi, "fundDeposit", []), owed);
    await until("all settled", async () => (await waitingCount(stores.tickets)) === 0);
    expect(await world.transfers(node, from)).toEqual({
      count: rich + poor,
      totalWei: BigInt(rich + poor) * faceValueWei,
    });
    expect(await world.funds(node, poorGatewayKey)).toEqual({ depositWei: 0n, reserveWei: 0n });
    expect(world.failures).toEqual([]);
  });

  it.each([
    "before the transaction is sent",
    "after it is sent, before it is seen mined",
    "before its tickets are marked",
    "after the first of its tickets is marked",
  ] as const)("loses no winner and redeems none twice after a crash %s", async (moment) => {
    const tickets = memoryTicketStore();
    const intents = memoryIntentStore();
    let crash = () => {};
    const crashed = new Promise<void>((resolve) => {
      crash = resolve;
    });
    const stop = async () => {
      crash();
      return never();
    };
    let marks =
      moment === "before its tickets are marked" ? 0 : moment === "after the first of its tickets is marked" ? 1 : 99;
    const crashing: TicketStore = {
      ...tickets,
      markRedeemed: (...args) => (marks-- > 0 ? tickets.markRedeemed(...args) : stop()),
    };
    const sendingThrough = atFirstBatch(async (forward) => {
      if (moment === "before the transaction is sent") return stop();
      const answer = await forward();
      return moment === "after it is sent, before it is seen mined" ? stop() : answer;
    });
    const first = await world.startRecipient({ tickets: crashing, intents }, { sendingThrough });
    await world.freshRound(first);
    const from = await world.head(first);
    const before = await world.funds(first);
    await world.stopBlocks(first);
    const { won } = await world.payUntilWon(first, 3);
    const sent = await waitingOf(tickets, gatewayKey);
    await world.mine(first, 5);
    await world.stopBlocks(first);
    const { won: more } = await world.payUntilWon(first, 2);
    await world.mine(first, 36);
    await world.startBlocks(first);
    await crashed;
    world.crash(first);

    // other winners are due by now
    const second = await world.startRecipient({ tickets, intents });
    world.keepRounds(second);
    await world.mine(second, 6);
    await until("all marked", async () => (await waitingCount(tickets)) === 0);
    const total = BigInt(won + more) * faceValueWei;
    expect(await world.transfers(second, from)).toEqual({ count: won + more, totalWei: total });
    expect(before.depositWei - (await world.funds(second)).depositWei).toBe(total);
    const settled = await Promise.all(sent.map(({ ticketHash }) => tickets.find(ticketHash)));
    expect(new Set(settled.map((winner) => winner?.txHash)).size).toBe(1);
    const batch = await world.intentOf(second, settled[0]?.txHash);
    expect(batch?.id).toMatch(batchIdPrefix);
    expect(batch?.attempts).toHaveLength(1);
    expect(world.failures).toEqual([]);
  });
});
