export * from "./fake-google.ts";
export * from "./kafka-peer.ts";
export * from "./object-store-compliance.ts";
export * from "./object-store-servers.ts";
export * from "./platform-database-compliance.ts";
export * from "./private-postgres.ts";
export * from "./s3-bucket.ts";
export * from "./store-deps.ts";
