import { createAmqpSink, createKafkaSink, type StreamFacts } from "@livepeer-ts/data";
import { openAmqpClient, openKafkaClient } from "@livepeer-ts/data/adapters";
import type { EventSink } from "@livepeer-ts/kernel";
import type { NodeConfig } from "../flags/node-config.ts";
import { nodeId, nodeTypeName } from "../metrics/node-labels.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** Looks a running stream up. */
export type FindStream = (manifestId: string) => StreamFacts | undefined;

/** What `-kafka…` and `-metadataQueueUri` ask for. `sender`: account that pays; empty off chain. Rejects with `package_missing` when a client is not installed. */
export async function openEventFeeds(
  config: NodeConfig,
  sender: string,
  streamOf: FindStream,
  ports: ProcessPorts,
): Promise<readonly EventSink[]> {
  const { kafka, amqp, gatewayHost } = config;
  const feeds: EventSink[] = [];
  if (kafka !== undefined) {
    const client = await openKafkaClient({ ...kafka, clientId: nodeId(config) });
    closeWithTasks("Kafka", client, ports);
    feeds.push(createKafkaSink({ gateway: gatewayHost, sender, streamOf }, { ...ports, client }));
    ports.logger.info("events go to Kafka", { servers: kafka.servers.join(","), topic: kafka.topic });
  }
  if (amqp !== undefined) {
    const client = await openAmqpClient(amqp);
    closeWithTasks("AMQP", client, ports);
    const options = { nodeType: nodeTypeName(config), nodeId: nodeId(config), timeoutMs: amqp.timeoutMs };
    feeds.push(createAmqpSink(options, { ...ports, client }));
    ports.logger.info("transcode events go to AMQP", { host: new URL(amqp.url).host, exchange: amqp.exchange });
  }
  return feeds;
}

/** The connection ends with the process's work. */
function closeWithTasks(name: string, client: { close(): Promise<void> }, ports: ProcessPorts): void {
  ports.tasks.spawn(`close ${name}`, async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await client.close();
  });
}
