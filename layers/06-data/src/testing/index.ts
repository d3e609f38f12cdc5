export * from "./blob-store-compliance.ts";
export * from "./fake-google.ts";
export * from "./object-store-compliance.ts";
export * from "./object-store-servers.ts";
export * from "./platform-database-compliance.ts";
export * from "./private-postgres.ts";
export * from "./store-deps.ts";
