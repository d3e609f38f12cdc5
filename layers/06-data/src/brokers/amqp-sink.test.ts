import { type LogFields, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAmqpClient } from "../adapters/amqp-client.ts";
import { hasRabbitmq, type PrivateRabbitmq, startRabbitmq } from "../testing/private-rabbitmq.ts";
import { createAmqpSink } from "./amqp-sink.ts";

const done = {
  manifestId: "manifest",
  streamId: "stream",
  seqNo: 7,
  durationMs: 2000,
  container: "mpegts",
  sourceBytes: 123_456,
  receivedAt: 1_700_000_000_000,
  totalMs: 812.4,
  success: true,
  attempts: [
    { orchestrator: "0xA", uri: "https://a", latencyMs: 300.2, error: { code: "timeout", message: "header timeout" } },
    { orchestrator: null, uri: "https://b", latencyMs: 450, error: null },
  ],
};

/** A sink, and how many of its events were lost. */
async function open(url: string, timeoutMs: number) {
  const client = await openAmqpClient({ url, exchange: "lp_golivepeer_metadata" });
  const tasks = createTasks("test", silentLogger);
  let lost = () => {};
  const loss = new Promise<void>((resolve) => {
    lost = resolve;
  });
  const counted: string[] = [];
  const warned: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => warned.push(`${message}: ${fields?.["error"]}`),
  };
  const count = (name: string) => {
    counted.push(name);
    lost();
  };
  const sink = createAmqpSink(
    { nodeType: "broadcaster", nodeId: "0xG-host", timeoutMs },
    { clock: systemClock(), random: systemRandom(), tasks, logger, metrics: { ...noMetrics, count }, client },
  );
  const stop = async () => {
    await tasks.stop();
    await client.close();
  };
  return { sink, stop, loss, counted, warned };
}

describe.skipIf(!hasRabbitmq())("transcode events, on RabbitMQ", () => {
  let broker: PrivateRabbitmq;
  beforeAll(async () => {
    broker = await startRabbitmq();
  });
  afterAll(() => broker?.stop());

  it("come one per segment on a durable topic exchange, with the routing key and JSON of go-livepeer", async () => {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    // the same exchange: a mismatch of type or durability would be refused
    await channel.assertExchange("lp_golivepeer_metadata", "topic", { durable: true });
    const { queue } = await channel.assertQueue("", { exclusive: true });
    await channel.bindQueue(queue, "lp_golivepeer_metadata", "broadcaster.stream_health.transcode.m.#");
    const got: { key: string; type: unknown; body: Record<string, unknown> }[] = [];
    const both = new Promise<void>((resolve) => {
      void channel.consume(
        queue,
        (message) => {
          if (message === null) return;
          const { routingKey } = message.fields;
          const body = JSON.parse(message.content.toString()) as Record<string, unknown>;
          got.push({ key: routingKey, type: message.properties.contentType, body });
          if (got.length === 2) resolve();
        },
        { noAck: true },
      );
    });
    const { sink, stop, counted } = await open(broker.url, 5000);
    await sink.emit({ type: "stream.segment", subject: "manifest", data: {} });
    await sink.emit({ type: "segment.done", subject: "manifest", data: done });
    await sink.emit({ type: "segment.done", subject: "manifest", data: { ...done, streamId: null, container: "mp4" } });
    await both;
    const [first, second] = got;
    expect(first?.key).toBe("broadcaster.stream_health.transcode.m.stream");
    expect(first?.type).toBe("application/json");
    const { id, timestamp, ...rest } = first?.body ?? {};
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(Math.abs(Number(timestamp) - Date.now())).toBeLessThan(60_000);
    expect(rest).toEqual({
      type: "transcode",
      streamId: "stream",
      nodeId: "0xG-host",
      segment: { name: "7.ts", seqNo: 7, duration: 2, byteSize: 123_456 },
      startTime: 1_700_000_000_000,
      latencyMs: 812,
      success: true,
      attempts: [
        { orchestrator: { address: "0xA", transcodeUri: "https://a" }, latencyMs: 300, error: "header timeout" },
        { orchestrator: { address: "", transcodeUri: "https://b" }, latencyMs: 450, error: null },
      ],
    });
    expect(second?.key).toBe("broadcaster.stream_health.transcode.m.manifest");
    expect(second?.body).toMatchObject({ streamId: "manifest", segment: { name: "7.mp4" } });
    expect(counted).toEqual([]);
    await stop();
    await connection.close();
  });

  it("are lost when the exchange is of another kind, and that is counted and said", async () => {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.deleteExchange("lp_golivepeer_metadata");
    await channel.assertExchange("lp_golivepeer_metadata", "fanout", { durable: false });
    const { sink, stop, loss, counted, warned } = await open(broker.url, 5000);
    await sink.emit({ type: "segment.done", subject: "manifest", data: done });
    await loss;
    expect(counted).toEqual(["livepeer_amqp_event_send_errors_total"]);
    expect(warned[0]).toMatch(/^events are lost: .*inequivalent arg/);
    await channel.deleteExchange("lp_golivepeer_metadata");
    await stop();
    await connection.close();
  });
});

it("a broker that is away costs the event, and nothing waits for it", async () => {
  const { sink, stop, loss, counted, warned } = await open("amqp://127.0.0.1:1", 2000);
  await sink.emit({ type: "segment.done", subject: "manifest", data: done });
  await loss;
  expect(counted).toEqual(["livepeer_amqp_event_send_errors_total"]);
  expect(warned[0]).toContain("ECONNREFUSED");
  await stop();
});
