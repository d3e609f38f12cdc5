import { type Hash32, toAddress } from "@livepeer-ts/kernel";
import { afterEach, describe, expect, it } from "vitest";
import type { HeaderStore, StoredHeader } from "../ports/header-store.ts";
import type { IntentStore, TxIntent } from "../ports/intent-store.ts";

/** What a compliance suite needs: a fresh store, a way to open the same one again, and to clean up. */
export type StoreUnderTest<S> = {
  readonly store: S;
  /** Closes the store and opens it again from what is durable; undefined for stores that forget. */
  readonly reopen?: () => Promise<S>;
  readonly close?: () => Promise<void>;
};

const account = toAddress(`0x${"11".repeat(20)}`);
const stranger = toAddress(`0x${"22".repeat(20)}`);
const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hash32;

function intent(id: string, nonce: number, change: Partial<TxIntent> = {}): TxIntent {
  return {
    id,
    from: account,
    to: stranger,
    data: "0x1234",
    valueWei: 2n ** 200n,
    gasLimit: 21_000n,
    nonce,
    attempts: [
      { hash: hash(nonce), raw: "0x02f8", maxPriorityFeePerGasWei: 1n, maxFeePerGasWei: 2n ** 70n, signedAt: 5 },
    ],
    state: "sending",
    mined: undefined,
    createdAt: 1000,
    ...change,
  };
}

const mined = { hash: hash(1), blockNumber: 2n ** 64n, blockHash: hash(9), success: true, gasUsed: 21_000n };

/** Every `IntentStore` must pass these. */
export function describeIntentStoreCompliance(name: string, open: () => Promise<StoreUnderTest<IntentStore>>): void {
  describe(`${name} as an intent store`, () => {
    let opened: StoreUnderTest<IntentStore> | undefined;
    afterEach(async () => {
      await opened?.close?.();
      opened = undefined;
    });
    const fresh = async () => {
      opened = await open();
      return opened;
    };

    it("gives back exactly what was put, numbers of any size included", async () => {
      const { store } = await fresh();
      const value = intent("a", 1, { state: "mined", mined });
      await store.put(value);
      expect(await store.get(account, "a")).toEqual(value);
      expect(await store.get(stranger, "a")).toBeUndefined();
    });

    it("replaces an intent of the same account and id", async () => {
      const { store } = await fresh();
      await store.put(intent("a", 1));
      await store.put(intent("a", 2, { state: "abandoned" }));
      expect((await store.get(account, "a"))?.nonce).toBe(2);
      expect(await store.unsettled(account)).toEqual([]);
    });

    it("lists unsettled intents of one account by nonce", async () => {
      const { store } = await fresh();
      await store.put(intent("c", 11));
      await store.put(intent("a", 3, { state: "mined", mined }));
      await store.put(intent("b", 7));
      await store.put(intent("d", 1, { state: "final", mined }));
      await store.put(intent("e", 2, { from: stranger }));
      expect((await store.unsettled(account)).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    });

    it("lists the newest intents of one kind", async () => {
      const { store } = await fresh();
      await store.put(intent("pay:a", 1, { createdAt: 10 }));
      await store.put(intent("pay:c", 3, { createdAt: 30, state: "final", mined }));
      await store.put(intent("pay:b", 2, { createdAt: 20, state: "abandoned" }));
      await store.put(intent("pay:d", 4, { createdAt: 30 }));
      await store.put(intent("pa", 5, { createdAt: 40 }));
      await store.put(intent("pay%", 6, { createdAt: 40 }));
      await store.put(intent("pay:e", 7, { createdAt: 40, from: stranger }));
      expect((await store.latest(account, "pay:", 9)).map(({ id }) => id)).toEqual([
        "pay:d",
        "pay:c",
        "pay:b",
        "pay:a",
      ]);
      expect((await store.latest(account, "pay:", 2)).map(({ id }) => id)).toEqual(["pay:d", "pay:c"]);
    });

    it("prunes only old intents that are settled for good", async () => {
      const { store } = await fresh();
      await store.put(intent("old", 1, { state: "final", mined }));
      await store.put(intent("new", 2, { state: "final", mined, createdAt: 5000 }));
      await store.put(intent("waiting", 3));
      expect(await store.prune(2000)).toBe(1);
      expect(await store.get(account, "old")).toBeUndefined();
      expect(await store.get(account, "new")).toBeDefined();
      expect(await store.get(account, "waiting")).toBeDefined();
    });

    it("keeps intents across a restart", async () => {
      const under = await fresh();
      await under.store.put(intent("a", 1));
      if (under.reopen === undefined) return;
      const again = await under.reopen();
      expect(await again.unsettled(account)).toEqual([intent("a", 1)]);
    });
  });
}

function header(number: bigint): StoredHeader {
  return {
    number,
    hash: hash(Number(number)),
    parentHash: hash(Number(number) - 1),
    l1BlockNumber: number + 2n ** 60n,
    logs: [
      {
        address: account,
        topics: [hash(1), hash(2)],
        data: "0xab",
        blockNumber: number,
        blockHash: hash(Number(number)),
        txHash: hash(3),
        logIndex: 4,
      },
    ],
  };
}

/** Every `HeaderStore` must pass these. */
export function describeHeaderStoreCompliance(name: string, open: () => Promise<StoreUnderTest<HeaderStore>>): void {
  describe(`${name} as a header store`, () => {
    let opened: StoreUnderTest<HeaderStore> | undefined;
    afterEach(async () => {
      await opened?.close?.();
      opened = undefined;
    });

    it("is empty at first and then holds the last saved list by number, logs included", async () => {
      opened = await open();
      expect(await opened.store.load()).toEqual([]);
      await opened.store.save([header(5n), header(6n)]);
      await opened.store.save([header(9n), header(10n), header(11n)]);
      expect(await opened.store.load()).toEqual([header(9n), header(10n), header(11n)]);
      if (opened.reopen === undefined) return;
      expect(await (await opened.reopen()).load()).toEqual([header(9n), header(10n), header(11n)]);
    });
  });
}
