import {
  type Clock,
  type EventSink,
  type Logger,
  type Metrics,
  type Random,
  type TaskOwner,
  toHex,
} from "@livepeer-ts/kernel";
import { BoundedFeed } from "./bounded-feed.ts";
import { type KafkaEventOptions, KafkaEvents } from "./kafka-event.ts";

/** One record of a topic. */
export type KafkaMessage = { readonly key: string; readonly value: string };

/** Whoever brings records to the broker. */
export interface KafkaClient {
  /** Resolves when the broker has all of them. Rejects otherwise. */
  send(messages: readonly KafkaMessage[], signal: AbortSignal): Promise<void>;
}

export type KafkaSinkOptions = Omit<KafkaEventOptions, "now"> & {
  /** Name of this gateway in every event (`-gatewayHost`). */
  readonly gateway: string;
};

export type KafkaSinkDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly client: KafkaClient;
};

type Queued = KafkaMessage & { readonly type: string };

/** Events for Kafka, at most once: a broker that is slow or away costs events, never video. */
export function createKafkaSink(options: KafkaSinkOptions, deps: KafkaSinkDeps): EventSink {
  const { clock, random, client } = deps;
  const events = new KafkaEvents({ ...options, now: () => clock.now() });
  const feed = new BoundedFeed<Queued>(
    { name: "Kafka" },
    {
      ...deps,
      send: (batch, signal) =>
        client.send(
          batch.map(({ key, value }) => ({ key, value })),
          signal,
        ),
      onLost: ({ type }) => deps.metrics.count("livepeer_kafka_event_send_errors", { event_type: type }),
    },
  );
  return {
    async emit(event) {
      for (const { type, data } of events.of(event)) {
        const id = uuid(random.bytes(16));
        const value = JSON.stringify({ id, type, timestamp: String(clock.now()), gateway: options.gateway, data });
        feed.push({ key: id, value, type });
      }
    },
  };
}

/** 16 random bytes as a version 4 UUID. */
export function uuid(bytes: Uint8Array): string {
  const marked = Uint8Array.from(bytes);
  marked[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  marked[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = toHex(marked).slice(2);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
