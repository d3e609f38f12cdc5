import {
  type Clock,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type NodeEvent,
  type Random,
  type TaskOwner,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import type { EventDelivery } from "../ports/event-delivery.ts";
import type { NodeDatabase, SqlRow, SqlTx } from "../ports/node-database.ts";
import { defaultEventSpoolOptions, type EventSpoolOptions } from "./options.ts";

export type EventSpoolDeps = {
  /** `livepeer-ts.sqlite3`, migrated. */
  readonly db: NodeDatabase;
  readonly delivery: EventDelivery;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** Events on their way to the platform: durable here first, then delivered in order until acknowledged. */
export interface EventSpool extends EventSink {
  /** Begins to deliver; stops with the owner. */
  start(owner: TaskOwner): void;
  /** Resolves when nothing waits any more; rejects with the signal's reason. */
  drained(signal: AbortSignal): Promise<void>;
  /** What waits now. */
  waiting(): { readonly events: number; readonly bytes: number };
}

const metricWaiting = "livepeer_event_spool_bytes";
const metricDropped = "livepeer_event_spool_dropped_total";
const metricFailed = "livepeer_event_spool_delivery_failures_total";

function fromRow(row: SqlRow): NodeEvent {
  return {
    id: String(row.id),
    type: String(row.type),
    subject: String(row.subject),
    at: Number(row.at),
    data: JSON.parse(String(row.data)),
  };
}

/** Opens the spool on what an earlier run left behind. */
export function createEventSpool(options: EventSpoolOptions, deps: EventSpoolDeps): EventSpool {
  const limits = { ...defaultEventSpoolOptions, ...options };
  const droppable = new Set<string>(limits.droppable);
  const { db, delivery, clock, random, logger, metrics } = deps;
  let events = 0;
  let bytes = 0;
  const recount = (): void => {
    const row = db.read((sql) =>
      sql.get("SELECT count(*) AS events, coalesce(sum(size_bytes), 0) AS bytes FROM spooled_event"),
    );
    events = Number(row?.events ?? 0);
    bytes = Number(row?.bytes ?? 0);
  };
  recount();
  let wake: (() => void) | undefined;
  let emptied: (() => void)[] = [];

  const changed = (): void => {
    metrics.gauge(metricWaiting, bytes);
    if (events > 0) return;
    const waiters = emptied;
    emptied = [];
    for (const done of waiters) done();
  };

  /** A transaction that keeps `events` and `bytes` in step; they are counted anew when it fails. */
  const counted = async <T>(fn: (tx: SqlTx) => T): Promise<T> => {
    try {
      return await db.tx(fn);
    } catch (error) {
      recount();
      throw error;
    }
  };

  /** Drops the oldest telemetry until `needed` bytes fit. Returns how many events went. */
  const makeRoom = (tx: SqlTx, needed: number): number => {
    let dropped = 0;
    while (bytes + needed > limits.maxBytes) {
      const oldest = tx.get("SELECT seq, size_bytes FROM spooled_event WHERE keep = 0 ORDER BY seq LIMIT 1");
      if (oldest === undefined) {
        throw new LpError({
          code: "event_spool_full",
          message: `${bytes} bytes of events wait for the platform and none may be dropped: start the platform again or raise the limit`,
          details: { bytes, maxBytes: limits.maxBytes },
          retryable: true,
        });
      }
      tx.run("DELETE FROM spooled_event WHERE seq = ?", oldest.seq as number);
      events--;
      bytes -= Number(oldest.size_bytes);
      dropped++;
    }
    return dropped;
  };

  /** The next events in order, within one delivery's limits. */
  const nextBatch = (): readonly SqlRow[] => {
    const rows = db.read((sql) =>
      sql.all(
        "SELECT seq, id, type, subject, at, data, size_bytes FROM spooled_event ORDER BY seq LIMIT ?",
        limits.batchEvents,
      ),
    );
    let size = 0;
    let count = 0;
    for (const row of rows) {
      size += Number(row.size_bytes);
      if (count > 0 && size > limits.batchBytes) break;
      count++;
    }
    return rows.slice(0, count);
  };

  const acknowledge = async (rows: readonly SqlRow[]): Promise<void> => {
    await counted((tx) => {
      for (const row of rows) {
        if (tx.run("DELETE FROM spooled_event WHERE seq = ?", row.seq as number).changes === 0) continue;
        events--;
        bytes -= Number(row.size_bytes);
      }
    });
    changed();
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let backoffMs: number = limits.minBackoffMs;
    while (!signal.aborted) {
      const rows = nextBatch();
      if (rows.length === 0) {
        await new Promise<void>((resolve) => {
          const done = () => {
            signal.removeEventListener("abort", done);
            wake = undefined;
            resolve();
          };
          wake = done;
          signal.addEventListener("abort", done, { once: true });
        });
        continue;
      }
      try {
        await delivery.deliver(rows.map(fromRow), signal);
        await acknowledge(rows);
        backoffMs = limits.minBackoffMs;
      } catch (error) {
        if (signal.aborted) return;
        metrics.count(metricFailed);
        logger.warn("the platform did not take the events, they stay here", {
          waiting: events,
          retryMs: backoffMs,
          error: errorText(error),
        });
        await clock.sleep(backoffMs * (0.5 + random.unit()), signal);
        backoffMs = Math.min(backoffMs * 2, limits.maxBackoffMs);
      }
    }
  };

  return {
    async emit(event) {
      const id = toHex(random.bytes(16)).slice(2);
      const data = JSON.stringify(event.data, (_name, value) => (typeof value === "bigint" ? value.toString() : value));
      const size = utf8(data).length + event.type.length + event.subject.length + id.length + 16;
      if (size > limits.maxEventBytes) {
        throw new LpError({
          code: "event_too_large",
          message: `the event ${event.type} has ${size} bytes, ${limits.maxEventBytes} are allowed: leave large parts out`,
          details: { type: event.type, size },
        });
      }
      const at = clock.now();
      const dropped = await counted((tx) => {
        const room = makeRoom(tx, size);
        tx.run(
          "INSERT INTO spooled_event(id, type, subject, at, data, size_bytes, keep) VALUES(?, ?, ?, ?, ?, ?, ?)",
          id,
          event.type,
          event.subject,
          at,
          data,
          size,
          droppable.has(event.type) ? 0 : 1,
        );
        events++;
        bytes += size;
        return room;
      });
      if (dropped > 0) {
        metrics.count(metricDropped, {}, dropped);
        logger.warn("the event spool is full, old telemetry was dropped", { dropped });
      }
      changed();
      wake?.();
    },
    start(owner) {
      owner.spawn("event-spool", run);
    },
    async drained(signal) {
      if (events === 0) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => reject(signal.reason);
        if (signal.aborted) {
          onAbort();
          return;
        }
        signal.addEventListener("abort", onAbort, { once: true });
        emptied.push(() => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        });
      });
    },
    waiting: () => ({ events, bytes }),
  };
}
