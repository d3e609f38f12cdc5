/** A fact for other processes: at least once, in order per `subject`, de-duplicated by `id`. */
export type NodeEvent = {
  /** Unique id, 32 hex characters. */
  readonly id: string;
  /** Dotted kind, for example `segment.delivered`. */
  readonly type: string;
  /** What it is about: stream manifest id, ticket hash, round. Order is kept per subject. */
  readonly subject: string;
  /** Wall time in ms when it happened. */
  readonly at: number;
  /** Plain JSON; bigint values are decimal strings. */
  readonly data: Readonly<Record<string, unknown>>;
};

export interface EventSink {
  /** Resolves when the event is durable on this side. */
  emit(event: Omit<NodeEvent, "id" | "at">): Promise<void>;
}
