import {
  type Clock,
  type EventSink,
  errorText,
  hasErrorCode,
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
import { type SpoolRow, UnstoredEvents } from "./unstored-events.ts";

export type EventSpoolDeps = {
  /** `livepeer-ts.sqlite3`, migrated. */
  readonly db: NodeDatabase;
  readonly delivery: EventDelivery;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/**
 * Events on their way to the platform: durable here first, then delivered in order until acknowledged. While the disk has no
 * room they wait in memory, within a limit, and still go out.
 */
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

type Delivered = { readonly seq: number; readonly sizeBytes: number };

function fromRow(row: SqlRow | SpoolRow): NodeEvent {
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
  let isDiskFull = false;
  /** Comes behind everything that is stored. */
  const unstored = new UnstoredEvents(limits.maxUnstoredBytes);
  /** Acknowledged by the platform; the disk had no room for the deletion. */
  let undeleted: Delivered[] = [];
  const recount = (): void => {
    const row = db.read((sql) =>
      sql.get("SELECT count(*) AS events, coalesce(sum(size_bytes), 0) AS bytes FROM spooled_event"),
    );
    events = Number(row?.events ?? 0);
    bytes = Number(row?.bytes ?? 0);
  };
  recount();
  let emitted = 0;
  let wake: (() => void) | undefined;
  let emptied: (() => void)[] = [];

  const changed = (): void => {
    metrics.gauge(metricWaiting, bytes + unstored.bytes);
    if (events > 0 || unstored.rows.length > 0) return;
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

  const store = async (rows: readonly SpoolRow[]): Promise<void> => {
    const dropped = await counted((tx) => {
      let room = 0;
      for (const { id, type, subject, at, data, size_bytes } of rows) {
        room += makeRoom(tx, size_bytes);
        tx.run(
          "INSERT INTO spooled_event(id, type, subject, at, data, size_bytes, keep) VALUES(?, ?, ?, ?, ?, ?, ?)",
          ...[id, type, subject, at, data, size_bytes, droppable.has(type) ? 0 : 1],
        );
        events++;
        bytes += size_bytes;
      }
      return room;
    });
    if (isDiskFull) logger.info("there is room on the disk again: events are stored");
    isDiskFull = false;
    if (dropped === 0) return;
    metrics.count(metricDropped, {}, dropped);
    logger.warn("the event spool is full, old telemetry was dropped", { dropped });
  };

  /** The first rows, within one delivery's limits. */
  const fitting = <T extends SqlRow | SpoolRow>(rows: readonly T[]): readonly T[] => {
    let size = 0;
    let count = 0;
    for (const row of rows.slice(0, limits.batchEvents)) {
      size += Number(row.size_bytes);
      if (count > 0 && size > limits.batchBytes) break;
      count++;
    }
    return rows.slice(0, count);
  };

  /** The next stored events in order. */
  const nextStored = (): readonly SqlRow[] =>
    fitting(
      db.read((sql) =>
        sql.all(
          "SELECT seq, id, type, subject, at, data, size_bytes FROM spooled_event WHERE seq > ? ORDER BY seq LIMIT ?",
          undeleted.at(-1)?.seq ?? -1,
          limits.batchEvents,
        ),
      ),
    );

  const acknowledge = async (rows: readonly SqlRow[]): Promise<void> => {
    undeleted.push(...rows.map((row) => ({ seq: Number(row.seq), sizeBytes: Number(row.size_bytes) })));
    const gone = undeleted;
    try {
      await counted((tx) => {
        for (const { seq, sizeBytes } of gone) {
          if (tx.run("DELETE FROM spooled_event WHERE seq = ?", seq).changes === 0) continue;
          events--;
          bytes -= sizeBytes;
        }
      });
      undeleted = [];
    } catch (error) {
      if (!hasErrorCode(error, "disk_full")) throw error;
    }
  };

  /** Stores what waits in memory as soon as there is room again. */
  const storeUnstored = async (): Promise<void> => {
    const waiting = unstored.rows.slice(0, limits.batchEvents);
    if (waiting.length === 0) return;
    try {
      await store(waiting);
      unstored.forget(waiting.length);
    } catch (error) {
      if (!hasErrorCode(error, "disk_full")) throw error;
    }
  };

  /** Delivers the next events; false when there are none. */
  const deliverNext = async (signal: AbortSignal): Promise<boolean> => {
    await storeUnstored();
    const stored = nextStored();
    const rows = stored.length > 0 ? stored : fitting(unstored.rows);
    if (rows.length === 0) return false;
    await delivery.deliver(rows.map(fromRow), signal);
    if (stored.length > 0) await acknowledge(stored);
    else unstored.forget(rows.length);
    changed();
    return true;
  };

  /** Resolves when there are more events than `known`, or with the signal. */
  const nextEmitted = async (known: number, signal: AbortSignal): Promise<void> => {
    if (emitted !== known || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        wake = undefined;
        resolve();
      };
      wake = done;
      signal.addEventListener("abort", done, { once: true });
    });
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let backoffMs: number = limits.minBackoffMs;
    while (!signal.aborted) {
      try {
        const known = emitted;
        const delivered = await deliverNext(signal);
        backoffMs = limits.minBackoffMs;
        if (!delivered) await nextEmitted(known, signal);
      } catch (error) {
        if (signal.aborted) return;
        metrics.count(metricFailed);
        logger.warn("the platform did not take the events, they stay here", {
          waiting: events + unstored.rows.length,
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
      const { type, subject } = event;
      const id = toHex(random.bytes(16)).slice(2);
      const data = JSON.stringify(event.data, (_name, value) => (typeof value === "bigint" ? value.toString() : value));
      const size = utf8(data).length + type.length + subject.length + id.length + 16;
      if (size > limits.maxEventBytes) {
        throw new LpError({
          code: "event_too_large",
          message: `the event ${event.type} has ${size} bytes, ${limits.maxEventBytes} are allowed: leave large parts out`,
          details: { type: event.type, size },
        });
      }
      const row: SpoolRow = { id, type, subject, at: clock.now(), data, size_bytes: size };
      if (unstored.rows.length > 0) unstored.keep(row);
      else {
        try {
          await store([row]);
        } catch (error) {
          if (!hasErrorCode(error, "disk_full")) throw error;
          unstored.keep(row);
          if (!isDiskFull) logger.error("the disk is full: events wait in memory", { error: errorText(error) });
          isDiskFull = true;
        }
      }
      emitted++;
      changed();
      wake?.();
    },
    start(owner) {
      owner.spawn("event-spool", run);
    },
    async drained(signal) {
      if (events === 0 && unstored.rows.length === 0) return;
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
    waiting: () => ({ events: events + unstored.rows.length, bytes: bytes + unstored.bytes }),
  };
}
