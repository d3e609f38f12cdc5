import type { SegmentRecord } from "@livepeer-ts/execution";
import type { Clock, EventSink, Logger, Metrics, Random, TaskOwner } from "@livepeer-ts/kernel";
import { BoundedFeed } from "./bounded-feed.ts";
import { uuid } from "./kafka-sink.ts";
import { transcodeMetadata, transcodeRoutingKey } from "./transcode-metadata.ts";

/** Whoever brings messages to the exchange. */
export interface AmqpClient {
  /** Resolves when the broker has the message. Rejects otherwise, at the latest when the signal aborts. */
  publish(routingKey: string, body: string, signal: AbortSignal): Promise<void>;
}

export type AmqpSinkOptions = {
  /** As in routing keys, for example `broadcaster`. */
  readonly nodeType: string;
  readonly nodeId: string;
  /** Ms for one message (`-metadataPublishTimeout`). */
  readonly timeoutMs: number;
};

export type AmqpSinkDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: TaskOwner;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly client: AmqpClient;
};

type Queued = { readonly routingKey: string; readonly body: string };

/** One event per segment for an AMQP exchange, at most once: a broker that is slow or away costs events, never video. */
export function createAmqpSink(options: AmqpSinkOptions, deps: AmqpSinkDeps): EventSink {
  const { clock, random, client } = deps;
  const feed = new BoundedFeed<Queued>(
    { name: "AMQP", maxBatch: 1, maxTries: 1 },
    {
      ...deps,
      async send(batch, signal) {
        const deadline = clock.deadline(options.timeoutMs, signal);
        try {
          for (const { routingKey, body } of batch) await client.publish(routingKey, body, deadline.signal);
        } finally {
          deadline.clear();
        }
      },
      onLost: () => deps.metrics.count("livepeer_amqp_event_send_errors_total"),
    },
  );
  return {
    async emit({ type, data }) {
      if (type !== "segment.done") return;
      const done = data as SegmentRecord;
      const facts = { id: uuid(random.bytes(16)), timestamp: clock.now(), nodeId: options.nodeId };
      feed.push({
        routingKey: transcodeRoutingKey(done, options.nodeType),
        body: JSON.stringify(transcodeMetadata(done, facts)),
      });
    },
  };
}
