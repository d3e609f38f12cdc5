import { batchIdPrefix, batchRedeemCallData, type StoredWinner, type TicketStore } from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import { fromHex, type Hex, type Logger, privateKeyToAddress, silentLogger, weiPerEther } from "@livepeer-ts/kernel";
import { type ChainRpc, contractCall } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { memoryIntentStore } from "@livepeer-ts/protocol/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deployerKey, faceValueWei, gatewayKey, MoneyOnChain, poorGatewayKey, until } from "./money-on-chain.ts";

let world: MoneyOnChain;

beforeAll(async () => {
  world = await MoneyOnChain.start([
    { key: gatewayKey, depositWei: weiPerEther, reserveWei: weiPerEther },
    // two tickets, and not a wei more
    { key: poorGatewayKey, depositWei: faceValueWei, reserveWei: faceValueWei },
  ]);
}, 60_000);

afterEach(() => world.stopRecipients());

afterAll(() => world?.stop());

const waitingCount = async (store: TicketStore) => (await store.pendingTotals(0n)).count;

function waitingOf(store: TicketStore, key: Hex): Promise<readonly StoredWinner[]> {
  const query = { minCreationRound: 0n, maxExpirationBlock: 2n ** 60n, limit: 99 };
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
