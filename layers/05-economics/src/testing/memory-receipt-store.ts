import { LpError } from "@livepeer-ts/kernel";
import type { ReceiptKey, ReceiptRecord, ReceiptStore } from "../ports/receipt-store.ts";

const series = (key: Omit<ReceiptKey, "index">) => `${key.side}/${key.orchestrator}/${key.session}/${key.epoch}`;

/** A `ReceiptStore` that forgets with the process. */
export function memoryReceiptStore(): ReceiptStore {
  let records: ReceiptRecord[] = [];
  const epochs = new Set<string>();
  return {
    async startEpoch(orchestrator, epoch) {
      const name = `${orchestrator}/${epoch}`;
      if (epochs.has(name)) {
        throw new LpError({ code: "receipt_epoch_used", message: `epoch ${epoch} was used before: draw another one` });
      }
      epochs.add(name);
    },
    async append(record) {
      const same = records.find((other) => series(other) === series(record) && other.index === record.index);
      if (same?.hash === record.hash) return;
      if (same !== undefined) {
        throw new LpError({
          code: "receipt_index_used",
          message: `receipt ${record.index} of this session and epoch exists with other contents`,
        });
      }
      records.push(record);
    },
    async last(key) {
      return records
        .filter((record) => series(record) === series(key))
        .reduce<ReceiptRecord | undefined>(
          (best, record) => (best === undefined || record.index > best.index ? record : best),
          undefined,
        );
    },
    async list(query) {
      return records
        .filter(
          (record) =>
            record.side === query.side &&
            (query.session === undefined || record.session === query.session) &&
            record.storedAt >= (query.storedFrom ?? 0),
        )
        .slice(query.skip ?? 0, (query.skip ?? 0) + query.limit);
    },
    async prune({ storedBefore, maxBytes }) {
      const before = records.length;
      records = records.filter((record) => record.storedAt >= storedBefore);
      let size = records.reduce((sum, record) => sum + record.encoded.length, 0);
      while (size > maxBytes) size -= records.shift()?.encoded.length ?? 0;
      return before - records.length;
    },
  };
}
