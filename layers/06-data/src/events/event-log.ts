import { type Clock, type NodeEvent, utf8 } from "@livepeer-ts/kernel";
import type { Prunable } from "../node/retention.ts";
import type { PlatformDatabase } from "../platform-db/platform-database.ts";
import { applyToTables } from "./apply-to-tables.ts";
import { storableJson } from "./event-fields.ts";
import type { LoggedEvent } from "./logged-event.ts";

/** All events of all nodes, in one order. */
export interface EventLog extends Prunable {
  /** Logs what is new and brings the tables up to date, in one transaction. Resolves, when it is durable, with the number of new events. */
  append(source: string, events: readonly NodeEvent[]): Promise<number>;
  /** Events after `seq`, in order. */
  read(after: bigint, limit: number): Promise<readonly LoggedEvent[]>;
  /** Told about new events after they are durable, in order. Returns the way to stop. */
  subscribe(listener: (event: LoggedEvent) => void): () => void;
}

const pruneBatch = 1_000;

/** The event log in the platform's database. One program appends to it at a time. */
export function createEventLog(deps: { readonly database: PlatformDatabase; readonly clock: Clock }): EventLog {
  const { db } = deps.database;
  const listeners = new Set<(event: LoggedEvent) => void>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, so that the order of `seq` is the order in which listeners hear of events. */
  const inTurn = <T>(fn: () => Promise<T>): Promise<T> => {
    const turn = last.then(fn, fn);
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    name: "event log",
    append(source, events) {
      return inTurn(async () => {
        const fresh = await db.transaction().execute(async (tx) => {
          const logged: LoggedEvent[] = [];
          for (const event of events) {
            const data = storableJson(event.data);
            const row = await tx
              .insertInto("event_log")
              .values({
                id: event.id,
                source,
                type: event.type,
                subject: event.subject,
                at: event.at,
                received_at: deps.clock.now(),
                data,
                size_bytes: utf8(data).length + 128,
              })
              .onConflict((conflict) => conflict.column("id").doNothing())
              .returning("seq")
              .executeTakeFirst();
            if (row === undefined) continue;
            const entry: LoggedEvent = { ...event, data: JSON.parse(data), seq: row.seq, source };
            await applyToTables(tx, entry);
            logged.push(entry);
          }
          return logged;
        });
        for (const event of fresh) for (const listener of listeners) listener(event);
        return fresh.length;
      });
    },
    async read(after, limit) {
      const rows = await db
        .selectFrom("event_log")
        .select(["seq", "id", "source", "type", "subject", "at", "data"])
        .where("seq", ">", after)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, at: Number(row.at) }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    prune(limits) {
      return inTurn(async () => {
        let removed = 0;
        for (;;) {
          const total = await db
            .selectFrom("event_log")
            .select((column) => column.fn.sum<bigint | null>("size_bytes").as("bytes"))
            .executeTakeFirst();
          const excess = Number(total?.bytes ?? 0) - limits.maxBytes;
          const oldest = await db
            .selectFrom("event_log")
            .select(["seq", "received_at", "size_bytes"])
            .orderBy("seq")
            .limit(pruneBatch)
            .execute();
          let over = excess;
          let cut: bigint | undefined;
          let cutTime = limits.storedBefore;
          for (const row of oldest) {
            if (Number(row.received_at) >= limits.storedBefore && over <= 0) break;
            over -= row.size_bytes;
            cut = row.seq;
            cutTime = Math.max(cutTime, Number(row.received_at));
          }
          if (cut === undefined) break;
          const through = cut;
          removed += await db.transaction().execute(async (tx) => {
            const result = await tx.deleteFrom("event_log").where("seq", "<=", through).executeTakeFirst();
            await tx.deleteFrom("segment").where("received_at", "<", BigInt(cutTime)).execute();
            await tx.deleteFrom("selection").where("at", "<", BigInt(cutTime)).execute();
            // A winner that is not settled is money: it stays.
            await tx
              .deleteFrom("ticket")
              .where((column) => column.fn.coalesce("sent_at", "won_at"), "<", BigInt(cutTime))
              .where((column) => column.or([column("won_at", "is", null), column("settled_at", "is not", null)]))
              .execute();
            await tx.deleteFrom("broadcast").where("ended_at", "<", BigInt(cutTime)).execute();
            return Number(result.numDeletedRows);
          });
          if (oldest.length < pruneBatch) break;
        }
        return removed;
      });
    },
  };
}
