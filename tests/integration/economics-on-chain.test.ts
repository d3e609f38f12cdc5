import { RewardCaller, redeemCallData, type TicketStore } from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import {
  fromHex,
  LpError,
  type Net,
  noMetrics,
  privateKeyToAddress,
  silentLogger,
  weiPerEther,
  zeroHash,
} from "@livepeer-ts/kernel";
import { protocolReads } from "@livepeer-ts/protocol";
import { memoryIntentStore } from "@livepeer-ts/protocol/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clock, faceValueWei, gatewayKey, MoneyOnChain, orchestrator, until } from "./money-on-chain.ts";

const gateway = privateKeyToAddress(fromHex(gatewayKey));
let world: MoneyOnChain;

/** A network that can be cut. */
class CuttableNet implements Net {
  isDown = false;

  request(request: Parameters<Net["request"]>[0]) {
    if (!this.isDown) return world.net.request(request);
    return Promise.reject(new LpError({ code: "net_dial", message: "the cable is pulled", retryable: true }));
  }
}

beforeAll(async () => {
  world = await MoneyOnChain.start([{ key: gatewayKey, depositWei: weiPerEther, reserveWei: weiPerEther }]);
}, 60_000);

afterEach(() => world.stopRecipients());

afterAll(() => world?.stop());

