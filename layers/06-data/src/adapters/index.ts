export * from "./amqp-client.ts";
export * from "./kafka-client.ts";
export * from "./local-object-store.ts";
export * from "./node-digests.ts";
export * from "./node-sqlite.ts";
export * from "./open-object-store.ts";
export * from "./overflow-file.ts";
