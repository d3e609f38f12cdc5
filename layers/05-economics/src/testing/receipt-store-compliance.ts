import { type Hash32, LpError, toAddress } from "@livepeer-ts/kernel";
import { afterEach, describe, expect, it } from "vitest";
import type { ReceiptRecord, ReceiptStore } from "../ports/receipt-store.ts";
import type { EconomicsStoreUnderTest } from "./ticket-store-compliance.ts";

const orchestrator = toAddress(`0x${"0c".repeat(20)}`);
const hash = (n: number) => `0x${n.toString(16).padStart(64, "0")}` as Hash32;
const series = { side: "issued", orchestrator, session: hash(1), epoch: 2n ** 63n - 1n } as const;

function record(index: bigint, change: Partial<ReceiptRecord> = {}): ReceiptRecord {
  return {
    ...series,
    index,
    hash: hash(Number(index) + 500),
    encoded: new Uint8Array(352).fill(7),
    signature: new Uint8Array(65).fill(9),
    storedAt: 1000 + Number(index),
    ...change,
  };
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof LpError ? error.code : "not an LpError";
  }
}

/** Every `ReceiptStore` must pass these. */
export function describeReceiptStoreCompliance(
  name: string,
  open: () => Promise<EconomicsStoreUnderTest<ReceiptStore>>,
): void {
  describe(`${name} as a receipt store`, () => {
    let opened: EconomicsStoreUnderTest<ReceiptStore> | undefined;
    afterEach(async () => {
      await opened?.close?.();
      opened = undefined;
    });
    const fresh = async () => {
      opened = await open();
      return opened.store;
    };

    it("gives the last receipt of a series exactly as it was stored", async () => {
      const store = await fresh();
      expect(await store.last(series)).toBeUndefined();
      await store.append(record(0n));
      await store.append(record(2n));
      await store.append(record(1n));
      await store.append(record(9n, { session: hash(2) }));
      await store.append(record(8n, { epoch: 5n }));
      await store.append(record(7n, { side: "received" }));
      expect(await store.last(series)).toEqual(record(2n));
    });

    it("refuses a second receipt of one number with other contents, and takes the same one again", async () => {
      const store = await fresh();
      await store.append(record(0n));
      expect(await codeOf(store.append(record(0n)))).toBeUndefined();
      expect(await codeOf(store.append(record(0n, { hash: hash(1) })))).toBe("receipt_index_used");
      expect(await store.list({ side: "issued", limit: 10 })).toEqual([record(0n)]);
    });

    it("starts an epoch once", async () => {
      const store = await fresh();
      expect(await codeOf(store.startEpoch(orchestrator, 2n ** 63n - 1n, 1))).toBeUndefined();
      expect(await codeOf(store.startEpoch(orchestrator, 2n ** 63n - 1n, 2))).toBe("receipt_epoch_used");
      expect(await codeOf(store.startEpoch(orchestrator, 4n, 3))).toBeUndefined();
    });

    it("lists by side, session and time, oldest first, up to the limit", async () => {
      const store = await fresh();
      for (const index of [0n, 1n, 2n, 3n]) await store.append(record(index));
      await store.append(record(0n, { session: hash(2), storedAt: 5000 }));
      await store.append(record(0n, { side: "received" }));
      const indexes = async (query: Parameters<ReceiptStore["list"]>[0]) =>
        (await store.list(query)).map((row) => row.index);
      expect(await indexes({ side: "issued", session: hash(1), limit: 10 })).toEqual([0n, 1n, 2n, 3n]);
      expect(await indexes({ side: "issued", session: hash(1), storedFrom: 1002, limit: 10 })).toEqual([2n, 3n]);
      expect(await store.list({ side: "issued", limit: 3 })).toHaveLength(3);
      expect(await indexes({ side: "issued", session: hash(1), skip: 1, limit: 2 })).toEqual([1n, 2n]);
      expect(await store.list({ side: "issued", skip: 4, limit: 3 })).toHaveLength(1);
      expect(await store.list({ side: "received", limit: 3 })).toHaveLength(1);
    });

    it("prunes by age, then by size, oldest first", async () => {
      const store = await fresh();
      for (const index of [0n, 1n, 2n, 3n]) await store.append(record(index));
      expect(await store.prune({ storedBefore: 1001, maxBytes: 352 * 2 })).toBe(2);
      expect((await store.list({ side: "issued", limit: 10 })).map((row) => row.index)).toEqual([2n, 3n]);
    });

    it("keeps receipts and epochs across a restart", async () => {
      const store = await fresh();
      await store.startEpoch(orchestrator, 4n, 1);
      await store.append(record(0n));
      const again = await opened?.reopen?.();
      if (again === undefined) return;
      expect(await again.last(series)).toEqual(record(0n));
      expect(await codeOf(again.append(record(0n, { hash: hash(1) })))).toBe("receipt_index_used");
      expect(await codeOf(again.startEpoch(orchestrator, 4n, 2))).toBe("receipt_epoch_used");
    });
  });
}
