import type { EventSink } from "../ports/event-sink.ts";

export type RecordedEvent = Parameters<EventSink["emit"]>[0];

/** Keeps every event in order. */
export class RecordingEventSink implements EventSink {
  readonly events: RecordedEvent[] = [];

  async emit(event: RecordedEvent): Promise<void> {
    this.events.push(event);
  }

  /** Data of all events of one type. */
  of<T>(type: string): T[] {
    return this.events.filter((event) => event.type === type).map((event) => event.data as T);
  }
}