describe("tickets on a real chain", () => {
  it("are not sold in rounds without a block hash, name the round before in one, and are redeemed", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const first = await world.startRecipient(stores);
    await world.freshRound(first);
    const round = first.rounds.current().lastInitializedRound;
    await world.stopBlocks(first);
    const giveBack = await world.forgetRoundHash(first, round);
    const giveBackPrevious = await world.forgetRoundHash(first, round - 1n);
    await world.stopRecipients();

    const node = await world.startRecipient(stores);
    const refused = expect(node.recipient.offer(gateway, undefined, undefined)).rejects;
    await refused.toMatchObject({ code: "no_round_hash", message: expect.stringContaining(`round ${round}`) });
    // what the refusal is for: the contract takes no such ticket, whatever its hash says
    const ticket = { recipient: orchestrator, sender: gateway, faceValueWei, winProb: 1n, senderNonce: 1 };
    const hashless = { creationRound: round, creationRoundBlockHash: zeroHash, recipientRandHash: zeroHash };
    const data = redeemCallData({ ...ticket, ...hashless, signature: new Uint8Array(65), recipientRand: 1n });
    const simulated = node.submitter.simulate({ id: "hashless", to: node.book.ticketBroker, data }, node.tasks.signal);
    await expect(simulated).rejects.toMatchObject({
      details: { reason: "ticket creationRound does not have a block hash" },
    });

    await giveBackPrevious();
    await world.mine(node, 1);
    await until("the hash of the round before", () => node.rounds.current().previousL1BlockHash !== zeroHash);
    const offered = await node.recipient.offer(gateway, undefined, undefined);
    expect(offered.ticketParams?.expirationParams?.creationRound).toBe(round - 1n);
    const { won } = await world.payUntilWon(node, 2);
    await giveBack();
    await world.mine(node, 1);
    await until("its own hash", () => node.rounds.current().l1BlockHash !== zeroHash);
    const later = await node.recipient.offer(gateway, undefined, undefined);
    expect(later.ticketParams?.expirationParams?.creationRound).toBe(round);

    const from = await world.head(node);
    await world.mine(node, 41);
    await world.startBlocks(node);
    await until("redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);
    expect(await world.transfers(node, from)).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(world.failures).toEqual([]);
  });

  it("are paid, won, redeemed and settled to the wei, and the round is rewarded once", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const node = await world.startRecipient(stores);
    await world.freshRound(node);
    const from = await world.head(node);
    const depositBefore = (await world.funds(node)).depositWei;

    const rewards = { ...node, logger: silentLogger, metrics: noMetrics };
    new RewardCaller(rewards).start(node.tasks);
    new RewardCaller(rewards).start(node.tasks);

    const { won } = await world.payUntilWon(node, 3);
    expect(await stores.tickets.pendingTotals(0n)).toEqual({ count: won, faceValueWei: BigInt(won) * faceValueWei });
    await clock.sleep(200);
    expect((await world.transfers(node, from)).count).toBe(0); // not before the offers ended
    await world.mine(node, 41);
    await until("all winners redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);

    const paid = await world.transfers(node, from);
    expect(paid).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(depositBefore - (await world.funds(node)).depositWei).toBe(paid.totalWei);
    const redeemed = node.events.of<{ givenUp: string | null; txHash: string }>("ticket.redeemed");
    expect(redeemed.map((event) => event.givenUp)).toEqual(Array.from({ length: won }, () => null));
    expect(node.events.of("ticket.won")).toHaveLength(won);
    expect(node.pending.get(gateway)).toBe(0n);
    // the watcher's picture of the sender agrees with the contract
    await until(
      "events seen",
      async () => node.senders.cached(gateway)?.depositWei === (await world.funds(node)).depositWei,
    );

    await until("the reward", () => node.events.of("reward.called").length > 0);
    const [transcoder] = await node.reader.readAll(
      [protocolReads(node.book).transcoder(orchestrator)],
      node.tasks.signal,
    );
    expect(transcoder[0]).toBe(node.rounds.current().lastInitializedRound);
    expect((await node.pool.list()).map((entry) => entry.uri)).toEqual(["https://127.0.0.1:8935"]);
    expect(world.failures).toEqual([]);
  });

  it("are redeemed again after a reorganization took the redemption out, and paid once", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const node = await world.startRecipient(stores, { confirmations: 1, finalDepth: 200 });
    await world.freshRound(node);
    const from = await world.head(node);
    const { won } = await world.payUntilWon(node, 1);
    await world.mine(node, 41);
    await until("redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);
    const winner = node.events.of<{ txHash: string; block: string }>("ticket.redeemed")[0];
    const head = await world.head(node);
    const depth = head - BigInt(winner?.block ?? head) + 1n;
    await node.rpc.call("anvil_reorg", [Number(depth), []], node.tasks.signal);

    await until("sent again", async () => {
      const paid = await world.transfers(node, from);
      const intent = await world.intentOf(node, winner?.txHash);
      const block =
        intent?.mined === undefined ? undefined : await node.reader.header(intent.mined.blockNumber, node.tasks.signal);
      return paid.count === won && block !== undefined && block.hash === intent?.mined?.blockHash;
    });
    expect((await world.transfers(node, from)).totalWei).toBe(BigInt(won) * faceValueWei);
    await until(
      "events seen",
      async () => node.senders.cached(gateway)?.depositWei === (await world.funds(node)).depositWei,
    );
    expect(world.failures).toEqual([]);
  });

  it("are accepted while the Ethereum node is away, and redeemed when it is back", async () => {
    const stores = { tickets: memoryTicketStore(), intents: memoryIntentStore() };
    const cable = new CuttableNet();
    const node = await world.startRecipient(stores, { net: cable });
    await world.freshRound(node);
    const from = await world.head(node);
    await world.startSender(node);
    cable.isDown = true;
    await until("the outage is noticed", () => node.blocks.health.failingSince !== undefined);
    const { won } = await world.payUntilWon(node, 2);
    expect((await stores.tickets.pendingTotals(0n)).count).toBe(won);
    await clock.sleep(1500);
    cable.isDown = false;
    await world.mine(node, 41);
    await until("redeemed", async () => (await stores.tickets.pendingTotals(0n)).count === 0);
    expect(await world.transfers(node, from)).toEqual({ count: won, totalWei: BigInt(won) * faceValueWei });
    expect(node.blocks.health.failingSince).toBeUndefined();
    expect(world.failures).toEqual([]);
  });

  it("are marked with their own transaction after a crash between sending and marking", async () => {
    const tickets = memoryTicketStore();
    const intents = memoryIntentStore();
    const crashing: TicketStore = {
      ...tickets,
      markRedeemed: () => new Promise<void>(() => {}), // the process is gone before this is written
    };
    const first = await world.startRecipient({ tickets: crashing, intents });
    await world.freshRound(first);
    const from = await world.head(first);
    await world.payUntilWon(first, 1);
    await world.mine(first, 41);
    await until("mined", async () => (await world.transfers(first, from)).count > 0);
    const waiting = await tickets.pendingWinners(gateway, {
      minCreationRound: 0n,
      maxExpirationBlock: 2n ** 60n,
      limit: 9,
    });
    expect(waiting.length).toBeGreaterThan(0);
    world.crash(first);

    const second = await world.startRecipient({ tickets, intents });
    await until("marked", async () => (await tickets.pendingTotals(0n)).count === 0);
    const paid = await world.transfers(second, from);
    expect(paid.totalWei).toBe(BigInt(paid.count) * faceValueWei);
    for (const winner of waiting) {
      const settled = await tickets.find(winner.ticketHash);
      expect(settled?.txHash).not.toBe(zeroHash);
      const intent = await world.intentOf(second, settled?.txHash);
      expect(intent?.mined?.hash).toBe(settled?.txHash);
      expect(intent?.attempts).toHaveLength(1);
    }
    expect(paid.count).toBe(waiting.length);
    expect(world.failures).toEqual([]);
  });
});
