import type { SpendStore } from "../ports/spend-store.ts";

/** Sums in memory, for tests. */
export function memorySpendStore(): SpendStore & { readonly days: ReadonlyMap<string, bigint> } {
  const days = new Map<string, bigint>();
  return {
    days,
    async add(day, wei, maxWei) {
      const sumWei = (days.get(day) ?? 0n) + wei;
      const isAdded = maxWei === 0n || sumWei <= maxWei;
      if (isAdded) days.set(day, sumWei);
      return { isAdded, sumWei };
    },
  };
}
