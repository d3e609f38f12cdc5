import type { SpendStore } from "@livepeer-ts/economics";
import type { NodeDatabase } from "../ports/node-database.ts";

/** Days that are kept; older ones count for nothing. */
const keptDays = 400;

/** What a signer has signed per day, in `livepeer-ts.sqlite3`. */
export function createSpendStore(db: NodeDatabase): SpendStore {
  return {
    add: (day, wei, maxWei) =>
      db.tx((tx) => {
        const stored = tx.get("SELECT wei FROM signer_spend WHERE day = ?", day)?.wei;
        const sumWei = (stored === undefined ? 0n : BigInt(String(stored))) + wei;
        if (maxWei > 0n && sumWei > maxWei) return { isAdded: false, sumWei };
        tx.run("INSERT OR REPLACE INTO signer_spend(day, wei) VALUES(?, ?)", day, sumWei.toString());
        if (stored === undefined)
          tx.run(
            `DELETE FROM signer_spend WHERE day NOT IN (SELECT day FROM signer_spend ORDER BY day DESC LIMIT ${keptDays})`,
          );
        return { isAdded: true, sumWei };
      }),
  };
}
