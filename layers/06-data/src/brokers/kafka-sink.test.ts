import { crc32 } from "node:zlib";
import { noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { afterEach, describe, expect, it } from "vitest";
import { openKafkaClient } from "../adapters/kafka-client.ts";
import { KafkaPeer, type KafkaPeerOptions } from "../testing/kafka-peer.ts";
import type { KafkaMessage } from "./kafka-sink.ts";
import { createKafkaSink } from "./kafka-sink.ts";

const topic = "events";
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type Lost = string[];

/** A sink whose events go over a real client to a peer that speaks Kafka's wire protocol. */
async function open(options: Partial<KafkaPeerOptions> = {}, login?: { user: string; password: string; ca: string }) {
  const peer = await KafkaPeer.start({ partitions: 3, ...options });
  stops.push(() => peer.stop());
  const client = await openKafkaClient({
    servers: [`${login === undefined ? "127.0.0.1" : "localhost"}:${peer.port}`],
    topic,
    clientId: "test",
    ...(login === undefined ? {} : { login, ca: login.ca }),
  });
  stops.push(() => client.close());
  const tasks = createTasks("test", silentLogger);
  stops.push(() => tasks.stop());
  const lost: Lost = [];
  const metrics = {
    ...noMetrics,
    count: (name: string, labels = {}) => lost.push(`${name} ${JSON.stringify(labels)}`),
  };
  const stream = { clientAddress: "10.0.0.9", sessionId: "s1" };
  // told when a batch has been answered
  let done = () => {};
  const watched = {
    async send(messages: readonly KafkaMessage[], signal: AbortSignal) {
      try {
        await client.send(messages, signal);
      } finally {
        queueMicrotask(() => done());
      }
    },
  };
  const sink = createKafkaSink(
    { gateway: "gw.example", sender: "0xSender", streamOf: (id) => (id === "m" ? stream : undefined) },
    { clock: systemClock(), random: systemRandom(), tasks, logger: silentLogger, metrics, client: watched },
  );
  const answered = (count: number) =>
    new Promise<void>((resolve) => {
      let left = count;
      done = () => {
        left--;
        if (left === 0) setImmediate(resolve);
      };
    });
  return { peer, sink, lost, answered };
}

const ticketsSent = {
  manifestId: "m",
  seqNo: 1,
  recipient: "0xrecipient",
  ticketHashes: ["0x1", "0x2"],
  faceValueWei: "1500000000000000",
  winProb: ((2n ** 256n - 1n) / 1000n).toString(),
  expectedValueWei: "1/1",
  uri: "https://o:8935",
  pricePerPixel: "7/3",
};

describe("events for Kafka, to a peer of the wire protocol", () => {
  it("have the envelope and data that consumers of go-livepeer know, keyed by their id", async () => {
    const { peer, sink, answered } = await open();
    const first = answered(1);
    const orchestrators = [{ address: "0xA", uri: "https://o:8935", latencyMs: 12 }];
    await sink.emit({ type: "discovery.done", subject: "m", data: { manifestId: "m", orchestrators } });
    await sink.emit({ type: "tickets.sent", subject: "m", data: ticketsSent });
    await sink.emit({ type: "something.else", subject: "m", data: {} });
    await sink.emit({ type: "create_signed_ticket", subject: "s", data: { session_id: "s", computed_fee: "7" } });
    await first;
    const events: Record<string, unknown>[] = peer.records.map(({ key, value }) => ({ key, ...JSON.parse(value) }));
    expect(events.map(({ data, type, gateway }) => ({ data, type, gateway }))).toEqual(
      expect.arrayContaining([
        {
          type: "discovery_results",
          gateway: "gw.example",
          data: [{ address: "0xA", url: "https://o:8935", latency_ms: "12" }],
        },
        {
          type: "create_new_payment",
          gateway: "gw.example",
          data: {
            clientIP: "10.0.0.9",
            requestID: "",
            capability: "",
            manifestID: "m",
            sessionID: "s1",
            recipient: "0xrecipient",
            faceValue: "0.0015 ETH",
            winProb: "0.0009999999",
            price: "2.333 wei/pixel",
            numTickets: "2",
            sender: "0xSender",
            orchestrator: "https://o:8935",
          },
        },
      ]),
    );
    expect(events.map(({ type, data }) => [type, data])).toContainEqual([
      "create_signed_ticket",
      { session_id: "s", computed_fee: "7" },
    ]);
    expect(events).toHaveLength(3);
    for (const event of events) {
      expect(Object.keys(event)).toEqual(["key", "id", "type", "timestamp", "gateway", "data"]);
      expect(event["id"]).toBe(event["key"]);
      expect(event["id"]).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(event["timestamp"]).toMatch(/^\d{13}$/);
    }
    expect(peer.records.every(({ topic: to }) => to === topic)).toBe(true);
    // the partition follows from the key as in the Go client
    expect(peer.records.map(({ partition }) => partition)).toEqual(peer.records.map(({ key }) => crc32(key) % 3));
  });

  it("trace the way of a stream, once for each step", async () => {
    const { peer, sink, answered } = await open();
    const done = answered(1);
    const subject = "m";
    const segment = { success: true, uri: "https://a", orchestrator: "0xA", attempts: [{}] };
    await sink.emit({ type: "stream.started", subject, data: {} });
    const candidates = [{ uri: "https://a", orchestrator: "0xA" }];
    for (let i = 0; i < 2; i++) {
      await sink.emit({ type: "segment.selection", subject, data: { candidates, chosen: "https://a" } });
    }
    for (let i = 0; i < 4; i++) await sink.emit({ type: "segment.done", subject, data: segment });
    await sink.emit({ type: "segment.done", subject, data: { ...segment, uri: "https://b", orchestrator: "0xB" } });
    await sink.emit({ type: "segment.done", subject, data: { success: false, uri: null, attempts: [] } });
    await sink.emit({ type: "stream.ended", subject, data: {} });
    await done;
    const traces = peer.records.map(({ value }) => (JSON.parse(value) as { data: Record<string, unknown> }).data);
    // partitions have an order each
    expect(traces.map(({ type }) => type).sort()).toEqual(
      [
        "gateway_receive_stream_request",
        "gateway_send_first_ingest_segment",
        "gateway_receive_first_processed_segment",
        "gateway_receive_few_processed_segments",
        "orchestrator_swap",
        "gateway_no_orchestrators_available",
        "gateway_ingest_stream_closed",
      ].sort(),
    );
    const sent = traces.find(({ type }) => type === "gateway_send_first_ingest_segment");
    expect(sent).toMatchObject({
      stream_id: "m",
      pipeline_id: "",
      orchestrator_info: { address: "0xA", url: "https://a" },
    });
  });

  it("are tried three times and then lost, and those without room in the queue at once", async () => {
    const kafkaStorageError = 56;
    const { peer, sink, lost, answered } = await open({ answer: (count) => (count <= 3 ? kafkaStorageError : 0) });
    const done = answered(3);
    const emit = () => sink.emit({ type: "tickets.sent", subject: "m", data: ticketsSent });
    await Promise.all(Array.from({ length: 103 }, emit));
    const one = 'livepeer_kafka_event_send_errors {"event_type":"create_new_payment"}';
    expect(lost).toEqual([one, one, one]);
    await done;
    expect(peer.batches.length).toBeGreaterThanOrEqual(3);
    expect(peer.records).toEqual([]);
    expect(lost).toHaveLength(103);
    const next = answered(1);
    await emit();
    await next;
    expect(peer.records).toHaveLength(1);
  });

  it("go over TLS with user and password when both are given", async () => {
    const tls = await createSelfSignedCertificate("localhost");
    const { peer, sink, answered } = await open({ tls }, { user: "me", password: "secret", ca: tls.cert });
    const done = answered(1);
    await sink.emit({ type: "tickets.sent", subject: "m", data: ticketsSent });
    await done;
    expect(peer.records).toHaveLength(1);
    expect(new Set(peer.logins)).toEqual(new Set(["\0me\0secret"]));
  });
});
