import type { SpendStore } from "@livepeer-ts/economics";
import type { NodeDatabase } from "../ports/node-database.ts";

/** Days that are kept; older ones count for nothing. */
const keptDays = 400;
/** Days whose sums are kept for each id. */
const keptIdDays = 7;
/** Ids of one day; what further ones spend is one sum. */
const defaultMaxIds = 100_000;
/** Name of that sum; ids of callers are told apart from it by what is in front of them. */
const others = "*";

/** What a signer has signed per day, in `livepeer-ts.sqlite3`. `maxIds`: default 100000. */
export function createSpendStore(db: NodeDatabase, maxIds = defaultMaxIds): SpendStore {
  return {
    add: ({ day, authId, wei, maxDayWei, maxIdDayWei }) =>
      db.tx((tx) => {
        const stored = tx.get("SELECT wei, ids FROM signer_spend WHERE day = ?", day);
        const sumWei = (stored === undefined ? 0n : BigInt(String(stored["wei"]))) + wei;
        if (maxDayWei > 0n && sumWei > maxDayWei) return { refusedBy: "day", sumWei };
        const idCount = Number(stored?.["ids"] ?? 0);
        const read = (id: string) =>
          tx.get("SELECT wei FROM signer_spend_by_id WHERE day = ? AND id = ?", day, id)?.["wei"];
        const own = `=${authId}`;
        const known = read(own);
        const id = known !== undefined || idCount < maxIds ? own : others;
        const idStored = id === own ? known : read(others);
        const idSumWei = (idStored === undefined ? 0n : BigInt(String(idStored))) + wei;
        if (maxIdDayWei > 0n && idSumWei > maxIdDayWei) return { refusedBy: "idDay", sumWei: idSumWei };
        const ids = id === own && known === undefined ? idCount + 1 : idCount;
        tx.run("INSERT OR REPLACE INTO signer_spend(day, wei, ids) VALUES(?, ?, ?)", day, sumWei.toString(), ids);
        tx.run("INSERT OR REPLACE INTO signer_spend_by_id(day, id, wei) VALUES(?, ?, ?)", day, id, idSumWei.toString());
        if (stored === undefined) {
          for (const [table, days] of [
            ["signer_spend", keptDays],
            ["signer_spend_by_id", keptIdDays],
          ] as const)
            tx.run(
              `DELETE FROM ${table} WHERE day NOT IN (SELECT day FROM signer_spend ORDER BY day DESC LIMIT ${days})`,
            );
        }
        return { refusedBy: undefined, sumWei };
      }),
  };
}
