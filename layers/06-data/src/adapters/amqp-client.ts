import { errorText, LpError } from "@livepeer-ts/kernel";
import type { ChannelModel, ConfirmChannel } from "amqplib";
import type { AmqpClient } from "../brokers/amqp-sink.ts";
import { optionalPackage } from "./optional-package.ts";

export type AmqpClientOptions = {
  /** `amqp://` or `amqps://`; may hold user and password. */
  readonly url: string;
  /** Topic exchange; made, durable, when it is not there. */
  readonly exchange: string;
  /** Ms to connect. Default 5000. */
  readonly connectMs?: number;
};

type Open = { readonly connection: ChannelModel; readonly channel: ConfirmChannel };

/** A publisher for one exchange, connected when something is published. Rejects with `package_missing`. */
export async function openAmqpClient(options: AmqpClientOptions): Promise<AmqpClient & { close(): Promise<void> }> {
  const { connect } = await optionalPackage("amqplib", "-metadataQueueUri", () => import("amqplib"));
  const { url, exchange, connectMs = 5000 } = options;
  let opening: Promise<Open> | undefined;

  const open = async (): Promise<Open> => {
    const connection = await connect(url, { timeout: connectMs });
    connection.on("error", () => {}); // "close" follows
    connection.on("close", () => {
      opening = undefined;
    });
    const channel = await connection.createConfirmChannel();
    channel.on("error", () => {});
    channel.on("close", () => {
      opening = undefined;
    });
    await channel.assertExchange(exchange, "topic", { durable: true });
    return { connection, channel };
  };

  return {
    async publish(routingKey, body, signal) {
      opening ??= open();
      const pending = opening;
      pending.catch(() => {
        if (opening === pending) opening = undefined;
      });
      const { channel } = await abortable(pending, signal);
      const confirmed = new Promise<void>((resolve, reject) => {
        channel.publish(
          exchange,
          routingKey,
          Buffer.from(body),
          { contentType: "application/json", persistent: true },
          (error: unknown) => (error == null ? resolve() : reject(publishError(error))),
        );
      });
      await abortable(confirmed, signal);
    },
    async close() {
      const pending = opening;
      opening = undefined;
      await pending?.then(
        ({ connection }) => connection.close(),
        () => undefined,
      );
    },
  };
}

function publishError(cause: unknown): LpError {
  return new LpError({
    code: "amqp_refused",
    message: `the broker did not take the event: ${errorText(cause)}`,
    cause,
  });
}

/** The promise, or the signal's reason when that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
