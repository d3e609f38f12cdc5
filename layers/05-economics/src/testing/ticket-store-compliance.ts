import { type Address, type Hash32, toAddress, zeroHash } from "@livepeer-ts/kernel";
import { afterEach, describe, expect, it } from "vitest";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";

/** A fresh store, a way to open the same one again, and to clean up. */
export type EconomicsStoreUnderTest<S> = {
  readonly store: S;
  /** Closes the store and opens it again from what is durable; undefined for stores that forget. */
  readonly reopen?: () => Promise<S>;
  readonly close?: () => Promise<void>;
};

const alice = toAddress(`0x${"aa".repeat(20)}`);
const bob = toAddress(`0x${"bb".repeat(20)}`);
const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hash32;

function winner(n: number, change: Partial<WinningTicket> & { sender?: Address } = {}): WinningTicket {
  return {
    ticketHash: hash(n),
    sender: alice,
    recipient: bob,
    faceValueWei: 2n ** 200n + BigInt(n),
    winProb: 2n ** 255n,
    senderNonce: 4_294_967_295,
    recipientRand: 2n ** 256n - 1n,
    recipientRandHash: hash(n + 1000),
    signature: new Uint8Array(65).fill(n),
    creationRound: 10n,
    creationRoundBlockHash: hash(77),
    paramsExpirationBlock: 100n,
    ...change,
  };
}

const all = { minCreationRound: 0n, maxExpirationBlock: 2n ** 62n, limit: 100 };

/** Every `TicketStore` must pass these. */
export function describeTicketStoreCompliance(
  name: string,
  open: () => Promise<EconomicsStoreUnderTest<TicketStore>>,
): void {
  describe(`${name} as a ticket store`, () => {
    let opened: EconomicsStoreUnderTest<TicketStore> | undefined;
    afterEach(async () => {
      await opened?.close?.();
      opened = undefined;
    });
    const fresh = async () => {
      opened = await open();
      return opened.store;
    };

    it("gives a winner back exactly as it was stored", async () => {
      const store = await fresh();
      expect(await store.storeWinner(winner(1), 5)).toBe(true);
      const expected = { ...winner(1), storedAt: 5, redeemedAt: undefined, txHash: undefined };
      expect(await store.find(hash(1))).toEqual(expected);
      expect(await store.pendingWinners(alice, all)).toEqual([expected]);
      expect(await store.find(hash(2))).toBeUndefined();
    });

    it("keeps a winner once, whatever comes again with its signature", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1), 5);
      expect(await store.storeWinner(winner(1, { faceValueWei: 1n }), 6)).toBe(false);
      expect((await store.find(hash(1)))?.faceValueWei).toBe(winner(1).faceValueWei);
    });

    it("keeps numbers of zero and of 256 bits", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1, { faceValueWei: 0n, winProb: 0n, recipientRand: 0n }), 5);
      const back = await store.find(hash(1));
      expect([back?.faceValueWei, back?.winProb, back?.recipientRand]).toEqual([0n, 0n, 0n]);
    });

    it("returns a sender's due and valid winners, oldest first, up to the limit", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1, { creationRound: 12n }), 1);
      await store.storeWinner(winner(2, { creationRound: 11n }), 2);
      await store.storeWinner(winner(3, { creationRound: 9n }), 3);
      await store.storeWinner(winner(4, { creationRound: 11n, paramsExpirationBlock: 101n }), 4);
      await store.storeWinner(winner(5, { creationRound: 11n }), 5);
      await store.storeWinner(winner(6, { creationRound: 11n, sender: bob }), 6);
      const query = { minCreationRound: 10n, maxExpirationBlock: 100n, limit: 10 };
      expect((await store.pendingWinners(alice, query)).map((row) => row.ticketHash)).toEqual([
        hash(2),
        hash(5),
        hash(1),
      ]);
      expect(await store.pendingWinners(alice, { ...query, limit: 1 })).toHaveLength(1);
    });

    it("lists senders with valid waiting winners once", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1), 1);
      await store.storeWinner(winner(2), 2);
      await store.storeWinner(winner(3, { sender: bob, creationRound: 3n }), 3);
      expect([...(await store.pendingSenders(0n))].sort()).toEqual([alice, bob]);
      expect(await store.pendingSenders(10n)).toEqual([alice]);
      expect(await store.pendingSenders(11n)).toEqual([]);
    });

    it("finds winners that can no longer be redeemed", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1, { creationRound: 8n }), 1);
      await store.storeWinner(winner(2, { creationRound: 9n }), 2);
      expect((await store.expiredWinners(9n, 10)).map((row) => row.ticketHash)).toEqual([hash(1)]);
      expect(await store.expiredWinners(10n, 1)).toHaveLength(1);
    });

    it("takes settled winners out of the queue and remembers how they were settled", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1), 1);
      await store.storeWinner(winner(2), 1);
      await store.markRedeemed(winner(1).signature, hash(99), 50);
      await store.markRedeemed(winner(3).signature, hash(98), 50);
      expect((await store.pendingWinners(alice, all)).map((row) => row.ticketHash)).toEqual([hash(2)]);
      expect(await store.find(hash(1))).toMatchObject({ txHash: hash(99), redeemedAt: 50 });
      await store.markRedeemed(winner(2).signature, zeroHash, 60);
      expect((await store.find(hash(2)))?.txHash).toBe(zeroHash);
      expect(await store.pendingSenders(0n)).toEqual([]);
      expect(await store.expiredWinners(1000n, 10)).toEqual([]);
    });

    it("adds up what is waiting", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1), 1);
      await store.storeWinner(winner(2, { creationRound: 3n }), 1);
      expect(await store.pendingTotals(0n)).toEqual({ count: 2, faceValueWei: 2n ** 201n + 3n });
      expect(await store.pendingTotals(10n)).toEqual({ count: 1, faceValueWei: 2n ** 200n + 1n });
      expect(await store.pendingTotals(11n)).toEqual({ count: 0, faceValueWei: 0n });
    });

    it("keeps everything across a restart", async () => {
      const store = await fresh();
      await store.storeWinner(winner(1), 1);
      await store.storeWinner(winner(2), 2);
      await store.markRedeemed(winner(1).signature, hash(99), 50);
      const again = await opened?.reopen?.();
      if (again === undefined) return;
      expect((await again.pendingWinners(alice, all)).map((row) => row.ticketHash)).toEqual([hash(2)]);
      expect((await again.find(hash(1)))?.txHash).toBe(hash(99));
    });
  });
}
