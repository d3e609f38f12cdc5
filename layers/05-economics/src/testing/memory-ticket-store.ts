import { toHex } from "@livepeer-ts/kernel";
import type { StoredWinner, TicketStore } from "../ports/ticket-store.ts";

/** A `TicketStore` that forgets with the process. */
export function memoryTicketStore(): TicketStore {
  const rows = new Map<string, StoredWinner>();
  const waiting = () => [...rows.values()].filter((row) => row.redeemedAt === undefined);
  return {
    async storeWinner(ticket, storedAt) {
      const key = toHex(ticket.signature);
      if (rows.has(key)) return false;
      rows.set(key, { ...ticket, storedAt, redeemedAt: undefined, txHash: undefined });
      return true;
    },
    async pendingSenders(minCreationRound) {
      return [...new Set(waiting().flatMap((row) => (row.creationRound >= minCreationRound ? [row.sender] : [])))];
    },
    async pendingWinners(sender, query) {
      return waiting()
        .filter(
          (row) =>
            row.sender === sender &&
            row.creationRound >= query.minCreationRound &&
            row.paramsExpirationBlock <= query.maxExpirationBlock,
        )
        .sort((a, b) => Number(a.creationRound - b.creationRound))
        .slice(0, query.limit);
    },
    async expiredWinners(creationRound, limit) {
      return waiting()
        .filter((row) => row.creationRound < creationRound)
        .slice(0, limit);
    },
    async pendingTotals(minCreationRound) {
      const rows = waiting().filter((row) => row.creationRound >= minCreationRound);
      return { count: rows.length, faceValueWei: rows.reduce((sum, row) => sum + row.faceValueWei, 0n) };
    },
    async find(ticketHash) {
      return [...rows.values()].find((row) => row.ticketHash === ticketHash);
    },
    async markRedeemed(signature, txHash, redeemedAt) {
      const row = rows.get(toHex(signature));
      if (row !== undefined) rows.set(toHex(signature), { ...row, txHash, redeemedAt });
    },
  };
}
