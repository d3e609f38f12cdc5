/** Limits of the event spool. Times in ms. */
export type EventSpoolOptions = {
  /** Bytes of waiting events. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Bytes of one event. Default 256 KiB. */
  readonly maxEventBytes?: number;
  /** Bytes of events that wait in memory while the disk has no room. Default 16 MiB. */
  readonly maxUnstoredBytes?: number;
  /** Events per delivery. Default 200. */
  readonly batchEvents?: number;
  /** Bytes per delivery. Default 1 MiB. */
  readonly batchBytes?: number;
  /** Wait after the first failed delivery; doubles up to `maxBackoffMs`. Default 250. */
  readonly minBackoffMs?: number;
  /** Default 15,000. */
  readonly maxBackoffMs?: number;
  /**
   * Types that may be dropped, oldest first, when there is no room. Everything else is money or usage and is never dropped:
   * when nothing droppable is left, `emit` rejects with `event_spool_full`.
   */
  readonly droppable?: readonly string[];
};

export const defaultEventSpoolOptions = {
  maxBytes: 256 * 1024 ** 2,
  maxEventBytes: 256 * 1024,
  maxUnstoredBytes: 16 * 1024 ** 2,
  batchEvents: 200,
  batchBytes: 1024 ** 2,
  minBackoffMs: 250,
  maxBackoffMs: 15_000,
  droppable: ["segment.selection", "stream.segment"],
} as const satisfies Required<EventSpoolOptions>;
