import type { SpendStore } from "../ports/spend-store.ts";

/** Sums in memory, for tests. */
export function memorySpendStore(): SpendStore & {
  readonly days: ReadonlyMap<string, bigint>;
  /** By day and `authId`, with a space between. */
  readonly ids: ReadonlyMap<string, bigint>;
} {
  const days = new Map<string, bigint>();
  const ids = new Map<string, bigint>();
  return {
    days,
    ids,
    async add({ day, authId, wei, maxDayWei, maxIdDayWei }) {
      const sumWei = (days.get(day) ?? 0n) + wei;
      if (maxDayWei > 0n && sumWei > maxDayWei) return { refusedBy: "day", sumWei };
      const key = `${day} ${authId}`;
      const idSumWei = (ids.get(key) ?? 0n) + wei;
      if (maxIdDayWei > 0n && idSumWei > maxIdDayWei) return { refusedBy: "idDay", sumWei: idSumWei };
      days.set(day, sumWei);
      ids.set(key, idSumWei);
      return { refusedBy: undefined, sumWei };
    },
  };
}
