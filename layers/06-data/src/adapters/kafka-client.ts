import { crc32 } from "node:zlib";
import type { KafkaClient } from "../brokers/kafka-sink.ts";
import { optionalPackage } from "./optional-package.ts";

export type KafkaClientOptions = {
  /** `host:port` each. */
  readonly servers: readonly string[];
  readonly topic: string;
  /** Name of the client in the broker's log. */
  readonly clientId: string;
  /** With it: SASL/PLAIN over TLS 1.2 or newer; without: clear text. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** Certificates that are trusted besides the usual ones; PEM. */
  readonly ca?: string;
  /** Ms for one exchange with a broker. Default 5000. */
  readonly timeoutMs?: number;
};

/** A producer for one topic. Rejects with `package_missing`; a broker that is away shows when something is sent. */
export async function openKafkaClient(options: KafkaClientOptions): Promise<KafkaClient & { close(): Promise<void> }> {
  const { Producer, stringSerializers } = await optionalPackage(
    "@platformatic/kafka",
    "-kafkaBootstrapServers",
    () => import("@platformatic/kafka"),
  );
  const { servers, topic, clientId, login, ca, timeoutMs = 5000 } = options;
  const producer = new Producer({
    clientId,
    bootstrapBrokers: [...servers],
    serializers: stringSerializers,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    retries: 0, // tries are counted by the feed
    autocreateTopics: true,
    acks: 1,
    ...(login === undefined
      ? {}
      : {
          tls: { minVersion: "TLSv1.2" as const, ...(ca === undefined ? {} : { ca }) },
          sasl: { mechanism: "PLAIN" as const, username: login.user, password: login.password },
        }),
  });
  return {
    async send(messages) {
      const { topics } = await producer.metadata({ topics: [topic], autocreateTopics: true });
      const count = topics.get(topic)?.partitionsCount ?? 1;
      await producer.send({
        // the partition that the Go node's client gives the key
        messages: messages.map(({ key, value }) => ({ topic, key, value, partition: crc32(key) % count })),
      });
    },
    async close() {
      await producer.close(true);
    },
  };
}
